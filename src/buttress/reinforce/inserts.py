"""What could be put into the bone at a lesion: cement in its cavity, needles or nails along it, and what was placed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.library.load import load_cements
from buttress.library.load_implants import load_implant_materials, load_implants
from buttress.numerics.rod_coverage import Rod, add_rod
from buttress.records.corridor import Corridor, ScrewPath
from buttress.records.image import Mask
from buttress.records.implant import Implant, ImplantMaterial, PlacedImplant
from buttress.reinforce.block import GRIP_VOXELS, BoneBlock
from buttress.reinforce.bone_material import BoneMaterial
from buttress.reinforce.interface import FILLED
from buttress.reinforce.stamp import Stamp, parallel_bundle, stamp_of

Floats = NDArray[np.float64]

CEMENT = "pmma"
BUNDLE, NAIL = "rebar_needles", "flexible_nail_3_5"

CANAL_SHARE = 0.35
"""Softer than this share of dense cortex, the healed bone can be drilled along (ours)."""

ANCHOR_MM = 10.0
"""Wanted beyond the cavity at either end (ours: the paper gives no length)."""

SOME_METAL = 0.2
"""Of a voxel (ours)."""

ALONG = 1e6
"""Numerical: levels are this far apart where distances within a level are wanted."""

CUT_POINTS, WHOLE = 200, 0.95
"""Points along a screw that tell how much of it is in the piece, and the share that passes for all of it (ours: its
entry runs out through the surface)."""

LEAST_CAVITY_ML = 0.2
"""A smaller cavity is not filled (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Insert:
    """One thing put in: shares of each voxel that cement and metal take, ``(ni, nj, nk)``, and the metal's numbers."""

    key: str
    title: str
    technique: str
    cement: Floats
    metal: Floats
    metal_material: ImplantMaterial | None = None
    note: str = ""

    @property
    def cement_voxels(self) -> NDArray[np.bool_]:
        """Voxels that are more cement than anything else."""
        return np.asarray(self.cement >= FILLED)

    @property
    def metal_voxels(self) -> NDArray[np.bool_]:
        """Voxels that hold enough metal to tell how far it is strained: needles are thinner than a voxel."""
        return np.asarray(self.metal >= SOME_METAL)

    def stiffened(self, bone_mpa: Floats) -> Floats:
        """The modulus of every voxel with the insert in place, MPa; bone in the cavity that is stiffer stays."""
        cement = load_cements()[CEMENT].modulus_mpa.value
        field = bone_mpa + self.cement * np.maximum(cement - bone_mpa, 0.0)
        if self.metal_material is None:
            return np.asarray(field)
        return np.asarray(field + self.metal * (self.metal_material.modulus_mpa.value - bone_mpa))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that could be put in and was not, with the reason."""

    key: str
    title: str
    technique: str
    reason: str


def inserts_for(
    block: BoneBlock,
    material: BoneMaterial,
    placed: Sequence[PlacedImplant] = (),
    corridor: Corridor | None = None,
    no_corridor: str = "none was placed",
) -> Iterator[Insert | LeftOut]:
    """Cement alone, what runs along a bone with cement, and screws: those that the user placed, else along a corridor.

    What is left out comes with why; ``no_corridor`` says why there is no corridor.
    """
    volume_ml = float(block.cavity.sum()) * block.grid.voxel_volume_ml
    cement, none = block.cavity.astype(np.float64), np.zeros(block.grid.shape)
    is_filled = volume_ml >= LEAST_CAVITY_ML and bool((cement >= FILLED).any())
    if is_filled:
        yield Insert("cement", "Cement in the cavity", "cement", cement, none, note=f"{volume_ml:.1f} mL, all of it")
        if block.hip is None:
            yield _with_needles(block, material, cement)
            yield _with_nails(block, material, cement)
        catheter = load_implants()["cement_filled_catheter"]
        yield LeftOut("catheter", "Cement-filled catheter", "cement_filled_catheter", catheter.user_supplied)
    else:
        reason = f"the lesion leaves no cavity in the bone to fill ({volume_ml:.1f} mL)"
        yield LeftOut("cement", "Cement in the cavity", "cement", reason)
    for alone in _with_screws(block, placed, corridor, no_corridor):
        yield alone
        if isinstance(alone, Insert) and is_filled:
            title, filled = f"{alone.title}, with cement", np.minimum(cement, 1.0 - alone.metal)
            yield replace(alone, key=f"{alone.key}-cement", title=title, technique="ablation_cement", cement=filled)


def _with_screws(
    block: BoneBlock, placed: Sequence[PlacedImplant], corridor: Corridor | None, no_corridor: str
) -> Iterator[Insert | LeftOut]:
    """Implants as the user placed them; where none is, one screw and two parallel ones along the corridor."""
    if placed:
        count = len(placed)
        yield _as_placed(block, placed, "placed", f"{count} {'implant' if count == 1 else 'implants'} as placed")
        return
    if corridor is None:
        yield LeftOut("placed", "Screws", "screws", no_corridor)
        return
    yield _along(block, corridor.implant, (corridor.screw,), "screw", "One screw along the best corridor")
    title = "Two parallel screws along it"
    if corridor.pair is None:
        yield LeftOut("screws", title, "screws", corridor.pair_note)
        return
    yield _along(block, corridor.pair.implant, corridor.pair.screws, "screws", title)


def _along(
    block: BoneBlock, implant: str, paths: Sequence[ScrewPath], key: str, title: str
) -> Insert | LeftOut:  # fmt: skip
    """Screws in a corridor, cut off where the piece of bone ends; the note says how much of them is in it."""
    lines = tuple(((one.entry_mm, one.tip_mm),) for one in paths)
    found = _as_placed(block, [PlacedImplant(implant=implant, paths_mm=line) for line in lines], key, title)
    if isinstance(found, LeftOut):
        return found
    solid = Mask(block.grid, block.solid)
    share = np.mean([solid.holds(np.linspace(one.entry_mm, one.tip_mm, 2 * CUT_POINTS + 1)[1::2]) for one in paths])
    lengths = " and ".join(f"{one.length_mm:g} mm" for one in paths)
    cut = "" if share > WHOLE else f"; {1.0 - share:.0%} of the length lies beyond the loaded piece and is cut off"
    return replace(found, note=f"{found.note}; {lengths} long{cut}")


def _as_placed(block: BoneBlock, placed: Sequence[PlacedImplant], key: str, title: str) -> Insert | LeftOut:
    """Implants where they were put, as far as they lie in the piece of bone."""
    shelf = load_implants()
    metals = {shelf[one.implant].material for one in placed}
    if len(metals) > 1:
        return LeftOut(key, title, "screws", f"of different metals ({', '.join(sorted(metals))})")
    try:
        stamps = [stamp_of(one, shelf[one.implant], block.grid) for one in placed]
    except ValueError as error:
        return LeftOut(key, title, "screws", str(error))
    metal = np.where(block.solid, np.minimum(sum(stamp.metal for stamp in stamps), 1.0), 0.0)
    inside_mm = float(metal.sum() * np.prod(block.grid.spacing_mm))
    if not inside_mm > 0.0:
        return LeftOut(key, title, "screws", "none of it lies in the piece of bone about the lesion")
    names = ", ".join(dict.fromkeys(shelf[one.implant].title for one in placed))
    note = f"{names}: {inside_mm / 1000.0:.1f} mL of metal in the piece"
    return Insert(key, title, "screws", np.zeros(block.grid.shape), metal, load_implant_materials()[metals.pop()], note)


def _with_needles(block: BoneBlock, material: BoneMaterial, cement: Floats) -> Insert | LeftOut:
    implant = load_implants()[BUNDLE]
    title = "Needle bundle (rebar) with cement"
    assert implant.outer_diameter_mm is not None
    assert implant.count is not None
    assert implant.lengths is not None
    low, high = _cavity_ends_mm(block)
    wanted = high - low + 2 * ANCHOR_MM
    length = implant.lengths.longest_within(min(wanted + implant.lengths.step_mm.value, _room_mm(block)))
    if length is None or length < high - low:
        longest = implant.lengths.longest_mm.value
        reason = f"the cavity is {high - low:.0f} mm long, the needles at most {longest:g} mm"
        return LeftOut("rebar", title, "rebar", reason)
    line, free_mm = _canal_line(block, material, (low + high - length) / 2, (low + high + length) / 2)
    radius = implant.outer_diameter_mm.value / 2
    fewest, usual = int(implant.count.low or implant.count.value), int(implant.count.value)
    for count in range(usual, fewest - 1, -1) if free_mm > radius else ():
        try:
            paths = parallel_bundle(line[0], line[1], count, radius, free_mm)
        except ValueError:
            continue
        stamp, around = _stamped(block, implant, paths), np.zeros(block.grid.shape)
        add_rod(around, block.grid, Rod(line, free_mm))  # cement holds the bundle together beyond the cavity as well
        cement = np.where(block.solid, np.maximum(cement, np.minimum(around, 1.0)), 0.0)
        note = (
            f"{count} needles of {length:g} mm, {length - (high - low):.0f} mm longer than the cavity; "
            f"{cement.sum() * block.grid.voxel_volume_ml:.1f} mL of cement in the cavity and about the bundle"
        )
        filled = np.minimum(np.maximum(cement, stamp.inside), 1.0 - stamp.metal)
        return Insert("rebar", title, "rebar", filled, stamp.metal, _material(implant), note)
    reason = f"{fewest} needles do not fit: the canal leaves {2 * free_mm:.1f} mm"
    return LeftOut("rebar", title, "rebar", reason)


def _with_nails(block: BoneBlock, material: BoneMaterial, cement: Floats) -> Insert | LeftOut:
    implant = load_implants()[NAIL]
    assert implant.outer_diameter_mm is not None
    radius = implant.outer_diameter_mm.value / 2
    title = f"Two flexible nails of {2 * radius:g} mm with cement"
    edge = (GRIP_VOXELS + 1) * float(block.grid.spacing_mm[2])
    whole = float(block.grid.shape[2] * block.grid.spacing_mm[2])
    line, free_mm = _canal_line(block, material, edge, whole - edge)
    if free_mm < 2 * radius:
        reason = f"two do not fit side by side: the canal leaves {2 * free_mm:.1f} mm"
        return LeftOut("nails", title, "flexible_nails", reason)
    aside = block.grid.directions[:, 0] * radius
    stamp = _stamped(block, implant, np.stack([line - aside, line + aside]))
    note = "through the whole piece; how they hold in the bone beyond it is not modelled"
    return Insert(
        "nails", title, "flexible_nails", np.minimum(cement, 1.0 - stamp.metal), stamp.metal, _material(implant), note
    )


def _material(implant: Implant) -> ImplantMaterial:
    return load_implant_materials()[implant.material]


def _stamped(block: BoneBlock, implant: Implant, paths: NDArray[np.floating]) -> Stamp:
    """The implant along ``paths`` ``(bars, points, 3)``, LPS mm, inside the bone alone."""
    placed = PlacedImplant(implant=implant.key, paths_mm=tuple(tuple(map(tuple, path)) for path in paths.tolist()))
    stamp = stamp_of(placed, implant, block.grid)
    return Stamp(np.where(block.solid, stamp.metal, 0.0), np.where(block.solid, stamp.inside, 0.0))


def _cavity_ends_mm(block: BoneBlock) -> tuple[float, float]:
    """First and last level of the cavity, mm along k from the first layer's outer face."""
    levels = np.flatnonzero((block.cavity >= FILLED).any(axis=(0, 1)))
    step = float(block.grid.spacing_mm[2])
    return float(levels[0]) * step, float(levels[-1] + 1) * step


def _room_mm(block: BoneBlock) -> float:
    return block.length_mm - 2.0 * float(block.grid.spacing_mm[2])


def _canal_line(block: BoneBlock, material: BoneMaterial, low_mm: float, high_mm: float) -> tuple[Floats, float]:
    """The straight line through the healed bone's canal between two levels ``(2, 3)``, LPS mm, and its free radius.

    It is fitted to the middles of the canal of all levels between; the free radius is the least distance of its points,
    in their own level, to bone that cannot be drilled along, or to the outside.
    """
    spacing = block.grid.spacing_mm
    canal = block.solid & (material.share(block.healed_hu) < CANAL_SHARE)
    layers = np.arange(block.grid.shape[2])
    last = block.grid.shape[2] - GRIP_VOXELS - 1
    chosen = layers[(layers + 0.5 >= low_mm / spacing[2]) & (layers + 0.5 <= high_mm / spacing[2])]
    chosen = chosen[(chosen >= GRIP_VOXELS) & (chosen <= last)]
    across = (float(spacing[0]), float(spacing[1]), ALONG)
    depth = ndimage.distance_transform_edt(np.pad(canal, 1), sampling=across)[1:-1, 1:-1, 1:-1]
    middles = [_deepest(depth, k) for k in chosen.tolist() if depth[:, :, k].any()]
    if len(middles) < 2:
        return np.zeros((2, 3)), 0.0
    at = np.array(middles, dtype=float)
    ends = np.array([low_mm, high_mm]) / spacing[2] - 0.5
    line = np.stack([np.polyval(np.polyfit(at[:, 0], at[:, axis], 1), ends) for axis in (1, 2)] + [ends], axis=1)
    steps = np.linspace(0.0, 1.0, len(chosen))[:, None]
    along = line[0] + steps * (line[1] - line[0])
    free = ndimage.map_coordinates(depth, along.T, order=1, mode="constant")
    return block.grid.to_mm(line), float(free.min())


def _deepest(depth: Floats, k: int) -> tuple[int, int, int]:
    i, j = np.unravel_index(int(depth[:, :, k].argmax()), depth.shape[:2])
    return k, int(i), int(j)

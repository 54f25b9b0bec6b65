"""Cement from one or two trocars: how far a volume gets through cavity and spongy bone, and when it meets a way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.graph import MCP_Geometric

from buttress.numerics.grid import Points
from buttress.records.document import PointMm
from buttress.records.implant import Trocars
from buttress.records.strength import Injection
from buttress.reinforce.block import BoneBlock
from buttress.reinforce.bone_material import BoneMaterial
from buttress.reinforce.inserts import Insert, LeftOut
from buttress.reinforce.interface import FILLED

Floats = NDArray[np.float64]

HARD_SHARE = 0.35
"""Denser than this share of dense cortex lets no cement through (ours)."""

SPONGY_SPEED = 0.25
"""Cement in sound marrow gets this far while it gets 1 in the cavity (ours: lysis leaves no trabeculae in its way)."""

SEATED_MM = 5.0
"""A tip farther than this from anything that takes cement is a mistake (ours)."""

OPPOSITE_DEG = 150.0
"""Cement reaches both cortices where it touches hard bone this far round from itself, seen from its middle (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class InjectedCement:
    """``share`` ``(ni, nj, nk)`` of each voxel that cement takes, and what is told of it."""

    share: Floats
    record: Injection


def inject(block: BoneBlock, material: BoneMaterial, tips_mm: Sequence[PointMm], volume_ml: float) -> InjectedCement:
    """Spread ``volume_ml`` from the tips (LPS mm), all at once, by the shortest way; nothing flows down.

    Cement takes the whole of the lesion's cavity and the pores of bone that is not hard; it stays inside the bone's
    outline. It meets a way out where it comes to a place of the outline that the lesion has opened. Raises
    ``ValueError`` with a sentence for a tip outside what takes cement, or more cement than there is room for.
    """
    hard = material.share(block.hu) >= HARD_SHARE
    takes = block.solid & ((block.cavity >= FILLED) | ~hard)
    room = np.where(takes, np.maximum(block.cavity, 1.0 - material.share(block.hu)), 0.0)
    voxel_ml = block.grid.voxel_volume_ml
    seats = [_seat(block, takes, tip) for tip in tips_mm]
    cost = np.where(block.cavity >= FILLED, 1.0, 1.0 / SPONGY_SPEED)
    arrival, _ = MCP_Geometric(np.where(takes, cost, -1.0)).find_costs(seats)
    reached = np.isfinite(arrival) & takes
    order = np.argsort(arrival[reached], kind="stable")
    filled_ml = np.cumsum(room[reached][order]) * voxel_ml
    if not len(filled_ml) or filled_ml[-1] < volume_ml:
        most = float(filled_ml[-1]) if len(filled_ml) else 0.0
        raise ValueError(f"{volume_ml:g} mL do not fit: from there {most:.1f} mL can be reached in the piece")
    last = int(np.searchsorted(filled_ml, volume_ml))
    places = np.argwhere(reached)[order]
    share = np.zeros(block.grid.shape)
    i, j, k = places[: last + 1].T
    share[i, j, k] = room[i, j, k]
    open_at = _open_outline(block, hard)[tuple(places.T)]
    out = np.flatnonzero(open_at)
    return InjectedCement(
        share,
        Injection(
            tips_mm=tuple(tips_mm),
            volume_ml=volume_ml,
            cavity_fraction=_of_cavity(block, share),
            outside_cavity_ml=float(share[block.cavity < FILLED].sum()) * voxel_ml,
            reaches_both_cortices=_reaches_both(share >= FILLED, hard & block.solid, block.grid.spacing_mm),
            way_out_after_ml=float(filled_ml[out[0]]) if len(out) and out[0] <= last else None,
        ),
    )


def injected_insert(
    block: BoneBlock, material: BoneMaterial, trocars: Trocars
) -> tuple[Insert | LeftOut, Injection | None]:
    """The row of cement from trocars; the volume is the cavity's where none is given."""
    title = "Cement from one trocar" if len(trocars.tips_mm) == 1 else f"Cement from {len(trocars.tips_mm)} trocars"
    volume_ml = trocars.volume_ml or float(block.cavity.sum()) * block.grid.voxel_volume_ml
    try:
        found = inject(block, material, trocars.tips_mm, volume_ml)
    except ValueError as error:
        return LeftOut("injected", title, "cement", str(error)), None
    if not (found.share >= FILLED).any():
        return LeftOut("injected", title, "cement", f"{volume_ml:g} mL fill no voxel of the piece"), None
    none = np.zeros(block.grid.shape)
    return Insert("injected", title, "cement", found.share, none, note=found.record.words), found.record


def _seat(block: BoneBlock, takes: NDArray[np.bool_], tip: PointMm) -> tuple[int, int, int]:
    """The voxel that a tip lies in, or the nearest one that takes cement."""
    at = block.grid.to_index(np.array(tip))
    index = np.argwhere(takes)
    if not len(index):
        raise ValueError("nothing in the piece takes cement")
    away = np.linalg.norm((index - at) * block.grid.spacing_mm, axis=1)
    nearest = int(away.argmin())
    if away[nearest] > SEATED_MM:
        raise ValueError(f"a trocar's tip lies {away[nearest]:.0f} mm from anything in the piece that takes cement")
    i, j, k = index[nearest].tolist()
    return i, j, k


def _open_outline(block: BoneBlock, hard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of the cavity at the outline with no hard bone between them and the outside."""
    whole = block.solid | block.grip
    rim = whole & ~ndimage.binary_erosion(whole, border_value=1)
    return np.asarray(rim & (block.cavity >= FILLED) & ~ndimage.binary_dilation(hard & rim))


def _of_cavity(block: BoneBlock, share: Floats) -> float:
    cavity = block.cavity >= FILLED
    return float((share[cavity] >= FILLED).mean()) if cavity.any() else 0.0


def _reaches_both(cement: NDArray[np.bool_], hard: NDArray[np.bool_], spacing: Points) -> bool:
    """Whether places where cement touches hard bone lie across from each other, seen along the block's k axis."""
    touched = np.argwhere(cement & ndimage.binary_dilation(hard))
    if not len(touched):
        return False
    middle = np.argwhere(cement).mean(axis=0)
    arms = ((touched - middle) * spacing)[:, :2]
    angles = np.sort(np.unique(np.round(np.rad2deg(np.arctan2(arms[:, 1], arms[:, 0])), 1)))
    apart = np.abs(angles[:, None] - angles[None, :])
    return bool(np.minimum(apart, 360.0 - apart).max() >= OPPOSITE_DEG)

"""How often is a break called, and how often a sound shaft? Real shafts broken by ``pathological_fracture``, and whole.

Prints a line per shaft: kind, source, what was called, the signs. ``python tools/count_fractures.py [../shared/data]``;
about ten minutes on an idle core. The counts stand in ``docs/models/fracture-seen.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.fracture import LEAST_WALL_DEG, is_broken, read_signs
from buttress.measure.target import find_target
from buttress.phantom.lesion_truth import Axis, shaft_axis
from buttress.phantom.lytic_lesion import DrawnLesion, Floats, LesionSpec, bone_envelope, draw_lesion
from buttress.phantom.pathological_fracture import FractureSpec, break_bone, broken_volume
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume
from validation_lesions import REAL

HALF_MM = (48.0, 48.0, 95.0)
SOUND = {
    "STS_008": (0.15,),
    "STS_010": (0.35,),
    "STS_011": (0.12,),
    "STS_013": (0.4, 0.6, 0.8),
    "STS_015": (0.12,),
    "STS_017": (0.5, 0.8),
    "STS_027": (0.2, 0.8),
    "STS_036": (0.12,),
    "STS_044": (0.15,),
    "STS_046": (0.15, 0.35),
    "leg": (0.15, 0.3, 0.45, 0.75, 0.88),
}
"""Levels of the largest bone, as shares of its slices from the feet up: shafts, metaphyses, near joints."""


@dataclass(frozen=True, slots=True, eq=False)
class Shaft:
    """One question: is this broken?"""

    kind: str
    broken: bool
    ct: Volume
    lesion: Mask


def cropped(ct: Volume, centre_mm: Floats) -> Volume:
    """The CT about a point."""
    index, half = ct.grid.to_index(centre_mm), np.array(HALF_MM) / ct.grid.spacing_mm
    low = np.maximum(0, np.floor(index - half)).astype(int)
    high = np.minimum(ct.grid.shape, np.ceil(index + half) + 1).astype(int)
    return Volume(ct.grid.crop(low, high), ct.values[tuple(slice(a, b) for a, b in zip(low, high, strict=True))].copy())


def ball(ct: Volume, centre_mm: Floats) -> Mask:
    """A mark of 7 mm where a case would put its lesion."""
    index = np.moveaxis(np.indices(ct.grid.shape), 0, -1)
    return Mask(ct.grid, np.linalg.norm(ct.grid.to_mm(index) - centre_mm, axis=-1) <= 7.0)


def lesion_in(
    ct: Volume, bone: Mask, axis: Axis, base: Floats, how: tuple[tuple[float, ...], float, float, int, float]
):
    """A drawn lesion: full axes, distance off the axis, angle about it, seed, reach outside."""
    axes, off, turn, seed, extra = how
    across, other = axis.across
    x, y, z = (base + off * (np.cos(turn) * across + np.sin(turn) * other)).tolist()
    spec = LesionSpec(
        centre_mm=(x, y, z),
        axes_mm=(axes[0], axes[1], axes[2]),
        long_axis=tuple(axis.direction.tolist()),
        mid_axis=tuple(across.tolist()),
        margin_mm=1.5,
        extra_mm=extra,
        seed=seed,
    )
    return draw_lesion(ct, bone, spec)


def site_shafts(ct: Volume, near_mm: tuple[float, float, float], number: int) -> Iterator[Shaft]:
    """Twelve shafts of one site: sound, with lesions, broken with and without displacement."""
    axis = shaft_axis(bone_envelope(ct, near_mm), near_mm, 30.0)
    across, other = axis.across
    base = axis.point_mm + (np.array(near_mm) - axis.point_mm) @ axis.direction * axis.direction
    part = cropped(ct, base)
    bone = bone_envelope(part, (float(base[0]), float(base[1]), float(base[2])))
    down = axis.direction * (1.0 if axis.direction[2] < 0 else -1.0)
    yield Shaft("sound", False, part, ball(part, base))
    big = lesion_in(part, bone, axis, base, ((55.0, 20.0, 18.0), 9.0, 1.0 + number, 1, 1.0))
    yield Shaft("lesion of 55 mm on one side", False, big.ct, big.lesion)
    ring = big
    for k, (width, off) in enumerate(((34.0, 5.0), (30.0, 4.0))):
        ring = lesion_in(part, bone, axis, base, ((32.0, width, width), off, 2.0 + number + k, 2 + k, 2.0))
        yield Shaft("lesion of 80 to 100 % of the ring", False, ring.ct, ring.lesion)
    plain = lesion_in(part, bone, axis, base, ((35.0, 20.0, 16.0), 8.0, 0.5 + number, 7, 1.0))

    seeds = count(12 * number + 4)

    def broken(
        drawn: DrawnLesion | None, kind: str, shift: tuple[float, float], gap: float, angle: float, lean: float
    ) -> Shaft:
        normal = down * np.cos(np.radians(lean)) + np.sin(np.radians(lean)) * across
        moved = shift[0] * (np.cos(shift[1]) * across + np.sin(shift[1]) * other)
        spec = FractureSpec(
            point_mm=tuple(base.tolist()),
            distal=tuple(normal.tolist()),
            gap_mm=gap,
            shift_mm=tuple(moved.tolist()),
            angle_deg=angle,
            hinge=tuple(other.tolist()),
            seed=next(seeds),
        )
        rupture = break_bone(bone, spec)
        before = part if drawn is None else drawn.ct
        mask = ball(part, base) if drawn is None else rupture.moved(drawn.lesion)
        return Shaft(kind, True, broken_volume(before, bone, rupture, spec), mask)

    yield broken(plain, "displaced 2.5 mm, gap 1.5, 3 degrees", (2.5, 1.0), 1.5, 3.0, 0.0)
    yield broken(plain, "displaced 5 mm, gap 2, 6 degrees, oblique", (5.0, 3.0), 2.0, 6.0, 25.0)
    yield broken(ring, "displaced 3 mm through a full ring", (3.0, 2.0), 1.5, 4.0, 0.0)
    yield broken(None, "displaced 3 mm without a lesion", (3.0, 4.0), 1.0, 3.0, 0.0)
    for gap in (1.0, 2.0, 3.0):
        yield broken(plain, f"undisplaced, gap {gap:.0f} mm", (0.0, 0.0), gap, 0.0, 0.0)
    yield broken(plain, "undisplaced, gap 2 mm, oblique", (0.0, 0.0), 2.0, 0.0, 35.0)


def sound_shafts(ct: Volume, levels: tuple[float, ...]) -> Iterator[Shaft]:
    """The largest bone of a CT at some levels, as it is."""
    parts, _ = ndimage.label(ndimage.binary_closing(ct.values > 400))
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    bone = parts == sizes.argmax()
    slices = np.flatnonzero(bone.any(axis=(0, 1)))
    for share in levels:
        k = int(np.quantile(slices, share))
        closed = ndimage.binary_closing(np.pad(bone[:, :, k], 5), iterations=3)
        pieces, _ = ndimage.label(ndimage.binary_fill_holes(closed)[5:-5, 5:-5])
        areas = np.bincount(pieces.ravel())
        areas[0] = 0
        middle = ct.grid.to_mm([*ndimage.center_of_mass(pieces == areas.argmax()), k])
        part = cropped(ct, middle)
        yield Shaft(f"sound, level {share:g}", False, part, ball(part, middle))


def called(shaft: Shaft, bone: str) -> tuple[str, str]:
    """What is said of a shaft, and the signs."""
    try:
        target = find_target(shaft.ct, shaft.lesion, load_bones()[bone], None, "lesion")
    except ButtressError:
        return "no bone", ""
    signs = read_signs(shaft.ct, target.shaft) if target.shaft else None
    if signs is None:
        return "no shaft", ""
    told = f"dip {signs.dip:.2f}, even {signs.even_dip:.2f}, step {signs.step_mm:.1f}, kink {signs.kink_deg:.1f}"
    if is_broken(signs):
        return "BROKEN", told
    if np.isnan(signs.step_mm):
        return "cannot be told", told
    return "cannot be told" if signs.least_wall_deg < LEAST_WALL_DEG else "sound", told


def main() -> int:
    """Go through all shafts and print what is said of each."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    for number, (file, bone, _, near_mm) in enumerate(site for kind in REAL.values() for site in kind):
        ct, _ = read_nifti_volume(data / file)
        for shaft in site_shafts(ct, near_mm, number):
            print("broken" if shaft.broken else "whole", shaft.kind, file, *called(shaft, bone), sep=" | ")
    for name, levels in SOUND.items():
        file = "visible-human-female-legs/leg_right_ct.nii.gz" if name == "leg" else f"sts-ibsi/{name}/ct.nii.gz"
        for shaft in sound_shafts(read_nifti_volume(data / file)[0], levels):
            print("whole", shaft.kind, name, *called(shaft, "femur"), sep=" | ", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

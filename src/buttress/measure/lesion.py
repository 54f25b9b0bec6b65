"""A lesion outlined from one point in it: a first draft, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buttress.measure.bone import shaft_mask
from buttress.measure.flat_bone import envelope_mask, restore_envelope
from buttress.measure.lesion_by_contrast import outline_by_contrast
from buttress.measure.lesion_by_cortex import outline_by_cortex, shaft_about_seed
from buttress.numerics.grid import Points
from buttress.numerics.resample import sample
from buttress.records.case import Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

NO_DEFECT = (
    "no lytic defect could be told from the bone around the seed (no missing cortex, no dark region with an end); "
    "give a mask of the lesion"
)


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A drafted lesion mask on the CT's grid and what must be said of it."""

    mask: Mask
    notes: tuple[str, ...]


def segment_from_seed(ct: Volume, lesion: Lesion, bone: Bone, start: Mask | None) -> Draft | str:
    """Draft the lesion around its seed, or say why none could be told from the bone.

    Two looks are joined: missing cortex near the seed with the marrow between (shafts, where a lesion is as dark as
    marrow), and a dark region about the seed (spongy bone). Raises :class:`ButtressError` for a seed outside bone.
    """
    seed = np.asarray(lesion.seed_mm, dtype=float)
    where = f"lesion {lesion.id}, seed_mm"
    if not ct.grid.contains(seed):
        raise _outside(ct, seed, where, "outside the images")
    shaft = shaft_about_seed(ct, seed) if bone.long_bone else None
    if shaft is not None and not shaft_mask(shaft, ct.grid).inside[_voxel(ct, seed)]:
        shaft = None
    envelope = shaft_mask(shaft, ct.grid) if shaft else _envelope(ct, seed, start)
    if envelope is None or not _near_inside(envelope, seed):
        raise _outside(ct, seed, where, "outside bone")
    bare = outline_by_cortex(ct, shaft, seed) if shaft else None
    dark = outline_by_contrast(ct, bare.bone if bare else envelope, seed)
    if bare is None and dark is None:
        return NO_DEFECT
    inside = np.zeros(ct.grid.shape, dtype=bool)
    notes = ["the lesion was outlined by the program from one point: a draft, to be checked by eye"]
    if bare is not None:
        inside |= bare.lesion.inside
        notes.append(bare.note)
    if dark is not None:
        inside |= dark.lesion.inside
        notes.append(dark.note)
    return Draft(Mask(ct.grid, inside), tuple(notes))


def _envelope(ct: Volume, seed_mm: Points, start: Mask | None) -> Mask | None:
    envelope = restore_envelope(ct, None, seed_mm[None], start)
    return envelope_mask(envelope, ct.grid) if envelope else None


def _voxel(ct: Volume, point_mm: Points) -> tuple[int, int, int]:
    index = np.clip(np.round(ct.grid.to_index(point_mm)).astype(int), 0, np.array(ct.grid.shape) - 1)
    return int(index[0]), int(index[1]), int(index[2])


def _near_inside(bone: Mask, seed_mm: Points) -> bool:
    """Whether the seed lies in the bone or within 2 mm of it (a click at the edge)."""
    steps = np.stack(np.meshgrid(*[(-2.0, -1.0, 0.0, 1.0, 2.0)] * 3), axis=-1).reshape(-1, 3)
    steps = steps[np.linalg.norm(steps, axis=1) <= 2.0]
    return bool(np.any(sample(bone.inside, bone.grid, seed_mm + steps, order=0, outside=0.0) > 0.5))


def _outside(ct: Volume, seed_mm: Points, where: str, what: str) -> ButtressError:
    x, y, z = seed_mm
    hu = f", {ct.values[_voxel(ct, seed_mm)]:.0f} HU there" if ct.grid.contains(seed_mm) else ""
    corners = ct.grid.to_mm(np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in ct.grid.shape])).reshape(3, -1).T)
    spans = ", ".join(f"{n} {a:.0f} to {b:.0f}" for n, a, b in zip("xyz", corners.min(0), corners.max(0), strict=True))
    return ButtressError(
        f"the seed ({x:.1f}, {y:.1f}, {z:.1f} mm) lies {what}{hu}",
        f"a point inside the lesion and the bone, LPS mm (x to the left, y to the back); the images span {spans}",
        "check the point; many viewers show RAS: then the signs of x and y must be changed",
        where=where,
    )

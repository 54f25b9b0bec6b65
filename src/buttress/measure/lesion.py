"""A lesion outlined from one point in it: a first draft, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

from buttress.records.case import Lesion
from buttress.records.device import Bone
from buttress.records.image import Mask, Volume


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A drafted lesion mask on the CT's grid and what must be said of it."""

    mask: Mask
    notes: tuple[str, ...]


def segment_from_seed(ct: Volume, lesion: Lesion, bone: Bone, start: Mask | None) -> Draft | str:
    """Draft the lesion around its seed, or say why none could be told from the bone."""
    return "outlining from a seed is not built yet"

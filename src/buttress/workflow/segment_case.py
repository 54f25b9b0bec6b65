"""Outline every lesion of a case and its bone: the masks that a person looks at, edits and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buttress.measure.cortical_part import cortical_part
from buttress.records.case import Case
from buttress.records.image import Imaging, Mask, Volume
from buttress.workflow.see_case import SeenCase, see_case

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedCase:
    """What was seen, and by lesion id the masks ``bone``, ``cortex`` and ``lesion``, and how sure the outline is.

    ``confidence`` (0 to 1 in each voxel) is there where the lesion was outlined by the program.
    """

    seen: SeenCase
    masks: Mapping[str, Mapping[str, Mask]]
    confidence: Mapping[str, Volume]


def segment_case(case: Case, imaging: Imaging, progress: Progress) -> SegmentedCase:
    """Outline all lesions that have a mask, a box or a seed on the CT. Raises ``ButtressError`` as measuring does."""
    seen = see_case(case, imaging, progress)
    masks = {
        key: {
            "bone": one.bone,
            "cortex": one.cortical or cortical_part(imaging.ct, one.bone),
            "lesion": one.lesion,
        }
        for key, one in seen.lesions.items()
    }
    confidence = {key: one.confidence for key, one in seen.lesions.items() if one.confidence is not None}
    return SegmentedCase(seen, masks, confidence)

"""What ``buttress segment`` says: where the masks are, and how an edited lesion is given back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from buttress.app.jobs import SegmentedLesion

EDIT = (
    "To change an outline: open the CT and the lesion's mask as a segmentation (3D Slicer, ITK-SNAP, MITK), look at "
    "every slice, mend it, save it on the same grid, and write into the case, under its lesion:"
)


def masks_text(found: Sequence[SegmentedLesion]) -> str:
    """The files of every lesion with volumes, and the lines that give each outline back."""
    return "\n".join(line for one in found for line in _lines(one))


def masks_json(found: Sequence[SegmentedLesion]) -> str:
    """The same as JSON: ``lesions[*]`` with ``id``, ``files``, ``volume_ml``, ``case_lines``, ``reason``."""
    lesions = [
        {
            "id": one.lesion_id,
            "files": {name: str(path) for name, path in one.files.items()},
            "volume_ml": {name: round(ml, 3) for name, ml in one.volumes_ml.items()},
            "case_lines": one.case_lines.splitlines(),
            "reason": one.reason,
        }
        for one in found
    ]
    return json.dumps({"lesions": lesions}, indent=2, ensure_ascii=False)


def _lines(one: SegmentedLesion) -> Iterator[str]:
    if one.reason:
        yield f"{one.lesion_id}: not outlined: {one.reason}"
        return
    yield f"{one.lesion_id}:"
    for name, path in one.files.items():
        volume = f"  ({one.volumes_ml[name]:.2f} ml)" if name in one.volumes_ml else ""
        yield f"  {name:<11} {path}{volume}"
    if "confidence" not in one.files:
        yield "  no confidence map: the lesion's outline was given, not drawn by the program"
    yield EDIT
    yield from (f"  {line}" for line in one.case_lines.splitlines())

"""Which of several segments in a file is meant: by its name or its number, or in words which ones there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.orientation import laid_out
from buttress.records.document import ButtressError

Label = str | int | None
"""A segment as the case names it: a name, a number, or the only one there is."""

MOST_LABELS = 10_000
"""Ours: more values than this are no labels."""

_LISTED = 20
_LONGEST_NAME = 40
_SAVE_ALONE = "save the lesion alone, as one label, or choose one with mask_label"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a file: its number there, its name, and the layer that holds it where there are several."""

    number: int
    name: str
    layer: int = 0

    def in_words(self) -> str:
        """Name and number; a name is cut short and keeps printable characters only."""
        shown = "".join(sign for sign in self.name if sign.isprintable())[:_LONGEST_NAME]
        return f'"{shown}" ({self.number})' if shown else str(self.number)


def choose_segment(segments: Sequence[Segment], label: Label, where: str) -> Segment:
    """The segment that ``label`` names (upper and lower case alike) or numbers; without a label the only one.

    Raises ``ButtressError`` that lists the segments when there is not exactly one.
    """
    if not segments:
        raise ButtressError("the file holds no segment", "one segment or more", "save it again", where=where)
    found = [one for one in segments if _is_meant(one, label)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(one.in_words() for one in segments[:_LISTED]) + (", ..." if len(segments) > _LISTED else "")
    if label is None:
        what = f"the file holds {len(segments)} segments: {listed}"
    else:
        asked = Segment(0, str(label)).in_words().removesuffix(" (0)")
        what = f"{'no segment' if not found else 'more than one segment'} is called {asked}; there are: {listed}"
    raise ButtressError(what, "the name or the number of one of them", "set mask_label to one of them", where=where)


def _is_meant(segment: Segment, label: Label) -> bool:
    if label is None:
        return True
    text = str(label).strip().casefold()
    return text in (str(segment.number), segment.name.strip().casefold())


def inside_of_label(values: NDArray[np.generic], label: Label, where: str) -> NDArray[np.bool_]:
    """Voxels that hold ``label``, or the one value beside 0 where none is given.

    Raises ``ButtressError`` for an empty or full mask, and for one of several values when none was chosen.
    """
    labels = _labels(values)
    if label is None:
        if not np.isfinite(labels).all() or len(labels) != 2 or labels[0] != 0:
            raise ButtressError(
                _in_words(labels), "a mask of two values: 0 outside, one label inside", _SAVE_ALONE, where=where
            )
        return laid_out(values != 0, np.bool_)
    whole = labels[np.isfinite(labels) & (labels == np.rint(labels)) & (labels != 0)]
    if len(whole) > MOST_LABELS:
        raise ButtressError(f"the mask holds {len(whole)} values", "a map of labels", _SAVE_ALONE, where=where)
    segment = choose_segment([Segment(int(one), "") for one in whole], label, where)
    return laid_out(values == segment.number, np.bool_)


def _labels(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """All values there are, ascending; of whole numbers one apart their ends are all, and need no sorting."""
    if values.dtype.kind in "iu" and (ends := (int(values.min()), int(values.max())))[1] - ends[0] == 1:
        return np.array(ends, dtype=np.float64)
    return np.asarray(np.unique(values.ravel(order="K")), dtype=np.float64)


def _in_words(labels: NDArray[np.float64]) -> str:
    if len(labels) == 1:
        return "the mask is empty" if labels[0] == 0 else "the mask fills the whole image"
    few = ", ".join(f"{label:g}" for label in labels[:5])
    return f"the mask holds {len(labels)} values ({few}{', ...' if len(labels) > 5 else ''})"


def refuse_empty(inside: NDArray[np.bool_], where: str) -> None:
    """Raise ``ButtressError`` for a mask without a voxel, or without a voxel outside."""
    if inside.any() and not inside.all():
        return
    raise ButtressError(
        "the mask fills the whole image" if inside.all() else "the mask is empty",
        "a segment with voxels inside and outside",
        "draw the lesion, or choose another segment with mask_label",
        where=where,
    )

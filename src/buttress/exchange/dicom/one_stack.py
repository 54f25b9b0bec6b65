"""Images of one series that do not all face the same way: the one stack among them, or the choice in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.dicom.headers import ImageHeader
from buttress.records.document import ButtressError

FEWEST_IMAGES = 3
"""Ours: two images make no volume."""

_COSINE = 1e-3  # Grid's limit on axes
_REFORMATTED = {"REFORMATTED", "MPR", "CPR", "MIP", "MINIP", "CURVED", "RENDERING", "PROJECTION", "LOCALIZER"}
_PLANES = ("sagittal", "coronal", "axial")

Images = tuple[ImageHeader, ...]


def is_reformatted(header: ImageHeader) -> bool:
    """Whether an image says that it was computed from others (PS3.3, C.8.2.1.1.1, and what vendors add to it)."""
    words = {word for part in header.image_type for word in part.replace("_", " ").split()}
    return bool(words & _REFORMATTED)


def keep_one_stack(series: Images, where: str) -> tuple[Images, tuple[str, ...]]:
    """The images of the one stack of parallel images in a series, and a sentence about those passed over.

    Images that face another way are passed over where they are fewer than three or reformatted. Raises
    ``ButtressError`` that lists the stacks when not exactly one remains.
    """
    if any(header.orientation is None for header in series):
        return series, ()  # the check of single images names the one that is not placed
    stacks = _parallel(series)
    if len(stacks) == 1:
        return series, ()
    whole = [stack for stack in stacks if len(stack) >= FEWEST_IMAGES]
    original = [stack for stack in whole if not all(is_reformatted(header) for header in stack)]
    left = original or whole
    if len(left) != 1:
        raise ButtressError(
            f"the images of the series have different orientations: {'; '.join(map(_in_words, stacks[:6]))}",
            "one stack of parallel images",
            "export the axial series alone, or leave localisers and reformatted images out of the folder",
            where=where,
        )
    others = "; ".join(_in_words(stack) for stack in stacks if stack is not left[0])
    return left[0], (f"Images of another orientation in the series were passed over: {others}.",)


def _parallel(series: Images) -> list[Images]:
    """The images by orientation, in the order in which the orientations are met."""
    found: list[tuple[NDArray[np.float64], list[ImageHeader]]] = []
    for header in series:
        own = np.array(header.orientation)
        home = next((images for turn, images in found if np.abs(turn - own).max() <= _COSINE), None)
        if home is None:
            found.append((own, [header]))
        else:
            home.append(header)
    return [tuple(images) for _, images in found]


def _in_words(stack: Images) -> str:
    row, column = np.array(stack[0].orientation).reshape(2, 3)
    normal = np.abs(np.cross(row, column))
    plane = _PLANES[int(normal.argmax())] if normal.max() > 0.999 else f"oblique, nearly {_PLANES[normal.argmax()]}"
    kind = ", reformatted" if all(is_reformatted(header) for header in stack) else ""
    return f"{len(stack)} {plane} image(s) of {stack[0].rows} x {stack[0].columns}{kind}"

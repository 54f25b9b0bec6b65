"""Directions in the patient's own terms, from and to LPS vectors."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from buttress.numerics.grid import Points

Side = Literal["left", "right", "midline"] | None

_LPS = {
    "left": (1.0, 0.0, 0.0),
    "right": (-1.0, 0.0, 0.0),
    "posterior": (0.0, 1.0, 0.0),
    "anterior": (0.0, -1.0, 0.0),
    "superior": (0.0, 0.0, 1.0),
    "inferior": (0.0, 0.0, -1.0),
}
LEAST_SHARE = 0.383
"""Sine of 22.5 degrees: a component smaller than this is not named."""
OPPOSITE = {"left": "right", "right": "left"}


def direction_vector(words: str, side: Side) -> Points | None:
    """Unit vector (LPS) of a direction such as ``posterior-medial`` for a bone of one side of the patient.

    ``None`` where it speaks of medial or lateral and the side is not known. Raises ``ValueError`` for other words.
    """
    total = np.zeros(3)
    for word in words.split("-"):
        plain = _without_side(word, side)
        if plain is None:
            return None
        if plain not in _LPS:
            raise ValueError(f"no direction is called {word!r}")
        total += _LPS[plain]
    return np.asarray(total / np.linalg.norm(total))


def _without_side(word: str, side: Side) -> str | None:
    """``lateral`` of a left bone is ``left``, ``medial`` is ``right``; mirrored for a right bone."""
    if word not in ("lateral", "medial"):
        return word
    if side not in ("left", "right"):
        return None
    return side if word == "lateral" else OPPOSITE[side]


def direction_words(vector: ArrayLike, side: Side) -> str:
    """An LPS vector in words, its larger components first: ``posterior-medial``; ``left`` and ``right`` where the side
    is not known. Empty for a vector of no length.
    """
    v = np.asarray(vector, dtype=float)
    size = float(np.linalg.norm(v))
    if size < 1e-6:
        return ""
    unit = v / size
    named = [
        (abs(unit[0]), _across("left" if unit[0] > 0 else "right", side)),
        (abs(unit[1]), "posterior" if unit[1] > 0 else "anterior"),
        (abs(unit[2]), "superior" if unit[2] > 0 else "inferior"),
    ]
    kept = sorted((pair for pair in named if pair[0] >= LEAST_SHARE), key=lambda pair: -pair[0])
    return "-".join(word for _, word in kept)


def _across(word: str, side: Side) -> str:
    if side not in ("left", "right"):
        return word
    return "lateral" if word == side else "medial"

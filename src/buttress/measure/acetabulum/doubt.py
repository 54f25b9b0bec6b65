"""How far a part's destroyed share moves with the choices behind it: the sphere, the frame, the parts' borders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.measure.acetabulum.frame import SocketFrame
from buttress.measure.acetabulum.sectors import USUAL, Borders, Sectors, cut_parts
from buttress.measure.head_sphere import DOUBT_RADIUS_MM, HeadSphere
from buttress.numerics.grid import Points

Floats = NDArray[np.float64]

OUTLINE_MM = 1.0
"""Ours: the outline of a lesion is told to about a pixel."""
FLEXED_DEG, TILTED_DEG = 7.0, 5.0
"""Ours: a pelvis lies flexed or tilted on the table by about this much, and the axes do not tell it."""
BORDER_DEG, DEPTH_SHARE = 5.0, 0.15
"""Ours: where a part ends is a choice."""
RESTORED_SHARE = 0.25
"""Ours: bone that a lesion replaced is guessed from its neighbours, to about this share."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to see the socket: the head moved (mm), the frame turned (degrees), other borders."""

    moved_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    larger_mm: float = 0.0
    flexed_deg: float = 0.0
    tilted_deg: float = 0.0
    borders: Borders = USUAL


def _choices(centre_mm: float) -> list[_Choice]:
    """Pairs of choices (the head moved by ``centre_mm``), one source of doubt each, one way and the other."""
    pairs: list[_Choice] = []
    for sign in (-1.0, 1.0):
        pairs += [
            _Choice(moved_mm=(sign * centre_mm, 0.0, 0.0)),
            _Choice(moved_mm=(0.0, sign * centre_mm, 0.0)),
            _Choice(moved_mm=(0.0, 0.0, sign * centre_mm)),
            _Choice(larger_mm=sign * DOUBT_RADIUS_MM),
            _Choice(flexed_deg=sign * FLEXED_DEG),
            _Choice(tilted_deg=sign * TILTED_DEG),
            _Choice(borders=Borders(wider_deg=sign * BORDER_DEG)),
            _Choice(borders=Borders(deeper=1.0 + sign * DEPTH_SHARE)),
        ]
    half = len(pairs) // 2
    return [pairs[n + side * half] for n in range(half) for side in (0, 1)]


def destroyed_shares(sectors: Sectors, head: HeadSphere, frame: SocketFrame) -> dict[str, tuple[float, float, float]]:
    """Value, low and high (0-1) of each part: every doubt moved one way and the other alone, added as squares.

    A part without bone is left out.
    """
    index = np.argwhere(sectors.healthy)
    at = tuple(index.T)
    offsets = np.stack(frame.parts(sectors.box.to_mm(index) - np.array(head.centre_mm)), axis=-1)
    depth, restored = sectors.in_lesion_mm[at], sectors.restored[at]
    seen = [_shares(offsets, depth, head.radius_mm, choice) for choice in _choices(head.doubt_mm)]
    found = {}
    for name, part in cut_parts(offsets, head.radius_mm).items():
        if not part.any():
            continue
        value = float((depth[part] > 0.0).mean())
        moves = [[shares.get(name, value) - value for shares in seen[n : n + 2]] for n in range(0, len(seen), 2)]
        if value > 0.0:  # an outline that touches nothing stays at nothing
            moves.append([float((depth[part] > edge).mean()) - value for edge in (OUTLINE_MM, -OUTLINE_MM)])
        moves.append(_restored_moves(depth[part] > 0.0, restored[part], value))
        down = float(np.sqrt(sum(min(0.0, *pair) ** 2 for pair in moves)))
        up = float(np.sqrt(sum(max(0.0, *pair) ** 2 for pair in moves)))
        found[name] = (value, max(0.0, value - down), min(1.0, value + up))
    return found


def _shares(offsets: Points, depth: Floats, radius_mm: float, choice: _Choice) -> dict[str, float]:
    """Share of each part inside the lesion as seen by one choice; offsets along medial, anterior and superior."""
    m, a, s = np.moveaxis(offsets - np.array(choice.moved_mm), -1, 0)
    flexed, tilted = np.deg2rad([choice.flexed_deg, choice.tilted_deg])
    a, s = a * np.cos(flexed) + s * np.sin(flexed), s * np.cos(flexed) - a * np.sin(flexed)
    m, s = m * np.cos(tilted) + s * np.sin(tilted), s * np.cos(tilted) - m * np.sin(tilted)
    parts = cut_parts(np.stack([m, a, s], axis=-1), radius_mm + choice.larger_mm, choice.borders)
    return {name: float((depth[part] > 0.0).mean()) for name, part in parts.items() if part.any()}


def _restored_moves(gone: NDArray[np.bool_], restored: NDArray[np.bool_], value: float) -> list[float]:
    """The share with less and with more bone restored."""
    unsure = RESTORED_SHARE * float((gone & restored).sum())
    return [(gone.sum() + move) / (len(gone) + move) - value for move in (-unsure, unsure)]

"""Medial, anterior and superior at a hip: by the table, or by the line through both heads where both are in view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from buttress.measure.head_sphere import HeadSphere, fit_head_sphere
from buttress.numerics.grid import Points
from buttress.numerics.resample import sample
from buttress.numerics.sphere import even_directions
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

Side = Literal["left", "right"]

APART_MM = (140.0, 215.0)
"""Ours: the middles of an adult's heads lie about 160 to 190 mm apart; a margin added."""
LEAST_LEAN = 0.15
"""Ours: below this the bone about the head leans to neither side."""
SOCKET_HU = 200.0
"""Ours: bone of socket and neck, above soft tissue and tumour."""
NECK_MM, CONE, LEAST_CONE = np.arange(6.0, 25.0, 3.0), 0.85, 0.3
"""Ours: bone is looked for 6 to 24 mm outside the head, within 32 degrees of the diagonals; 0.3 of it in view."""
LEAST_UPRIGHT = 0.1
"""Ours: hips looked at have 0.17 to 1.1 where enough is in view, mirrored ones the same below zero."""


@dataclass(frozen=True, slots=True, eq=False)
class SocketFrame:
    """Unit vectors (LPS) towards the middle of the body, the front and the head's end; the other head where seen."""

    side: Side
    medial: Points
    anterior: Points
    superior: Points
    how: str
    other: HeadSphere | None = None

    def parts(self, offsets_mm: Points) -> tuple[Points, Points, Points]:
        """Components of offsets ``(..., 3)`` along medial, anterior and superior."""
        return offsets_mm @ self.medial, offsets_mm @ self.anterior, offsets_mm @ self.superior


def find_frame(ct: Volume, head: HeadSphere, lesion: Mask, side: Side | None, where: str) -> SocketFrame | str:
    """The frame of a hip. The line between the heads tells medial where both are in view, the patient's axes else.

    A reason where neither the case nor the images tell the side, or where up and down are not told by neck and pelvis.
    Raises :class:`ButtressError` where that bone lies on the other side than the case says: an image axis is flipped.
    """
    lean_x = _lean(ct, head, lesion)
    seen: Side | None = None if abs(lean_x) < LEAST_LEAN else ("right" if lean_x > 0 else "left")
    if side is not None and seen is not None and seen != side:
        raise ButtressError(
            f"the images show a {seen} hip: the socket lies on that side of its head",
            f"a {side} hip, as the case says",
            "check the side in the case and the image header: an axis may be flipped",
            where=where,
        )
    told = side or seen
    if told is None:
        return "the side of the hip could not be told: give it in the case"
    sign = -1.0 if told == "left" else 1.0
    if _upright(ct, head, lesion, sign) < LEAST_UPRIGHT:
        return (
            "up and down could not be told: no neck below the ball that was found and pelvis above it; it is no head "
            "in its socket, too little is in the images, or an axis is flipped"
        )
    medial, superior = np.array([sign, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    other = _other_head(ct, head, sign)
    how = "the patient's axes in the images (the other hip is not in view)"
    if other is not None:
        line = np.array(other.centre_mm) - np.array(head.centre_mm)
        medial = line / np.linalg.norm(line)
        superior = superior - (superior @ medial) * medial
        superior = superior / np.linalg.norm(superior)
        how = "medial along the line through both heads, the rest by the patient's axes in the images"
    anterior = np.array([0.0, -1.0, 0.0])
    anterior = anterior - (anterior @ medial) * medial - (anterior @ superior) * superior
    return SocketFrame(told, medial, anterior / np.linalg.norm(anterior), superior, how, other)


def _lean(ct: Volume, head: HeadSphere, lesion: Mask) -> float:
    """Which way (x) bone and lesion 4 to 12 mm about the level of the head lean: there the socket is."""
    away = even_directions(1000)
    away = away[np.abs(away[:, 2]) < 0.35]
    bone = _bone(ct, head, lesion, away, np.array([4.0, 6.0, 8.0, 10.0, 12.0]), lesion_is=1.0)
    share = np.nan_to_num(bone).mean(axis=1)
    return float((share * away[:, 0]).sum() / max(share.sum(), 1e-6))


def _upright(ct: Volume, head: HeadSphere, lesion: Mask, sign: float) -> float:
    """How much more bone lies down-and-outwards (neck) and up-and-inwards (pelvis) than up-and-outwards and
    down-and-inwards: -2 to 2; mirrored images change its sign. ``sign``: of x towards the middle.

    What lay where the lesion lies is not known: a lesion that swells into the pelvis is no neck.
    """
    away = even_directions(1000)
    total = 0.0
    for x, weight in ((-sign, 1.0), (sign, -1.0)):
        shares = []
        for z in (-1.0, 1.0):
            cone = away[away @ np.array([x, 0.0, z]) > CONE * np.sqrt(2.0)]
            bone = _bone(ct, head, lesion, cone, NECK_MM, lesion_is=np.nan)
            shares.append(float(np.nanmean(bone)) if np.isfinite(bone).mean() >= LEAST_CONE else np.nan)
        total += weight * float(np.nan_to_num(shares[0] - shares[1]))
    return total


def _bone(ct: Volume, head: HeadSphere, lesion: Mask, away: Points, beyond_mm: Points, *, lesion_is: float) -> Points:
    """1 where bone lies that far outside the head, else 0; ``lesion_is`` in the lesion, NaN outside the images."""
    points = np.array(head.centre_mm) + (head.radius_mm + beyond_mm)[:, None] * away[:, None, :]
    hu = sample(ct.values, ct.grid, points)
    seen = np.where(lesion.holds(points), lesion_is, (hu > SOCKET_HU).astype(float))
    return np.where(np.isfinite(hu), seen, np.nan)


def _other_head(ct: Volume, head: HeadSphere, sign: float) -> HeadSphere | None:
    """The head of the other hip, where the images reach it."""
    guess = np.array(head.centre_mm) + np.array([sign * 175.0, 0.0, 0.0])
    if not ct.grid.contains(guess - np.array([sign * 20.0, 0.0, 0.0])):
        return None
    other = fit_head_sphere(ct, guess, reach_mm=35.0)
    if other is None or abs(other.radius_mm - head.radius_mm) > 4.0:
        return None
    apart = float(np.linalg.norm(np.array(other.centre_mm) - head.centre_mm))
    return other if APART_MM[0] <= apart <= APART_MM[1] else None

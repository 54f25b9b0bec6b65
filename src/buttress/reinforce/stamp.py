"""Implants stamped into a modulus field by the share of each voxel that they fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Grid, Points
from buttress.numerics.rod_coverage import Rod, add_rod
from buttress.records.document import ButtressError
from buttress.records.implant import Implant, ImplantMaterial, PlacedImplant

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """What an implant fills: ``metal`` and ``inside`` (cement in its bore), each a fraction of every voxel."""

    metal: Floats
    inside: Floats

    @property
    def filled(self) -> Floats:
        """Fraction of every voxel that is no longer bone."""
        return np.minimum(self.metal + self.inside, 1.0)


def bars_of(implant: Implant, path_mm: Points) -> tuple[Rod, ...]:
    """The bars of round section that stand for an implant along ``path_mm`` ``(n, 3)`` from entry to tip.

    A threaded length is a bar of the mean of the thread's outer and core diameter (ours: it gives neither the area nor
    the second moment of a thread exactly, but lies between the two). A partial thread is at the tip. The head is left
    out. Raises ``ButtressError`` for an implant whose numbers are the user's to give, and ``ValueError`` where the
    thread is longer than the path.
    """
    if implant.outer_diameter_mm is None:
        raise ButtressError(
            f"{implant.key} cannot be stamped: {implant.user_supplied}",
            "an implant with its diameters",
            "copy its file, fill in what is missing, and remove user_supplied",
        )
    bore = 0.0 if implant.cannula_diameter_mm is None else implant.cannula_diameter_mm.value / 2
    wide = implant.outer_diameter_mm.value
    if implant.thread != "none" and implant.core_diameter_mm is not None:
        wide = (wide + implant.core_diameter_mm.value) / 2
    if implant.thread != "partial" or implant.thread_length_mm is None or implant.shaft_diameter_mm is None:
        return (Rod(path_mm, wide / 2, bore),)
    shaft, thread = split_path(path_mm, implant.thread_length_mm.value)
    return (Rod(shaft, implant.shaft_diameter_mm.value / 2, bore), Rod(thread, wide / 2, bore))


def split_path(path_mm: Points, last_mm: float) -> tuple[Points, Points]:
    """A path cut in two, ``last_mm`` before its end. Raises ``ValueError`` where it is no longer than that."""
    path = np.asarray(path_mm, dtype=float)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = along[-1] - last_mm
    if at <= 0.0:
        raise ValueError(f"a path of {along[-1]:.1f} mm is too short for a thread of {last_mm:g} mm")
    cut = np.array([np.interp(at, along, path[:, k]) for k in range(3)])
    before, after = path[along < at - 1e-9], path[along > at + 1e-9]
    return np.vstack([before, cut]), np.vstack([cut, after])


def stamp_of(placed: PlacedImplant, implant: Implant, grid: Grid) -> Stamp:
    """The share of every voxel that the bars of one placed implant fill; shares of its bars add up."""
    metal, inside = np.zeros(grid.shape), np.zeros(grid.shape)
    for path in placed.paths_mm:
        for bar in bars_of(implant, np.array(path, dtype=float)):
            add_rod(metal, grid, bar)
            if "inside" in implant.cement and bar.inner_radius_mm > 0.0:
                add_rod(inside, grid, Rod(bar.path_mm, bar.inner_radius_mm))
    metal = np.minimum(metal, 1.0)
    return Stamp(metal, np.minimum(inside, 1.0 - metal))


def stamped_modulus(
    modulus_mpa: NDArray[np.floating], stamps: Sequence[tuple[Stamp, ImplantMaterial]], cement_mpa: float
) -> Floats:
    """The modulus of every voxel with the implants in place: ``E = (1 - f) E_host + f E_implant`` (Voigt), MPa.

    ``modulus_mpa`` is bone with whatever cement lies in it already; a later stamp displaces an earlier one. Measured
    against the closed form of an oblique rod in ``tests/verification/test_stamp.py``.
    """
    field = np.array(modulus_mpa, dtype=np.float64)
    for stamp, material in stamps:
        field *= 1.0 - stamp.filled
        field += stamp.metal * material.modulus_mpa.value + stamp.inside * cement_mpa
    return field


def parallel_bundle(start_mm: Points, end_mm: Points, count: int, radius_mm: float, spread_mm: float) -> Points:
    """Middle lines of ``count`` parallel needles spread evenly over a round bundle, ``(count, 2, 3)``, LPS mm.

    ``spread_mm`` is the bundle's radius, ``radius_mm`` a needle's. Needles lie on a sunflower (equal area each), always
    the same. Raises ``ValueError`` where so many do not fit side by side.
    """
    along = np.asarray(end_mm, dtype=float) - np.asarray(start_mm, dtype=float)
    along = along / np.linalg.norm(along)
    helper = np.eye(3)[int(np.argmin(np.abs(along)))]
    u = np.cross(along, helper)
    u = u / np.linalg.norm(u)
    k = np.arange(count) + 0.5
    turn = np.pi * (3.0 - 5.0**0.5) * k
    off = (spread_mm - radius_mm) * np.sqrt(k / count)
    apart = np.stack([off * np.cos(turn), off * np.sin(turn)], axis=1)
    gaps = np.linalg.norm(apart[:, None] - apart[None], axis=2) + 10 * spread_mm * np.eye(count)
    if count > 1 and gaps.min() < 2 * radius_mm:
        raise ValueError(f"{count} needles of {2 * radius_mm:g} mm do not fit side by side into {2 * spread_mm:g} mm")
    across = apart[:, :1] * u + apart[:, 1:] * np.cross(along, u)
    return np.stack([across + start_mm, across + end_mm], axis=1)

"""Which tissue a simulation calls dead, by each criterion; how it covers the tumour; what it does to what is spared.

A criterion is a level: positive where tissue is dead, zero on the zone's surface, so that the surface lies between
voxel centres where the simulated field says. Doses enter by their logarithm, which is straight in temperature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage import measure

from buttress.library.load_damage import load_damage

Bools = NDArray[np.bool_]
Field = NDArray[np.float32]

SIXTY_C = 60.0
"""Tissue is taken to coagulate at once at 60 °C (ours: the isotherm that ablation charts are read against)."""

LEAST_DOSE, MOST_DOSE = 1e-12, 1e12
"""Doses beyond them are the same as none, and as certain death: their logarithm must stay finite (numerical)."""

COLD_EDGES_C = tuple(float(t) for t in range(-160, 41, 5))
HOT_EDGES_C = tuple(float(t) for t in range(37, 121))
"""Temperatures at which cumulative histograms are told (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class ThermalHistory:
    """What happened in every voxel, ``(ni, nj, nk)`` each: extremes of temperature, CEM43 (min), Ω by rate law, seconds
    below each cold threshold by its key, and the fastest mean cooling from −5 to −40 °C (K/s, 0: never so cold).

    Fields that were not followed are None or absent.
    """

    coldest_c: Field | None = None
    hottest_c: Field | None = None
    dose_min: Field | None = None
    damage: Mapping[str, Field] = field(default_factory=dict)
    below_s: Mapping[str, Field] = field(default_factory=dict)
    cooling_k_s: Field | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """One way to call tissue dead: its key, how it is told, and its level (positive inside the zone)."""

    key: str
    title: str
    level: Field

    @property
    def zone(self) -> Bools:
        """Voxels whose centre is dead."""
        return np.asarray(self.level > 0.0)


def criteria(history: ThermalHistory) -> dict[str, Criterion]:
    """Every criterion that the followed fields allow, by key: ``damage.toml`` names thresholds and laws."""
    shelf, found = load_damage(), list[Criterion]()
    if history.coldest_c is not None:
        for key, cold in shelf.cold.items():
            found.append(Criterion(key, f"below {cold.title}", cold.temperature_c.value - history.coldest_c))
    if history.hottest_c is not None:
        found.append(Criterion("sixty", "above 60 °C", history.hottest_c - np.float32(SIXTY_C)))
    if history.dose_min is not None:
        lethal = shelf.dose.lethal_min.value
        found.append(Criterion("dose", f"CEM43 of {lethal:g} min", _log_over(history.dose_min, lethal)))
    for key, omega in history.damage.items():
        found.append(Criterion(f"damage_{key}", f"Ω = 1, {shelf.arrhenius[key].title}", _log_over(omega, 1.0)))
    return {one.key: one for one in found}


def default_cold() -> str:
    """Key of the cold threshold that the project takes: the conservative one."""
    return next(key for key, cold in load_damage().cold.items() if cold.is_default)


def _log_over(dose: Field, lethal: float) -> Field:
    within = np.clip(dose, np.float32(LEAST_DOSE), np.float32(MOST_DOSE))
    return np.asarray(np.log(within / np.float32(lethal)), dtype=np.float32)


def grown(mask: Bools, margin_mm: float, spacing_mm: ArrayLike) -> Bools:
    """The mask and every voxel whose centre lies within ``margin_mm`` of a voxel centre of it."""
    spacing = np.broadcast_to(np.asarray(spacing_mm, dtype=float), mask.ndim)
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=spacing) <= margin_mm)


def covered_fraction(zone: Bools, target: Bools) -> float:
    """Share of the target's voxels that lie in the zone. Raises ``ValueError`` for an empty target."""
    if not target.any():
        raise ValueError("there is no target to cover")
    return float(zone[target].mean())


@dataclass(frozen=True, slots=True, eq=False)
class AblativeMargin:
    """How far the zone reaches beyond the tumour: the least, where (index ``(3,)``), and the map on its surface voxels.

    ``map_mm`` ``(ni, nj, nk)``: signed distance from the tumour's surface to the zone's, NaN off the tumour's surface;
    negative where the tumour sticks out. ``least_mm`` is None where there is no zone. ``is_cut`` says that the zone
    reaches the edge of what was simulated, beyond which nothing is known.
    """

    least_mm: float | None
    least_at: tuple[float, float, float] | None
    map_mm: Field
    is_cut: bool


def ablative_margin(criterion: Criterion, tumour: Bools, spacing_mm: ArrayLike) -> AblativeMargin:
    """Minimum ablative margin by one criterion. Raises ``ValueError`` for an empty tumour.

    The zone's surface is triangulated from its level; the tumour's surface are the faces of its voxels. Distances are
    physical, so voxels need not be cubes.
    """
    if not tumour.any():
        raise ValueError("there is no tumour to measure a margin from")
    spacing = np.broadcast_to(np.asarray(spacing_mm, dtype=float), 3)
    is_cut = any(np.take(criterion.zone, end, axis=axis).any() for axis in range(3) for end in (0, -1))
    surface = _surface_mm(criterion.level, spacing)
    margins = np.full(tumour.shape, np.nan, dtype=np.float32)
    if surface is None:
        return AblativeMargin(None, None, margins, is_cut)
    faces, owners = _faces(tumour)
    apart, _ = cKDTree(surface).query(faces * spacing)
    inside = ndimage.map_coordinates(criterion.level, faces.T, order=1, mode="nearest") > 0.0
    signed = np.where(inside, apart, -apart)
    flat = np.full(tumour.size, np.inf)
    np.minimum.at(flat, np.ravel_multi_index(owners.T, tumour.shape), signed)
    margins.ravel()[np.isfinite(flat)] = flat[np.isfinite(flat)]
    least = int(np.argmin(signed))
    i, j, k = faces[least].tolist()
    return AblativeMargin(float(signed[least]), (i, j, k), margins, is_cut)


def _surface_mm(level: Field, spacing: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Points on the zone's surface, about a third of a voxel apart, mm from voxel ``[0, 0, 0]``, or None."""
    if not (level.min() < 0.0 < level.max()):
        return None
    corners, triangles, _, _ = measure.marching_cubes(level, 0.0, spacing=tuple(spacing))  # type: ignore[no-untyped-call]
    ends = corners[triangles]
    return np.concatenate([corners, ends.mean(axis=1), *(0.5 * (ends[:, a] + ends[:, a - 1]) for a in range(3))])


def _faces(tumour: Bools) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Middles of the tumour's outer faces in voxels, ``(n, 3)``, and the voxel that each belongs to."""
    padded, middles, owners = np.pad(tumour, 1), list[NDArray[np.float64]](), list[NDArray[np.intp]]()
    for axis in range(3):
        for side in (-1, 1):
            own = np.argwhere(padded & ~np.roll(padded, -side, axis=axis)) - 1
            shift = np.zeros(3)
            shift[axis] = 0.5 * side
            middles.append(own + shift)
            owners.append(own)
    return np.concatenate(middles), np.concatenate(owners)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Cumulative: the share of a structure at or beyond each temperature (colder where ``of_cold``, else hotter)."""

    of_cold: bool
    edges_c: tuple[float, ...]
    fraction: tuple[float, ...]


def cumulative_histogram(values_c: Field, structure: Bools, *, of_cold: bool) -> Histogram:
    """How much of a structure reached each temperature. Raises ``ValueError`` for an empty structure."""
    if not structure.any():
        raise ValueError("an empty structure has no histogram")
    sorted_c = np.sort(values_c[structure].astype(float))
    edges = np.array(COLD_EDGES_C if of_cold else HOT_EDGES_C)
    side = np.searchsorted(sorted_c, edges, side="right" if of_cold else "left") / len(sorted_c)
    fraction = side if of_cold else 1.0 - side
    return Histogram(of_cold, tuple(edges.tolist()), tuple(fraction.tolist()))


@dataclass(frozen=True, slots=True)
class Spared:
    """What a structure went through, and whether it stayed in the band that its kind bears (None: no band is known)."""

    name: str
    kind: str
    coldest_c: float | None
    hottest_c: float | None
    is_spared: bool | None
    cold: Histogram | None
    hot: Histogram | None


def judge_structure(history: ThermalHistory, name: str, kind: str, structure: Bools) -> Spared:
    """Range of temperature in a structure and its histograms; ``kind`` names its band in ``damage.toml``.

    Raises ``ValueError`` for an empty structure.
    """
    if not structure.any():
        raise ValueError(f"{name} has no voxel in what was simulated")
    coldest, hottest = history.coldest_c, history.hottest_c
    low = None if coldest is None else float(coldest[structure].min())
    high = None if hottest is None else float(hottest[structure].max())
    band = load_damage().spare.get(kind)
    within = None
    if band is not None:
        within = (low is None or low >= band.low_c.value) and (high is None or high <= band.high_c.value)
    return Spared(
        name=name,
        kind=kind,
        coldest_c=low,
        hottest_c=high,
        is_spared=within,
        cold=None if coldest is None else cumulative_histogram(coldest, structure, of_cold=True),
        hot=None if hottest is None else cumulative_histogram(hottest, structure, of_cold=False),
    )

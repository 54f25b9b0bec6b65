"""Materials, lattices and isotherms that the checks of heat share: a gel that freezes, muscle, bone with a tumour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import map_coordinates

from buttress.numerics.exact_heat import Freezing, Perfused
from buttress.numerics.heat import HeatProblem, Needle, ThermalMaterials

ICE = Freezing(2.0, 0.5, 1.8e6, 3.6e6, 250e6, -1.0)
"""The tissue-like gel of Micromachines 2025;16:1321, its freezing sharpened to one temperature."""

MUSCLE = Perfused(0.4950, 1090.4 * 3421.2, 36.738e-6 / 60 * 1090.4 * 1049.75 * 3617.0)
"""Muscle of the IT'IS database 5.0."""

GEL = {
    "solidus_c": -8.0, "liquidus_c": -1.0, "latent_fusion_j_m3": 250e6,
    "capacity_frozen_j_m3k": 1.8e6, "capacity_thawed_j_m3k": 3.6e6,
    "conductivity_frozen_w_mk": 2.0, "conductivity_thawed_w_mk": 0.5,
    "latent_vapour_j_m3": 2.0e9, "boils_from_c": 99.0, "boiled_at_c": 101.0,
    "capacity_dry_j_m3k": 1.0e6, "conductivity_dry_w_mk": 0.2,
    "perfusion_w_m3k": 0.0, "metabolic_w_m3": 0.0,
}  # fmt: skip
"""The same gel, freezing between -8 and -1 °C."""

NO_CHANGE = {"solidus_c": -500.0, "liquidus_c": -499.0, "boils_from_c": 4000.0, "boiled_at_c": 4001.0}


def materials(*changes: dict[str, float]) -> ThermalMaterials:
    """One label for each set of changes to ``GEL``."""
    rows = [GEL | change for change in changes or ({},)]
    return ThermalMaterials(**{name: np.array([row[name] for row in rows]) for name in GEL})


def plain(tissue: Perfused) -> dict[str, float]:
    """Changes that make a tissue which neither freezes nor boils."""
    k, c = tissue.conductivity_w_mk, tissue.capacity_j_m3k
    names = ("frozen", "thawed", "dry")
    return (
        NO_CHANGE
        | {"latent_fusion_j_m3": 0.0, "latent_vapour_j_m3": 0.0, "perfusion_w_m3k": tissue.perfusion_w_m3k}
        | {f"conductivity_{name}_w_mk": k for name in names}
        | {f"capacity_{name}_j_m3k": c for name in names}
    )


def sharp(ice: Freezing, width_k: float = 0.1) -> dict[str, float]:
    """Changes for a gel that freezes within ``width_k`` of its freezing temperature."""
    return {
        "solidus_c": ice.freezes_at_c - width_k / 2, "liquidus_c": ice.freezes_at_c + width_k / 2,
        "latent_fusion_j_m3": ice.latent_j_m3,
        "capacity_frozen_j_m3k": ice.capacity_frozen_j_m3k, "capacity_thawed_j_m3k": ice.capacity_liquid_j_m3k,
        "conductivity_frozen_w_mk": ice.conductivity_frozen_w_mk,
        "conductivity_thawed_w_mk": ice.conductivity_liquid_w_mk,
    }  # fmt: skip


def needle_between(start_m: ArrayLike, end_m: ArrayLike, radius_m: float) -> Needle:
    """A needle whose surface is held, from arrays."""
    (x, y, z), (u, v, w) = (np.asarray(end, dtype=float).tolist() for end in (start_m, end_m))
    return Needle((x, y, z), (u, v, w), radius_m)


def bone(spacing_m: float, half_m: float, needles: tuple[Needle, ...] = (), **more: Any) -> HeatProblem:
    """Cancellous bone in a cortex, marrow at its middle, with a tumour that breaks through into muscle; invented.

    A cube of half width ``half_m`` about the origin of coordinates, whose corner is the first voxel's outer corner;
    needles are given from the cube's middle.
    """
    count = round(2 * half_m / spacing_m)
    at = (np.arange(count) + 0.5) * spacing_m - half_m
    x, y, z = np.meshgrid(at, at, at, indexing="ij", sparse=True)
    radius = np.hypot(x, y - 0.004)
    labels = np.zeros((count,) * 3, np.uint8)
    labels[np.broadcast_to(radius < 0.016, labels.shape)] = 1
    labels[np.broadcast_to(radius < 0.013, labels.shape)] = 2
    labels[np.broadcast_to(radius < 0.006, labels.shape)] = 3
    labels[(x - 0.011) ** 2 + (y - 0.004) ** 2 + z**2 < 0.008**2] = 4
    shift = half_m - spacing_m / 2
    moved = tuple(needle_between(np.add(n.start_m, shift), np.add(n.end_m, shift), n.radius_m) for n in needles)
    return HeatProblem(labels, (spacing_m,) * 3, BONE, needles=moved, **more)


BONE = materials(
    {"capacity_thawed_j_m3k": 3.73e6, "perfusion_w_m3k": 2535.0},
    {"latent_fusion_j_m3": 40e6, "capacity_frozen_j_m3k": 2.3e6, "capacity_thawed_j_m3k": 2.5e6,
     "conductivity_frozen_w_mk": 0.5, "conductivity_thawed_w_mk": 0.32, "perfusion_w_m3k": 1207.0},
    {"latent_fusion_j_m3": 120e6, "capacity_frozen_j_m3k": 1.9e6, "capacity_thawed_j_m3k": 2.68e6,
     "conductivity_frozen_w_mk": 1.2, "conductivity_thawed_w_mk": 0.31, "perfusion_w_m3k": 2237.0},
    {"solidus_c": -10.0, "latent_fusion_j_m3": 80e6, "capacity_frozen_j_m3k": 1.7e6, "capacity_thawed_j_m3k": 2.02e6,
     "conductivity_frozen_w_mk": 0.6, "conductivity_thawed_w_mk": 0.19, "perfusion_w_m3k": 1861.0},
    {"capacity_thawed_j_m3k": 3.9e6, "conductivity_thawed_w_mk": 0.52, "perfusion_w_m3k": 5000.0},
)  # fmt: skip
"""Muscle, cortex, cancellous bone, marrow, tumour: plausible numbers for checks of arithmetic, not for planning."""


def frozen_amount(temperature_c: np.ndarray, level_c: float) -> float:
    """Cells colder than a level, cut cells counted in part by the slope of the temperature."""
    slope = sum(np.abs(part) for part in np.gradient(np.squeeze(temperature_c)))
    share = 0.5 - (np.squeeze(temperature_c) - level_c) / np.maximum(slope, 1e-9)
    return float(np.clip(share, 0.0, 1.0).sum())


def radii_m(
    temperature_c: np.ndarray,
    spacing_m: float,
    centre: Sequence[float],
    level_c: float,
    along: Sequence[float] = (1, 0, 0),
    longest_m: float = 0.04,
    rays: int = 32,
) -> np.ndarray:
    """Distances ``(rays,)`` of an isotherm from ``centre`` (voxels) on rays across ``along``, linearly interpolated."""
    axis = np.asarray(along, dtype=float) / np.linalg.norm(along)
    across = np.linalg.svd(axis[None])[2][1:]
    angle = (np.arange(rays) + 0.25) * 2 * np.pi / rays
    directions = np.cos(angle)[:, None] * across[0] + np.sin(angle)[:, None] * across[1]
    far = np.arange(0.0, longest_m, 2e-5)
    points = np.asarray(centre)[:, None, None] + directions.T[:, :, None] * far / spacing_m
    colder = map_coordinates(temperature_c, points, order=1, mode="nearest") < level_c
    last = colder.shape[1] - 1 - np.argmax(colder[:, ::-1], axis=1)
    return np.where(colder.any(1), far[last] + 1e-5, np.nan)

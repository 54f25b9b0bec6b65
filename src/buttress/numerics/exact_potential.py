"""Closed answers for resistances and Joule heating, against which the potential solver is checked. SI."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ellipk

SPHERE_TERMS = 400
"""Numerical, ours: terms of the two-sphere series; it converges geometrically."""


def sphere_resistance_ohm(sigma: float, radius_m: float, shell_radius_m: float = np.inf) -> float:
    """Ball in a concentric grounded shell, or in endless tissue: ``(1/a - 1/b) / (4 π σ)``."""
    return float((1.0 / radius_m - 1.0 / shell_radius_m) / (4.0 * np.pi * sigma))


def coaxial_resistance_ohm_m(sigma: float, radius_m: float, outer_radius_m: float) -> float:
    """Resistance times length between coaxial cylinders: ``ln(b / a) / (2 π σ)``."""
    return float(np.log(outer_radius_m / radius_m) / (2.0 * np.pi * sigma))


def two_spheres_resistance_ohm(sigma: float, radius_m: float, apart_m: float) -> float:
    """Two equal balls, centres ``apart_m``, in endless tissue, driven against each other (bispherical series)."""
    b = np.arccosh(apart_m / (2.0 * radius_m))
    n = np.arange(1, SPHERE_TERMS + 1)
    terms = np.sum(1.0 / np.sinh(np.minimum(n * b, 700.0)))
    return float(1.0 / (2.0 * np.pi * sigma * radius_m * np.sinh(b) * terms))


def two_cylinders_resistance_ohm_m(sigma: float, radius_m: float, apart_m: float) -> float:
    """Resistance times length of two equal parallel cylinders in endless tissue: ``arcosh(D / 2a) / (π σ)``."""
    return float(np.arccosh(apart_m / (2.0 * radius_m)) / (np.pi * sigma))


def sphere_heating_k(
    sigma: float, conductivity_w_mk: float, voltage_v: float, radius_m: float, distance_m: ArrayLike
) -> NDArray[Any]:
    """Steady rise about a cooled ball electrode in endless tissue without perfusion, ``σ V² / 2k (a/r)(1 - a/r)``."""
    ratio = radius_m / np.asarray(distance_m, dtype=float)
    return np.asarray(sigma * voltage_v**2 / (2.0 * conductivity_w_mk) * ratio * (1.0 - ratio))


def layers_resistance_ohm(sigmas: ArrayLike, thicknesses_m: ArrayLike, area_m2: float) -> float:
    """Flat layers in series."""
    return float(np.sum(np.asarray(thicknesses_m, dtype=float) / np.asarray(sigmas, dtype=float)) / area_m2)


def needle_resistance_ohm(sigma: float, straight_m: float, radius_m: float, rings: int = 600) -> float:
    """Needle with round ends in endless tissue, by rings of charge on its surface (not closed: good to about 1e-4).

    The potential of a ring of charge is ``K(m) / (2 π² s)``, ``K`` the complete elliptic integral; each ring's own
    potential is that of a band as wide as the ring.
    """
    arc = straight_m + np.pi * radius_m
    along = (np.arange(rings) + 0.5) * arc / rings
    angle = np.clip(along / radius_m, 0.0, np.pi / 2) + np.clip(
        (along - straight_m) / radius_m - np.pi / 2, 0.0, np.pi / 2
    )
    z = -radius_m * np.cos(angle) + np.clip(along - radius_m * np.pi / 2, 0.0, straight_m)
    rho = radius_m * np.sin(angle)
    far = (rho[:, None] + rho) ** 2 + (z[:, None] - z) ** 2
    m = 4.0 * rho[:, None] * rho / far
    np.fill_diagonal(m, 0.0)
    seen = ellipk(m) / (2.0 * np.pi**2 * np.sqrt(far))
    own = (np.log(16.0 * rho / (arc / rings)) + 1.0) / (4.0 * np.pi**2 * rho)
    np.fill_diagonal(seen, own)
    charge = np.linalg.solve(seen, np.ones(rings))
    return float(1.0 / (sigma * charge.sum()))


def prolate_resistance_ohm(sigma: float, half_length_m: float, half_width_m: float) -> float:
    """Prolate spheroid in endless tissue: ``artanh(c / a) / (4 π σ c)``, ``c`` the half distance of the foci."""
    focus = float(np.sqrt(half_length_m**2 - half_width_m**2))
    return float(np.arctanh(focus / half_length_m) / (4.0 * np.pi * sigma * focus))

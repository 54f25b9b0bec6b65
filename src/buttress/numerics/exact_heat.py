"""Exact answers to problems of heat, to hold the solver against: by formula, or by quadrature of an ordinary equation.

SI units and °C. ``theta`` is a temperature above that of blood, ``decay_length_m`` is sqrt(k/W), how far a perfused
tissue carries heat. Sources: Carslaw and Jaeger 1959 (sources, Neumann's and the line sink's freezing fronts), Pennes
1948 (the equation with blood flow); each is checked in the tests by putting it back into its equation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_banded
from scipy.optimize import brentq
from scipy.special import erf, erfc, erfcx, exp1, k0

from buttress.numerics.phase_change import REFERENCE_C, ThermalMaterials

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Perfused:
    """A tissue without change of state: conductivity, heat capacity and blood flow."""

    conductivity_w_mk: float
    capacity_j_m3k: float
    perfusion_w_m3k: float

    @property
    def decay_length_m(self) -> float:
        """How far heat is carried before the blood has taken it."""
        return float(np.sqrt(self.conductivity_w_mk / self.perfusion_w_m3k))

    @property
    def diffusivity_m2_s(self) -> float:
        """Conductivity over heat capacity."""
        return self.conductivity_w_mk / self.capacity_j_m3k

    @property
    def decay_per_s(self) -> float:
        """How fast blood alone evens out a temperature."""
        return self.perfusion_w_m3k / self.capacity_j_m3k


@dataclass(frozen=True, slots=True)
class Freezing:
    """A material that freezes at one temperature, between a frozen and a liquid phase of constant properties."""

    conductivity_frozen_w_mk: float
    conductivity_liquid_w_mk: float
    capacity_frozen_j_m3k: float
    capacity_liquid_j_m3k: float
    latent_j_m3: float
    freezes_at_c: float

    @property
    def diffusivity_frozen_m2_s(self) -> float:
        """Of the frozen phase."""
        return self.conductivity_frozen_w_mk / self.capacity_frozen_j_m3k

    @property
    def diffusivity_ratio(self) -> float:
        """Frozen over liquid."""
        return self.diffusivity_frozen_m2_s * self.capacity_liquid_j_m3k / self.conductivity_liquid_w_mk


def slab_theta(tissue: Perfused, theta: float, thickness_m: float, x_m: ArrayLike) -> Floats:
    """Steady slab, ``theta`` on the face x = 0 and none on the other."""
    length = tissue.decay_length_m
    left = (thickness_m - np.asarray(x_m, dtype=float)) / length
    return np.asarray(theta * np.sinh(left) / np.sinh(thickness_m / length))


def half_space_theta(tissue: Perfused, theta: float, x_m: ArrayLike, time_s: float) -> Floats:
    """Half-space whose face is held at ``theta`` from time 0."""
    return np.asarray(theta * _perfused_front(tissue, np.asarray(x_m, dtype=float), time_s))


def decayed_theta(tissue: Perfused, theta: float, time_s: float) -> float:
    """A uniform temperature that blood evens out."""
    return float(theta * np.exp(-tissue.decay_per_s * time_s))


def point_source_theta(tissue: Perfused, power_w: float, r_m: ArrayLike, time_s: float | None = None) -> Floats:
    """A point source, switched on at time 0; steady when no time is given."""
    r = np.asarray(r_m, dtype=float)
    shape = np.exp(-r / tissue.decay_length_m) if time_s is None else _perfused_front(tissue, r, time_s)
    return np.asarray(power_w / (4 * np.pi * tissue.conductivity_w_mk * r) * shape)


def sphere_theta(tissue: Perfused, theta: float, radius_m: float, r_m: ArrayLike) -> Floats:
    """Steady field around a sphere held at ``theta``."""
    r = np.asarray(r_m, dtype=float)
    return np.asarray(theta * radius_m / r * np.exp(-(r - radius_m) / tissue.decay_length_m))


def heated_ball_theta(tissue: Perfused, source_w_m3: float, radius_m: float, r_m: ArrayLike) -> Floats:
    """Steady field of a ball that heats evenly, in the same tissue without end; finite at its middle."""
    length = tissue.decay_length_m
    r, a = np.maximum(np.asarray(r_m, dtype=float) / length, 1e-9), radius_m / length
    inside = 1.0 - (1.0 + a) * np.exp(-a) * np.sinh(r) / r
    beyond = (a * np.cosh(a) - np.sinh(a)) * np.exp(-r) / r
    return np.asarray(source_w_m3 / tissue.perfusion_w_m3k * np.where(r < a, inside, beyond))


def line_source_theta(tissue: Perfused, power_w_m: float, r_m: ArrayLike) -> Floats:
    """Steady field around an endless line source."""
    r = np.asarray(r_m, dtype=float)
    return np.asarray(power_w_m / (2 * np.pi * tissue.conductivity_w_mk) * k0(r / tissue.decay_length_m))


def series_flux_w_m2(drop_k: float, thicknesses_m: ArrayLike, conductivities_w_mk: ArrayLike) -> float:
    """Steady flux through layers in series."""
    return float(drop_k / np.sum(np.asarray(thicknesses_m, dtype=float) / np.asarray(conductivities_w_mk, dtype=float)))


@dataclass(frozen=True, slots=True)
class FreezingFront:
    """A front that grows as 2 λ sqrt(α_s t), and the temperature around it."""

    growth: float
    material: Freezing
    profile: Callable[[Floats], Floats]

    def front_m(self, time_s: float) -> float:
        """Where the front is."""
        return float(2 * self.growth * np.sqrt(self.material.diffusivity_frozen_m2_s * time_s))

    def temperature_c(self, distance_m: ArrayLike, time_s: float) -> Floats:
        """Temperature at distances from the cold face or line."""
        scale = 2 * np.sqrt(self.material.diffusivity_frozen_m2_s * time_s)
        return np.asarray(self.profile(np.asarray(distance_m, dtype=float) / scale))

    def isotherm_m(self, level_c: float, time_s: float) -> float:
        """Where a temperature colder than freezing lies."""
        at = brentq(lambda s: float(self.profile(np.array(s))) - level_c, 1e-6, self.growth, xtol=1e-14)
        return float(2 * at * np.sqrt(self.material.diffusivity_frozen_m2_s * time_s))


def planar_front(material: Freezing, wall_c: float, start_c: float) -> FreezingFront:
    """Neumann's solution: a half-space at ``start_c`` whose face is held at ``wall_c``."""
    m, ratio = material, material.diffusivity_ratio
    alpha = m.diffusivity_frozen_m2_s
    cold = m.conductivity_frozen_w_mk * (m.freezes_at_c - wall_c) / np.sqrt(np.pi * alpha)
    warm = m.conductivity_liquid_w_mk * (start_c - m.freezes_at_c) / np.sqrt(np.pi * alpha / ratio)

    def balance(g: float) -> float:
        gone = cold * np.exp(-g * g) / erf(g) - warm * np.exp(-g * g * ratio) / erfc(g * np.sqrt(ratio))
        return float(gone - m.latent_j_m3 * g * np.sqrt(alpha))

    growth = float(brentq(balance, 1e-4, 3.0, xtol=1e-15))

    def profile(s: Floats) -> Floats:
        frozen = wall_c + (m.freezes_at_c - wall_c) * erf(s) / erf(growth)
        liquid = start_c - (start_c - m.freezes_at_c) * erfc(s * np.sqrt(ratio)) / erfc(growth * np.sqrt(ratio))
        return np.asarray(np.where(s < growth, frozen, liquid))

    return FreezingFront(growth, material, profile)


def line_sink_front(material: Freezing, sink_w_m: float, start_c: float) -> FreezingFront:
    """Freezing around an endless line that draws ``sink_w_m`` from a material at ``start_c``."""
    m, ratio = material, material.diffusivity_ratio

    def balance(g: float) -> float:
        warm = m.conductivity_liquid_w_mk * (start_c - m.freezes_at_c)
        gone = sink_w_m / (4 * np.pi) * np.exp(-g * g) - warm * np.exp(-g * g * ratio) / exp1(g * g * ratio)
        return float(gone - g * g * m.diffusivity_frozen_m2_s * m.latent_j_m3)

    growth = float(brentq(balance, 1e-4, 3.0, xtol=1e-15))
    slope = sink_w_m / (4 * np.pi * m.conductivity_frozen_w_mk)

    def profile(s: Floats) -> Floats:
        frozen = m.freezes_at_c - slope * (exp1(s * s) - exp1(growth**2))
        liquid = start_c - (start_c - m.freezes_at_c) * exp1(s * s * ratio) / exp1(growth**2 * ratio)
        return np.asarray(np.where(s < growth, frozen, liquid))

    return FreezingFront(growth, material, profile)


@dataclass(frozen=True, slots=True, eq=False)
class RadialField:
    """Temperature around a cylinder at one time: ``temperature_c`` at ``radius_m``, and the heat given, W/m."""

    radius_m: Floats
    temperature_c: Floats
    given_w_m: float

    def isotherm_m(self, level_c: float) -> float:
        """The radius of a temperature; NaN when it is not there."""
        inside = np.flatnonzero((self.temperature_c[:-1] < level_c) & (self.temperature_c[1:] >= level_c))
        if not len(inside):
            return float("nan")
        n = int(inside[-1])
        share = (level_c - self.temperature_c[n]) / (self.temperature_c[n + 1] - self.temperature_c[n])
        return float(self.radius_m[n] + share * (self.radius_m[n + 1] - self.radius_m[n]))


def held_cylinder(
    materials: ThermalMaterials,
    radius_m: float,
    held_c: float,
    time_s: float,
    *,
    start_c: float = REFERENCE_C,
    outer_m: float = 0.08,
    rings: int = 400,
    steps: int = 600,
) -> RadialField:
    """A cylinder held at a temperature in the first of ``materials``, one-dimensional in radius, insulated far away.

    Rings and time steps grow in proportion (second-order backward differences, Newton's method); heat is conserved, and
    conductivity integrated over temperature, so that freezing over a range needs no mean between rings. Twice the rings
    and steps move isotherms by less than 0.005 mm.
    """
    edges = np.geomspace(radius_m, outer_m, rings + 1)
    centres = np.sqrt(edges[1:] * edges[:-1])
    area = np.pi * np.diff(edges**2)
    conductance = np.full(rings + 1, 2 * np.pi / np.log(edges[1] / edges[0]))
    conductance[0], conductance[-1] = 2 * conductance[0], 0.0
    conducted = _Conducted(materials)
    held = float(conducted(materials.enthalpy_j_m3([held_c], 0))[0][0])
    times = np.geomspace(1e-5 * time_s, time_s, steps)
    growth = times[1] / times[0]
    older = heat = np.full(rings, float(materials.enthalpy_j_m3(start_c, 0)))
    for n, seconds in enumerate(np.diff(times, prepend=0.0)):
        a, b, c = (1.0, 1.0, 0.0) if n < 2 else _second_order(growth)
        known = b * heat - c * older
        older, guess = heat, heat.copy()
        for _ in range(30):
            potential, slope = conducted(guess)
            inward = conductance * np.diff(potential, prepend=held, append=0.0)
            rest = a * guess - known - seconds * np.diff(inward) / area
            bands = np.zeros((3, rings))
            bands[1] = a + seconds * slope * (conductance[1:] + conductance[:-1]) / area
            bands[0, 1:] = -seconds * slope[1:] * conductance[1:-1] / area[:-1]
            bands[2, :-1] = -seconds * slope[:-1] * conductance[1:-1] / area[1:]
            change = solve_banded((1, 1), bands, rest, check_finite=False)
            guess = guess - change
            if np.abs(change).max() < 1e-1:
                break
        heat = guess
    given = conductance[0] * (held - float(conducted(heat)[0][0]))
    return RadialField(centres, materials.temperature_c(heat, 0), float(given))


def _second_order(growth: float) -> tuple[float, float, float]:
    """Weights of the new, the last and the one before of backward differences whose steps grow by ``growth``."""
    return (1 + 2 * growth) / (1 + growth), 1 + growth, growth**2 / (1 + growth)


class _Conducted:
    """Integral of conductivity over temperature (W/m) for the first material as a function of heat, and its slope."""

    def __init__(self, materials: ThermalMaterials) -> None:
        m = materials
        inner = [m.solidus_c[0], m.liquidus_c[0], m.boils_from_c[0], m.boiled_at_c[0]]
        self.heat = m.enthalpy_j_m3([-400.0, *inner, 2000.0], 0)
        self.warm, self.k = m.temperature_c(self.heat, 0), m.conductivity_w_mk(self.heat, 0)
        self.kelvin_per = np.diff(self.warm) / np.diff(self.heat)
        self.total = np.concatenate([[0.0], np.cumsum(np.diff(self.warm) * (self.k[1:] + self.k[:-1]) / 2)])

    def __call__(self, heat: Floats) -> tuple[Floats, Floats]:
        piece = np.searchsorted(self.heat[1:-1], heat, side="right")
        over = (heat - self.heat[piece]) * self.kelvin_per[piece]
        k = np.interp(heat, self.heat, self.k)
        return self.total[piece] + over * (self.k[piece] + k) / 2, k * self.kelvin_per[piece]


def _perfused_front(tissue: Perfused, x: Floats, time_s: float) -> Floats:
    """Half the sum of two error functions: the front of a field that blood evens out; exp and erfc kept together."""
    spread = x / np.sqrt(4 * tissue.diffusivity_m2_s * time_s)
    lost = np.sqrt(tissue.decay_per_s * time_s)
    far = np.exp(-(spread**2) - lost**2)
    near = np.where(spread > lost, far * erfcx(np.maximum(spread - lost, 0.0)), 0.0)
    near = np.where(spread > lost, near, np.exp(-x / tissue.decay_length_m) * erfc(spread - lost))
    return np.asarray(0.5 * (near + far * erfcx(spread + lost)))

"""The same heat equation in the plainest way: explicit steps, float64, whole arrays. Slow; the oracle of the solver.

It shares with the fast solver the problem, the materials and the needles' coupling, and nothing of how it computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.heat_problem import HeatProblem
from buttress.numerics.phase_change import REFERENCE_C

Floats = NDArray[np.float64]


class ReferenceHeat:
    """An explicit march of a ``HeatProblem``; ``enthalpy`` (J/m³) and ``time_s`` are where it stands.

    ``joules`` counts what blood, the held faces, sources and own heat, and needles have brought.
    """

    def __init__(self, problem: HeatProblem, temperature_c: float | Floats) -> None:
        self.problem, self.time_s = problem, 0.0
        self.enthalpy: Floats = np.array(problem.materials.enthalpy_j_m3(temperature_c, problem.labels))
        self.joules = dict.fromkeys(("blood", "faces", "sources", "needles"), 0.0)
        i0, i1, j0, j1, k0, k1 = problem.interior
        self.free = np.zeros(problem.labels.shape, bool)
        self.free[i0:i1, j0:j1, k0:k1] = True

    @property
    def temperature_c(self) -> Floats:
        """Temperatures ``(ni, nj, nk)``."""
        return self.problem.materials.temperature_c(self.enthalpy, self.problem.labels)

    def advance(
        self,
        duration_s: float,
        step_s: float,
        *,
        source_w_m3: Floats | None = None,
        needle_temperatures_c: Sequence[float | None] = (),
        needle_powers_w: Sequence[float | None] = (),
        coagulated: NDArray[np.bool_] | None = None,
        watch: Callable[[ReferenceHeat], None] | None = None,
    ) -> None:
        """Take explicit steps of at most ``step_s``; ``watch`` sees every one."""
        steps = ceil(duration_s / step_s)
        seconds = duration_s / steps
        materials, labels, volume = self.problem.materials, self.problem.labels, self.problem.voxel_m3
        flow = materials.perfusion_w_m3k[labels] * (1.0 if coagulated is None else ~coagulated)
        given = materials.metabolic_w_m3[labels] + (0.0 if source_w_m3 is None else source_w_m3)
        for _ in range(steps):
            warm = self.temperature_c
            blood = flow * materials.melted_fraction(self.enthalpy, labels) * (self.problem.arterial_c - warm)
            needles = self._needles(warm, needle_temperatures_c, needle_powers_w)
            conduction = self._conduction(warm)
            change = np.where(self.free, conduction + blood + given + needles, 0.0)
            for name, part in (("blood", blood), ("faces", conduction), ("sources", given), ("needles", needles)):
                self.joules[name] += float(np.sum(np.broadcast_to(part, labels.shape)[self.free])) * volume * seconds
            self.enthalpy = self.enthalpy + seconds * change
            self.time_s += seconds
            if watch is not None:
                watch(self)

    def _conduction(self, warm: Floats) -> Floats:
        """Net heat through the faces of each cell, W/m³."""
        labels = self.problem.labels
        own = self._conducted(warm, labels)
        total = np.zeros_like(warm)
        for axis, spacing in enumerate(self.problem.spacing_m):
            low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
            high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
            one = self._conducted(warm[high], labels[low]) - own[low]
            two = own[high] - self._conducted(warm[low], labels[high])
            both = one + two
            flux = 2 * one * two / np.where(both == 0, 1.0, both) / spacing**2
            total[low] += flux
            total[high] -= flux
        return total

    def _needles(self, warm: Floats, temperatures: Sequence[float | None], powers: Sequence[float | None]) -> Floats:
        """Heat given by needles, W/m³."""
        total = np.zeros(self.problem.labels.size)
        for n, (needle, coupling) in enumerate(zip(self.problem.needles, self.problem.couplings, strict=True)):
            held = temperatures[n] if temperatures else None
            power = powers[n] if powers else None
            for node, length in enumerate(coupling.length_m):
                part = slice(coupling.first[node], coupling.first[node + 1])
                cells, weights = coupling.cells[part], coupling.weights[part]
                given = 0.0 if power is None else power * length / needle.length_m
                if held is not None:
                    near, labels = warm.ravel()[cells], self.problem.labels.ravel()[cells]
                    drop = float(weights @ (self._conducted(held, labels) - self._conducted(near, labels)))
                    given = coupling.conductance_m[node] * drop
                    apart = held - float(weights @ near)
                    if np.isfinite(needle.film_w_m2k) and apart != 0:
                        film = 2 * np.pi * needle.radius_m * length * needle.film_w_m2k
                        given = given * apart / (apart + given / film)
                total[cells] += weights * given / self.problem.voxel_m3
        return total.reshape(self.problem.labels.shape)

    def _conducted(self, warm: float | Floats, labels: NDArray[np.uint8]) -> Floats:
        """Integral of conductivity over temperature from 37 °C, W/m, cell by cell."""
        m = self.problem.materials
        corners = np.stack([m.solidus_c, m.liquidus_c, m.boils_from_c, m.boiled_at_c])[:, labels]
        edges = np.clip(REFERENCE_C, corners[1], corners[2])
        total = np.zeros(np.shape(labels))
        bounds = [np.full(labels.shape, -1e4), *corners, np.full(labels.shape, 1e5)]
        for low, high in pairwise(bounds):
            a, b = np.clip(edges, low, high), np.clip(warm, low, high)
            k = [m.conductivity_w_mk(m.enthalpy_j_m3(at, labels), labels) for at in (a, b)]
            total += (b - a) * (k[0] + k[1]) / 2
        return total

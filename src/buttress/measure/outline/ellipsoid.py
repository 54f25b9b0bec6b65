"""The ellipsoid that best explains the evidence, and how far others would do as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from buttress.numerics.distance import mapped_length
from buttress.numerics.grid import Points

Floats = NDArray[np.float64]

USUAL_RADIUS_MM, RADIUS_SPREAD = 8.5, 0.6
"""Equivalent diameters of 697 bone lesions: median 15, 90th percentile 29 mm (note lesions.md); as a log-normal, a
little larger because small ones are not treated (ours)."""
AXES_SPREAD = 0.3
"""Long over short axis of the same lesions: median 1.8, 90th percentile 3.5; as spread of the log radii."""
LONGEST_MM, LONGER_SPREAD = 28.0, 0.15
"""Ours: half the longest lesion looked for (nine in ten are shorter than 48 mm in all, note lesions.md); longer ones
only as the evidence insists, for marrow without contrast lets a shape run along the shaft for nothing."""
CLICK_SPREAD = 0.35
"""Ours: a click lies this far from the centre, in each direction, as a share of the radius."""
DOUBT = 2.0
"""Ours: no lesion is an ellipsoid; shapes are drawn this much wider than noise alone would leave room for."""
TRIANGLE = np.array([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)])


@dataclass(frozen=True, slots=True, eq=False)
class Ellipsoid:
    """``|matrix (x - centre)| <= 1``; ``matrix`` symmetric, 1/mm."""

    centre_mm: Floats
    matrix: Floats

    @property
    def radii_mm(self) -> Floats:
        """Half axes, longest first."""
        return np.asarray(np.sort(1.0 / np.abs(np.linalg.eigvalsh(self.matrix)))[::-1])

    def depth_mm(self, points_mm: Points) -> Floats:
        """About how deep points ``(n, 3)`` lie inside, mm; negative outside (exact for a ball)."""
        rho = mapped_length(points_mm, self.centre_mm, self.matrix)
        return np.asarray((1.0 - rho) * np.exp(np.mean(np.log(self.radii_mm))))

    def numbers(self) -> Floats:
        """Centre and the six entries of the matrix."""
        return np.concatenate([self.centre_mm, self.matrix[TRIANGLE[:, 0], TRIANGLE[:, 1]]])

    @classmethod
    def of(cls, numbers: Floats) -> Ellipsoid:
        """From centre and the six entries of the matrix."""
        matrix = np.zeros((3, 3))
        matrix[TRIANGLE[:, 0], TRIANGLE[:, 1]] = numbers[3:]
        matrix[TRIANGLE[:, 1], TRIANGLE[:, 0]] = numbers[3:]
        return cls(np.asarray(numbers[:3], dtype=float), matrix)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Evidence at points: log odds already summed over each point's share of space; the click; the edge's width.

    ``size_mm`` is the radius expected, ``size_spread`` the spread of its logarithm, ``click_spread`` how far from the
    centre a click lies in each direction, as a share of the radius.
    """

    points_mm: Points
    odds: Floats
    click_mm: Points
    edge_mm: float
    size_mm: float = USUAL_RADIUS_MM
    size_spread: float = RADIUS_SPREAD
    click_spread: float = CLICK_SPREAD

    def cost(self, scaled: Floats) -> tuple[float, Floats]:
        """Minus log posterior and its gradient; the matrix's entries are scaled by ten to be as large as mm."""
        numbers = np.concatenate([scaled[:3], scaled[3:] / 10.0])
        shape = Ellipsoid.of(numbers)
        values, vectors = np.linalg.eigh(shape.matrix)
        if values.min() <= 1e-3:
            return 1e9, np.zeros(9)
        log_radii = -np.log(values)
        mean = log_radii.mean()
        size = np.exp(mean)
        off = self.points_mm - shape.centre_mm
        y = off @ shape.matrix
        rho = np.maximum(np.sqrt(np.einsum("ni,ni->n", y, y)), 1e-6)
        depth = (1.0 - rho) * (size / self.edge_mm)
        share = 1.0 / (1.0 + np.exp(-np.clip(depth, -30, 30)))
        slope = self.odds * share * (1.0 - share)
        gain = float(self.odds @ share)
        pull = -(slope / rho) * (size / self.edge_mm)  # d gain / d rho, over rho
        to_centre = -(pull @ y) @ shape.matrix
        outer = (off * pull[:, None]).T @ y
        to_size = float(slope @ depth)
        to_log_radii = np.full(3, to_size / 3)
        prior, prior_slope = self._size(log_radii)
        back = (vectors * (-(to_log_radii + prior_slope) / values)) @ vectors.T
        aim, aim_centre, aim_matrix = self._click(shape)
        to_matrix = outer + back + aim_matrix
        symmetric = to_matrix + to_matrix.T - np.diag(np.diag(to_matrix))
        slope_all = np.concatenate([to_centre + aim_centre, symmetric[TRIANGLE[:, 0], TRIANGLE[:, 1]] / 10.0])
        return -(gain + prior + aim), -slope_all

    def _click(self, shape: Ellipsoid) -> tuple[float, Floats, Floats]:
        """Log prior of the click's place in the shape, with its slopes."""
        off = self.click_mm - shape.centre_mm
        y = shape.matrix @ off
        spread = self.click_spread**2
        return -0.5 * float(y @ y) / spread, shape.matrix @ y / spread, -np.outer(off, y) / spread

    def _size(self, log_radii: Floats) -> tuple[float, Floats]:
        """Log prior of the radii, with its slope."""
        mean = log_radii.mean()
        off, apart = (mean - np.log(self.size_mm)) / self.size_spread, (log_radii - mean) / AXES_SPREAD
        longer = np.maximum(log_radii - np.log(LONGEST_MM), 0.0) / LONGER_SPREAD
        slope = np.full(3, -off / self.size_spread / 3) - apart / AXES_SPREAD - longer / LONGER_SPREAD
        return -0.5 * (off**2 + float(apart @ apart) + float(longer @ longer)), slope


def fit_ellipsoid(problem: Problem, start: Ellipsoid, steps: int = 40) -> tuple[Ellipsoid, float]:
    """The ellipsoid of greatest posterior from a start, and its log posterior (0: no evidence, usual size)."""
    scale = np.array([1.0] * 3 + [10.0] * 6)
    found = minimize(problem.cost, start.numbers() * scale, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return Ellipsoid.of(found.x / scale), -float(found.fun)


def likely_ellipsoids(problem: Problem, best: Ellipsoid, count: int, seed: int) -> list[Ellipsoid]:
    """Ellipsoids drawn about the best one, as spread out as the evidence leaves room (Laplace's approximation)."""
    scale = np.array([1.0] * 3 + [10.0] * 6)
    at, step = best.numbers() * scale, 1e-3
    slopes = [(problem.cost(at + step * e)[1] - problem.cost(at - step * e)[1]) / (2 * step) for e in np.eye(9)]
    curvature = np.array(slopes)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    spread = DOUBT / np.sqrt(np.maximum(values, 0.05))
    random = np.random.default_rng(seed)
    drawn = at + (random.standard_normal((count, 9)) * spread) @ vectors.T
    shapes = [Ellipsoid.of(row / scale) for row in drawn]
    return [s for s in shapes if np.linalg.eigvalsh(s.matrix).min() > 0.01] or [best]

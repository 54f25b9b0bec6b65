"""The trilinear brick: stiffness of one voxel of unit modulus, and what bounds the spectrum of any lattice of them.

Displacement within a brick is a sum of eight modes a component, products of the natural coordinates x, y, z in -1 to
1: 1, x, y, z, xy, yz, zx, xyz (the Walsh-Hadamard basis of the corners). Strain then is a polynomial in 1, x, y, z, xy,
yz, zx whose terms are orthogonal over the brick, with weights 1, 1/3 and 1/9: 45 numbers of the 24 by 24 matrix are not
zero, whatever the sides of the brick. Full integration, exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Brick:
    """Sides (mm) and Poisson's ratio of one voxel. Raises ``ValueError`` for sides or a ratio that no solid has."""

    sides_mm: tuple[float, float, float]
    poisson: float = 0.3

    def __post_init__(self) -> None:
        if not (np.isfinite(self.sides_mm).all() and min(self.sides_mm) > 0):
            raise ValueError("a brick has three sides of positive length")
        if not -1.0 < self.poisson < 0.5:
            raise ValueError("Poisson's ratio lies between -1 and 0.5")

    @property
    def volume_mm3(self) -> float:
        """Volume."""
        return float(np.prod(self.sides_mm))

    @property
    def lame(self) -> tuple[float, float]:
        """Lamé's constants (λ, μ) over the modulus."""
        nu = self.poisson
        return nu / ((1.0 + nu) * (1.0 - 2.0 * nu)), 0.5 / (1.0 + nu)

    @property
    def elasticity(self) -> Floats:
        """Stress over modulus from strain (xx, yy, zz, xy, yz, zx; engineering shears), ``(6, 6)``."""
        first, second = self.lame
        found = np.diag([2.0 * second] * 3 + [second] * 3)
        found[:3, :3] += first
        return found

    def strain_matrix(self, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Floats:
        """Strain at a point (natural coordinates) from the 24 corner displacements, ``(6, 24)``, 1/mm.

        Corners count with the last axis fastest, three components each.
        """
        found = np.zeros((6, 24))
        for n, corner in enumerate(product((-1.0, 1.0), repeat=3)):
            factor = [0.5 * (1.0 + s * x) for s, x in zip(corner, at, strict=True)]
            a, b, c = (
                corner[axis] / self.sides_mm[axis] * float(np.prod([factor[o] for o in range(3) if o != axis]))
                for axis in range(3)
            )
            found[:, 3 * n : 3 * n + 3] = [[a, 0, 0], [0, b, 0], [0, 0, c], [b, a, 0], [0, c, b], [c, 0, a]]
        return found

    def stiffness(self) -> Floats:
        """Stiffness over modulus, ``(24, 24)``, mm: two Gauss points an axis integrate it exactly."""
        found = np.zeros((24, 24))
        for point in product((-1.0 / np.sqrt(3.0), 1.0 / np.sqrt(3.0)), repeat=3):
            strain = self.strain_matrix(point)
            found += strain.T @ self.elasticity @ strain * (self.volume_mm3 / 8.0)
        return found

    def corner_diagonal(self) -> Floats:
        """What a voxel adds to the diagonal of each component at any of its corners, over modulus, ``(3,)`` mm."""
        return np.diag(self.stiffness())[:3].copy()

    def spectral_bound(self) -> float:
        """Upper bound of the eigenvalues of ``D^-1 K`` for any lattice of such bricks, D its diagonal.

        Both are sums over voxels, so no quotient of their forms exceeds the greatest of one voxel.
        """
        matrix = self.stiffness()
        scale = 1.0 / np.sqrt(np.diag(matrix))
        return float(np.linalg.eigvalsh(matrix * np.outer(scale, scale)).max())

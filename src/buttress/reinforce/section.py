"""Composite-beam rigidity of bone sections that are unrolled about the bone's axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.sections import even_angles

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SectionRigidity:
    """Rigidity of each level: axial ``(levels,)``, bending tensor ``(levels, 2, 2)``, polar sum ``(levels,)``.

    Units are those of the modulus given times mm² (axial) and mm⁴ (bending, polar). The polar sum is taken with the
    modulus; with one Poisson's ratio throughout, shear modulus and modulus are proportional and the ratio is the same.
    """

    axial: Floats
    bending: Floats
    polar: Floats
    centroid_mm: Floats

    @property
    def principal_bending(self) -> Floats:
        """Least and greatest bending rigidity over all directions, ``(levels, 2)``."""
        return np.asarray(np.linalg.eigvalsh(self.bending))


def section_rigidity(modulus: NDArray[np.floating], radius_mm: Floats) -> SectionRigidity:
    """Axial, bending and polar rigidity of sections about their modulus-weighted centroids (composite beam theory).

    ``modulus`` is ``(levels, angles, shares)`` at the middles of even steps of the normalised radius ``f`` in 0 to 1;
    ``radius_mm`` is the outer radius ``R`` ``(levels, angles)``. Area elements are ``f R² df dθ``:
    ``EA = ΣE dA``, ``EI_xx = ΣE (y - ȳ)² dA``, polar ``= ΣE ((x - x̄)² + (y - ȳ)²) dA``.
    """
    _, n_angles, n_shares = modulus.shape
    share = (np.arange(n_shares) + 0.5) / n_shares
    angle = even_angles(n_angles)
    weight = modulus * share * (radius_mm**2)[..., None] * (2 * np.pi / n_angles / n_shares)
    reach = share * radius_mm[..., None]
    x, y = reach * np.cos(angle)[:, None], reach * np.sin(angle)[:, None]
    axial = _total(weight)
    centre_x, centre_y = _total(weight * x) / axial, _total(weight * y) / axial
    dx, dy = x - centre_x[:, None, None], y - centre_y[:, None, None]
    xx, yy, xy = _total(weight * dx * dx), _total(weight * dy * dy), _total(weight * dx * dy)
    bending = np.stack([np.stack([yy, -xy], -1), np.stack([-xy, xx], -1)], -2)
    return SectionRigidity(axial, bending, xx + yy, np.stack([centre_x, centre_y], -1))


def _total(values: NDArray[np.floating]) -> Floats:
    return np.asarray(values.sum(axis=(1, 2), dtype=np.float64))


def bending_ratios(lesion: SectionRigidity, healed: SectionRigidity) -> Floats:
    """Least and greatest ratio of bending rigidity, lesion over healed, over all bending directions, ``(levels, 2)``.

    These are the eigenvalues of the lesion's tensor relative to the healed one; where the lesion leaves the principal
    directions in place they equal the ratios of the principal values.
    """
    relative = np.linalg.solve(np.linalg.cholesky(healed.bending), lesion.bending)
    factor = np.linalg.cholesky(healed.bending)
    symmetric = np.linalg.solve(factor, np.swapaxes(relative, -1, -2))
    return np.asarray(np.linalg.eigvalsh(0.5 * (symmetric + np.swapaxes(symmetric, -1, -2))))

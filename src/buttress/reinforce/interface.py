"""How an implant holds to the bone and cement around it: bonded, let go where it is pulled, or slipping.

A bonded model flatters: against contact it was 19 % too stiff and 26 % too strong, and deleting the interface elements
that are strained in tension took much of that back (stefanek2024). Bonded and slip are the two ends between which
the truth lies; see ``docs/models/implants.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.numerics.brick import Brick

Floats = NDArray[np.float64]

FILLED = 0.5
"""A voxel counts as implant where it fills at least half of it (ours)."""

LET_GO = 1e-4
"""What is left of the modulus of an interface voxel that has let go (ours: none would leave loose nodes)."""

TENSION_STRAIN = 0.0
"""Strain normal to the implant above which its interface is pulled (ours: no glue at all; cement interlocks)."""

TENSOR = ((0, 3, 5), (3, 1, 4), (5, 4, 2))
"""Place of xx, yy, zz, xy, yz, zx in a strain of six numbers, by row and column: the order of ``strain_of``."""


@dataclass(frozen=True, slots=True, eq=False)
class InterfaceLayer:
    """The voxels around an implant that carry what passes between it and the bone.

    ``inside`` ``[i, j, k]``; ``normals`` ``(n, 3)`` are unit vectors out of the implant along the grid's own axes, in
    the order of ``np.argwhere(inside)``.
    """

    inside: NDArray[np.bool_]
    normals: Floats


def interface_layer(
    filled: NDArray[np.floating], host: NDArray[np.bool_], spacing_mm: Floats, *, voxels: int = 1
) -> InterfaceLayer:
    """The layer of ``host`` voxels (bone, cement) around an implant that fills the fraction ``filled`` of each voxel.

    ``voxels`` is how thick it is, in voxels that touch by a face, an edge or a corner.
    """
    implant = np.asarray(filled) >= FILLED
    grown = ndimage.binary_dilation(implant, ndimage.generate_binary_structure(3, 3), iterations=voxels)
    inside = grown & ~implant & np.asarray(host)
    return InterfaceLayer(inside, _outward(filled, spacing_mm, inside))


def _outward(filled: NDArray[np.floating], spacing_mm: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Unit vectors out of what fills the voxels, at those ``inside``, ``(n, 3)``."""
    spread = ndimage.gaussian_filter(np.asarray(filled, dtype=np.float64), 1.0, mode="nearest")
    slope = np.stack(np.gradient(spread, *spacing_mm), axis=-1)[inside]
    size = np.linalg.norm(slope, axis=1, keepdims=True)
    return np.asarray(-slope / np.maximum(size, 1e-30))


def cement_skin(
    cement: NDArray[np.bool_], solid: NDArray[np.bool_], filled: NDArray[np.floating], spacing_mm: Floats
) -> InterfaceLayer:
    """The outermost voxels of cement, where it meets bone or marrow: what holds it is friction at its surface.

    The cement's own voxels stand for the interface, so that no bone is taken away. ``filled`` is the share of cement.
    """
    beside = ndimage.binary_dilation(solid & ~cement, ndimage.generate_binary_structure(3, 1))
    inside = cement & beside
    return InterfaceLayer(inside, _outward(filled, spacing_mm, inside))


def slides(
    strain: NDArray[np.floating], modulus_mpa: NDArray[np.floating], layer: InterfaceLayer, friction: ArrayLike
) -> NDArray[np.bool_]:
    """Which voxels of the layer friction does not hold, ``(n,)``: those pulled, or sheared by more than it can bear.

    ``strain`` ``(6, n)``, ``modulus_mpa`` and ``friction`` ``(n,)`` of the layer's voxels. Pressure times friction is
    what shear may reach; infinite friction is that of a thread, which only a pull undoes.
    """
    stress = Brick((1.0, 1.0, 1.0)).elasticity @ np.asarray(strain, dtype=np.float64) * modulus_mpa
    traction = np.einsum("ijn,nj->ni", stress[np.array(TENSOR)], layer.normals)
    pull = np.sum(traction * layer.normals, axis=1)
    shear = np.linalg.norm(traction - pull[:, None] * layer.normals, axis=1)
    return np.asarray((pull >= 0.0) | (shear > np.asarray(friction) * np.maximum(-pull, 1e-30)))


def normal_strain(strain: NDArray[np.floating], layer: InterfaceLayer) -> Floats:
    """Strain across the interface in every voxel of the layer, ``(n,)``; above zero it is pulled apart.

    ``strain`` ``(6, ni, nj, nk)`` as ``numerics.elasticity.strain_of`` gives it: xx, yy, zz and the engineering shears
    xy, yz, zx along the grid's axes.
    """
    own = np.asarray(strain, dtype=np.float64)[:, layer.inside]
    tensor = own[np.array(TENSOR)] * np.where(np.eye(3, dtype=bool), 1.0, 0.5)[:, :, None]
    return np.asarray(np.einsum("ni,ijn,nj->n", layer.normals, tensor, layer.normals))


def delete_tension_strained(
    modulus_mpa: NDArray[np.floating],
    strain: NDArray[np.floating],
    layer: InterfaceLayer,
    *,
    tolerance: float = TENSION_STRAIN,
) -> tuple[Floats, int]:
    """The modulus with the interface let go where it is pulled apart by more than ``tolerance``, and how many voxels.

    One relinearisation: solve bonded, delete, solve again. What is pressed stays, with its shear.
    """
    return _let_go(modulus_mpa, layer, normal_strain(strain, layer) > tolerance)


def open_interface(modulus_mpa: NDArray[np.floating], layer: InterfaceLayer) -> tuple[Floats, int]:
    """The modulus with the whole interface let go, and how many voxels.

    Nothing passes between implant and bone, pressure neither: the lowest end there is, for a solver of one modulus.
    """
    return _let_go(modulus_mpa, layer, np.ones(int(layer.inside.sum()), dtype=bool))


def slip_lame(
    modulus_mpa: NDArray[np.floating], poisson_ratio: float, layer: InterfaceLayer
) -> tuple[Floats, Floats]:  # fmt: skip
    """First Lamé parameter and shear modulus, MPa, with an interface that carries pressure and no shear.

    In the layer the shear modulus is let go and the first Lamé parameter becomes ``λ + 2μ`` of the host, so that
    squeezed flat it is as stiff as before. It would carry tension too: a pulled voxel is to be let go by strain as
    well (``normal_strain``), in both numbers.
    """
    field = np.asarray(modulus_mpa, dtype=np.float64)
    shear = field / (2 * (1 + poisson_ratio))
    first = field * poisson_ratio / ((1 + poisson_ratio) * (1 - 2 * poisson_ratio))
    slipping = first + 2 * shear
    return np.where(layer.inside, slipping, first), np.where(layer.inside, LET_GO * shear, shear)


def _let_go(
    modulus_mpa: NDArray[np.floating], layer: InterfaceLayer, which: NDArray[np.bool_]
) -> tuple[Floats, int]:  # fmt: skip
    field = np.array(modulus_mpa, dtype=np.float64)
    own = field[layer.inside]
    field[layer.inside] = np.where(which, LET_GO * own, own)
    return field, int(which.sum())

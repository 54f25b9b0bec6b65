"""From a CT and masks to what heat and current meet in every voxel: tissue labels and their properties.

Bone is graded by HU between yellow marrow, cancellous and cortical bone; a lesion is lytic tumour whatever its HU.
HU of the ends come from published attenuation (nist126); where a class begins is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from buttress.ablate.materials import Mixture, PropertyChange, build_materials, build_sigma
from buttress.library.load_attenuation import tissue_hu
from buttress.library.load_tissues import load_thermal_tissues
from buttress.numerics.phase_change import ThermalMaterials

Bools = NDArray[np.bool_]

GAS_BELOW_HU = -200.0
"""Ours: below it is gas (bowel, lung, the air about the body)."""

FAT_BELOW_HU = -30.0
"""Ours: fat (about -100) and muscle (about 50) part here."""

BONE_ABOVE_HU = 150.0
"""Ours: outside a given bone, what is denser than contrast-free soft tissue is bone too."""

METAL_ABOVE_HU = 3000.0
"""Ours: denser than any bone."""

BEAM_KEV = 70.0
"""Ours: effective energy of a 120 kV beam, at which HU of marrow and cortex are taken from their attenuation."""

SKIN_MM = 2.0
"""Ours: thickness of the skin, a rim where the body meets the air."""

BONE_GRADES = 24
"""Ours: steps of HU between marrow and cortex; few enough that neighbours share a label, fine enough for 4 %."""

SOFT = ("gas", "fat", "muscle", "skin", "lytic_tumour", "cartilage", "blood", "nerve", "cement", "metal")
"""Labels 0 to 9; bone grades follow, marrow first."""


@dataclass(frozen=True, slots=True, eq=False)
class TissueMasks:
    """What has been outlined on the CT's grid, ``(ni, nj, nk)`` of bool each; later ones cover earlier ones."""

    bone: Bools | None = None
    lesion: Bools | None = None
    cartilage: Bools | None = None
    vessel: Bools | None = None
    nerve: Bools | None = None
    cement: Bools | None = None
    metal: Bools | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TissueMap:
    """Labels ``(ni, nj, nk)`` of u8, and by label: name, heat properties, conductivity at 37 °C (S/m, ``(n,)``)."""

    labels: NDArray[np.uint8]
    names: tuple[str, ...]
    materials: ThermalMaterials
    sigma_s_m: NDArray[np.float64]

    def where(self, name: str) -> Bools:
        """Voxels of one tissue; ``"bone"`` is every grade of it."""
        wanted = [k for k, own in enumerate(self.names) if own == name or own.startswith(f"{name} ")]
        return np.isin(self.labels, wanted)


def bone_anchors_hu() -> tuple[float, float, float]:
    """HU of yellow marrow (as fat), cancellous and cortical bone; cancellous lies between by density (itis5)."""
    marrow, cortical = tissue_hu("fat", BEAM_KEV), tissue_hu("cortical_bone", BEAM_KEV)
    shelf = load_thermal_tissues().tissue
    low, middle, high = (shelf[k].density_kg_m3.value for k in ("yellow_marrow", "cancellous", "cortical"))
    return marrow, marrow + (cortical - marrow) * (middle - low) / (high - low), cortical


def mixtures() -> tuple[Mixture, ...]:
    """What every label holds: soft tissues pure, bone grades between their two neighbours among the anchors."""
    anchors, keys = bone_anchors_hu(), ("yellow_marrow", "cancellous", "cortical")
    found = [Mixture.pure(key) for key in SOFT]
    for hu in np.linspace(anchors[0], anchors[2], BONE_GRADES):
        lower = 0 if hu <= anchors[1] else 1
        share = (float(hu) - anchors[lower]) / (anchors[lower + 1] - anchors[lower])
        found.append(Mixture(f"bone {hu:.0f} HU", ((keys[lower], 1.0 - share), (keys[lower + 1], share))))
    return tuple(found)


def label_tissues(
    ct_hu: NDArray[np.float32],
    spacing_mm: ArrayLike,
    masks: TissueMasks | None = None,
    change: PropertyChange | None = None,
) -> TissueMap:
    """Every voxel of a CT as a tissue.

    ``ct_hu`` ``(ni, nj, nk)``; ``spacing_mm`` ``(3,)``. Raises ``ValueError`` for a mask of another shape.
    """
    given = masks or TissueMasks()
    for one in fields(given):
        mask = getattr(given, one.name)
        if mask is not None and mask.shape != ct_hu.shape:
            raise ValueError(f"the mask of {one.name} is {mask.shape}, the CT {ct_hu.shape}")
    what = mixtures()
    labels = _by_hu(ct_hu, given.bone)
    _paint_skin(labels, np.broadcast_to(np.asarray(spacing_mm, dtype=float), 3))
    for name, mask in (
        ("lytic_tumour", given.lesion),
        ("cartilage", given.cartilage),
        ("blood", given.vessel),
        ("nerve", given.nerve),
        ("cement", given.cement),
        ("metal", ct_hu > METAL_ABOVE_HU),
        ("metal", given.metal),
    ):
        if mask is not None:
            labels[mask] = SOFT.index(name)
    names = tuple(mixture.name for mixture in what)
    return TissueMap(labels, names, build_materials(what, change), build_sigma(what, change))


def _by_hu(ct_hu: NDArray[np.float32], bone: Bools | None) -> NDArray[np.uint8]:
    """Classes by HU alone; inside a given bone every voxel that is not gas is a grade of bone."""
    marrow, _, cortical = bone_anchors_hu()
    grade = np.rint((ct_hu - marrow) / (cortical - marrow) * (BONE_GRADES - 1))
    graded = len(SOFT) + np.clip(grade, 0, BONE_GRADES - 1).astype(np.uint8)
    is_bone = ct_hu > BONE_ABOVE_HU if bone is None else bone | (ct_hu > BONE_ABOVE_HU)
    soft = np.where(ct_hu < FAT_BELOW_HU, np.uint8(SOFT.index("fat")), np.uint8(SOFT.index("muscle")))
    labels = np.where(is_bone, graded, soft).astype(np.uint8)
    labels[ct_hu < GAS_BELOW_HU] = SOFT.index("gas")
    return labels


def _paint_skin(labels: NDArray[np.uint8], spacing_mm: NDArray[np.float64]) -> None:
    """Skin where soft tissue lies within its thickness of air that reaches the edge of the image; in place."""
    gas = labels == SOFT.index("gas")
    pieces, _ = ndimage.label(gas)
    sides = [np.unique(np.take(pieces, end, axis=axis)) for axis in range(3) for end in (0, -1)]
    outer = np.unique(np.concatenate(sides))
    air = np.isin(pieces, outer[outer > 0])
    if not air.any():
        return
    near = ndimage.distance_transform_edt(~air, sampling=spacing_mm) <= SKIN_MM + 0.5 * float(spacing_mm.min())
    labels[near & np.isin(labels, (SOFT.index("fat"), SOFT.index("muscle")))] = SOFT.index("skin")

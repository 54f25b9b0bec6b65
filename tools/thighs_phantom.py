"""Two thighs as a scanner would hand them over: 512 x 512 x 200 voxels, a femur each, one lesion. For benchmarks.

Made slice by slice, so that it costs the memory of one slice beside the volume. Deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.numerics.grid import Grid
from buttress.records.image import Mask, Volume
from dicom_phantom import SERIES, image, save

SHAPE = (512, 512, 200)
SPACING_MM = (0.8, 0.8, 1.5)
OUTER_MM, CORTEX_MM, THIGH_MM = 14.0, 5.0, 78.0
FEMORA = {"left": (95.0, 0.06), "right": (-95.0, -0.06)}
"""Where each femur's axis passes the middle slice (x, mm) and how it leans outwards going up (mm per mm)."""
LESION_MM = (9.0, 9.0, 16.0)
SEED_MM = (84.0, 0.0, 0.0)
"""The middle of the lesion: on the medial wall of the left femur, half in the canal."""


def thighs() -> tuple[Volume, Mask, Mask]:
    """The CT, the lesion of the left femur, and the left femur with its marrow."""
    grid = Grid.aligned(SHAPE, SPACING_MM, [-(n - 1) / 2 * s for n, s in zip(SHAPE, SPACING_MM, strict=True)])
    hu = np.empty(SHAPE, dtype=np.float32)
    lesion, bone = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    x, y = np.meshgrid(*(grid.affine[a, 3] + SPACING_MM[a] * np.arange(SHAPE[a]) for a in (0, 1)), indexing="ij")
    for k in range(SHAPE[2]):
        z = float(grid.affine[2, 3] + SPACING_MM[2] * k)
        hu[:, :, k], lesion[:, :, k], bone[:, :, k] = _slice(x, y, z, k)
    return Volume(grid, hu), Mask(grid, lesion), Mask(grid, bone)


def _slice(
    x: NDArray[np.float64], y: NDArray[np.float64], z: float, k: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """HU, lesion and left femur of one slice: skin, fat, muscle, cortex, marrow, then blur and noise."""
    hu = np.full(x.shape, -1000.0)
    away = np.sqrt(sum(((p - c) / s) ** 2 for p, c, s in zip((x, y, z), SEED_MM, LESION_MM, strict=True)))
    hole = np.clip((1 - away) * min(LESION_MM) + 0.5, 0.0, 1.0)
    femur = np.zeros(x.shape)
    for side, (middle, lean) in FEMORA.items():
        at = middle + lean * z
        limb = THIGH_MM + 0.05 * z
        hu = np.where(np.hypot(x - at, y) < limb, -100.0, hu)
        hu = np.where(np.hypot(x - at, y) < limb - 9.0, 55.0, hu)
        radius = np.hypot((x - at) / 1.05, y)
        bone, canal = (np.clip(edge - radius + 0.5, 0.0, 1.0) for edge in (OUTER_MM, OUTER_MM - CORTEX_MM))
        hu = hu * (1 - bone) + 1250.0 * (bone - canal) - 30.0 * canal
        if side == "left":
            femur, hu = bone, hu * (1 - hole * bone) + 45.0 * hole * bone
    noise = ndimage.gaussian_filter(np.random.default_rng(k).standard_normal(x.shape, np.float32), 0.9, truncate=3.0)
    hu = ndimage.gaussian_filter(hu, 0.9, truncate=3.0) + 15.0 * noise / noise.std()
    return np.rint(np.clip(hu, -1024, 3071)).astype(np.float32), hole * femur > 0.5, femur > 0.5


def save_series(ct: Volume, folder: Path) -> None:
    """The CT as a folder of axial DICOM images, 16 bits, uncompressed."""
    corner, spacing = ct.grid.affine[:3, 3], ct.grid.spacing_mm
    for k in range(ct.grid.shape[2]):
        stored = (ct.values[:, :, k].T + 1024).astype("<i2")
        dataset = image(
            0,
            SOPInstanceUID=f"{SERIES}.7.{k + 1}",
            InstanceNumber=k + 1,
            ImagePositionPatient=[*corner[:2], corner[2] + spacing[2] * k],
            SliceThickness=str(spacing[2]),
            PixelSpacing=[spacing[1], spacing[0]],
            Rows=stored.shape[0],
            Columns=stored.shape[1],
            PixelData=stored.tobytes(),
        )
        save(dataset, folder / f"{k:04d}.dcm")

"""What a phantom is made of: a bone by its few dimensions, how it lies, and how it is scanned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from buttress.numerics.grid import Grid
from buttress.phantom.fine_grid import Floats
from buttress.records.document import ButtressError

Kind = Literal["tube", "flared", "curved", "flat", "hip"]
Side = Literal["left", "right"]

SHAFTS: tuple[Kind, ...] = ("tube", "flared", "curved")
"""Kinds with an axis, along and about which cortical involvement is defined."""
USUAL_BONE: dict[Kind, str] = {
    "tube": "humerus",
    "flared": "femur",
    "curved": "femur",
    "flat": "ilium",
    "hip": "acetabulum",
}
"""Ours: the bone that a kind stands for unless it is named; a tube with a fibula is a tibia."""


@dataclass(frozen=True, slots=True)
class PhantomSpec:
    """One bone in muscle, fat, skin and air, and its scan. Lengths in mm, angles in degrees, intensities in HU.

    ``outer_mm`` is the periosteal radius of a shaft (half the thickness of a ``flat`` bone). The bone's axis leans
    ``tilt_deg`` off the table's long axis towards ``azimuth_deg`` (0: to the patient's left, 90: to the back). A
    ``fibula`` lies behind and lateral, as on a leg of ``side``. ``slice_mm`` is the width of the slices' box profile
    (``None``: as their spacing; larger: they overlap). ``half_mm`` is half the field of view about the origin, where
    the axis of a shaft, the middle of a plate or the centre of the femoral head lies.
    """

    kind: Kind = "tube"
    side: Side = "left"
    bone: str = ""
    outer_mm: float = 13.0
    cortex_mm: float = 4.0
    taper: float = 0.0
    flare_per_mm: float = 0.012
    curve_radius_mm: float = 300.0
    plate_mm: tuple[float, float] = (60.0, 70.0)
    head_mm: float = 23.0
    joint_mm: float = 4.0
    fibula: bool = False
    tilt_deg: float = 0.0
    azimuth_deg: float = 30.0
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    slice_mm: float | None = None
    half_mm: tuple[float, float, float] = (45.0, 45.0, 70.0)
    limb_mm: float = 60.0
    cortex_hu: float = 1300.0
    marrow_hu: float = -20.0
    spongy_hu: float = 220.0
    muscle_hu: float = 45.0
    blur_mm: float = 0.75
    noise_hu: float = 20.0
    seed: int = 0

    def __post_init__(self) -> None:
        _refuse(self.kind not in get_args(Kind), f"kind {self.kind!r}", ", ".join(get_args(Kind)))
        _refuse(self.side not in get_args(Side), f"side {self.side!r}", "left or right")
        _refuse(not 0.0 <= self.tilt_deg <= 60.0, f"a tilt of {self.tilt_deg:g} degrees", "0 to 60 degrees")
        low, high = min(self.spacing_mm), max(self.spacing_mm)
        _refuse(not (low >= 0.3 and high <= 5.0), f"voxels of {low:g} to {high:g} mm", "0.3 to 5 mm")
        thick = f"a cortex of {self.cortex_mm:g} mm in a bone of radius {self.outer_mm:g} mm"
        _refuse(not 0.3 <= self.cortex_mm <= self.outer_mm, thick, "0.3 mm up to the bone's radius")
        _refuse(not 0.0 <= self.noise_hu <= 200.0, f"noise of {self.noise_hu:g} HU", "0 to 200 HU")
        thin = self.slice_mm is not None and self.slice_mm < self.spacing_mm[2]
        _refuse(thin, f"slices of {self.slice_mm} mm every {self.spacing_mm[2]:g} mm", "slices that leave no gap")

    @property
    def bone_key(self) -> str:
        """The bone that the phantom stands for, as the library names it."""
        return self.bone or ("tibia" if self.fibula else USUAL_BONE[self.kind])

    @property
    def grid(self) -> Grid:
        """The scan's grid, centred on the origin."""
        i, j, k = (int(2 * h / s) + 1 for h, s in zip(self.half_mm, self.spacing_mm, strict=True))
        origin = [-(n - 1) * s / 2 for n, s in zip((i, j, k), self.spacing_mm, strict=True)]
        return Grid.aligned((i, j, k), self.spacing_mm, origin)

    @property
    def directions(self) -> Floats:
        """Unit vectors across (first as near to the patient's left as can be) and along the bone, as rows (3, 3)."""
        tilt, azimuth = np.radians(self.tilt_deg), np.radians(self.azimuth_deg)
        along = np.array([np.sin(tilt) * np.cos(azimuth), np.sin(tilt) * np.sin(azimuth), -np.cos(tilt)])
        first = np.cross(along, [0.0, 1.0, 0.0])
        first = first / np.linalg.norm(first)
        return np.stack([first, np.cross(along, first), along])

    @property
    def lateral(self) -> float:
        """Sign of the first direction across that points away from the patient's middle."""
        return 1.0 if self.side == "left" else -1.0

    def to_bone(self, points_mm: Floats) -> Floats:
        """Positions ``(..., 3)`` of the patient in the bone's own directions (two across, one from proximal on)."""
        return np.asarray(points_mm @ self.directions.T)

    def to_patient(self, points: Floats) -> Floats:
        """The way back of :meth:`to_bone`, LPS mm."""
        return np.asarray(points @ self.directions)


def _refuse(wrong: bool, found: str, expected: str) -> None:
    if wrong:
        raise ButtressError(found, expected, "change this value of the phantom", where="phantom")

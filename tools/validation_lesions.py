"""The lesions of ``validate_measure.py``: one seeded draw a number, in a phantom bone or in a real shaft.

Every draw knows its truth (``buttress.phantom``) and a click in the lesion that is not exactly its middle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.phantom import LesionSpec, LesionTruth, Notch, PhantomSpec, build_phantom, ellipsoid_at, lesion_truth
from buttress.phantom.lesion_truth import Axis, shaft_axis
from buttress.phantom.lytic_lesion import bone_envelope, draw_lesion
from buttress.phantom.truth import inserted_truth
from buttress.records.image import Mask, Volume

Points = NDArray[np.float64]

KINDS = ("tube", "leg", "flared", "tube", "curved", "flat", "tube", "femur", "hip", "curved", "tube", "flared")
"""Which kind a seed draws, by ``seed % 12``: ten of twelve are shafts; flat and hip are spongy bone."""
SHAFT_KINDS = ("tube", "flared", "curved", "leg", "femur")
SPACINGS = (
    (0.5, 0.6),
    (0.7, 1.0),
    (0.7, 1.5),
    (0.98, 2.0),
    (0.98, 3.3),
    (1.0, 1.0),
    (1.5, 1.5),
    (2.0, 2.0),
    (0.8, 3.0),
)
"""In-plane and between slices, mm: thin-slice limb CT to PET/CT."""
LEG = "visible-human-female-legs/leg_right_ct.nii.gz"
REAL: dict[str, tuple[tuple[str, str, str, tuple[float, float, float]], ...]] = {
    "leg": ((LEG, "tibia", "right", (185.0, 270.0, 365.0)), (LEG, "tibia", "right", (189.0, 278.0, 300.0))),
    "femur": (
        ("sts-ibsi/STS_011/ct.nii.gz", "femur", "right", (-120.8, -58.9, -768.7)),
        ("sts-ibsi/STS_027/ct.nii.gz", "femur", "left", (121.9, 35.8, 769.9)),
    ),
}
"""Real shafts by kind: file, bone, side, a point in the marrow (LPS mm)."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One drawn lesion: what is given to the measuring, and what is true."""

    seed: int
    kind: str
    shape: str
    bone: str
    ct: Volume
    lesion: Mask
    truth: LesionTruth
    click_mm: tuple[float, float, float]
    radius_mm: float
    cortex_mm: float
    tilt_deg: float
    noise_hu: float


def draw_trial(seed: int, data: Path, kind: str | None = None) -> Trial:
    """The lesion of a seed. Real shafts need the folder ``data``; raises ``FileNotFoundError`` without it."""
    kind = kind or KINDS[seed % len(KINDS)]
    random = np.random.default_rng([20261126, seed])
    if kind in REAL:
        return _real(seed, kind, data, random)
    return _phantom(seed, kind, random)


def _phantom(seed: int, kind: str, random: np.random.Generator) -> Trial:
    spec, lesion = (_shaft if kind in SHAFT_KINDS else _spongy)(seed, kind, random)
    phantom = build_phantom(spec, lesion)
    assert phantom.lesion is not None
    return Trial(
        seed,
        kind,
        "notch" if isinstance(lesion, Notch) else "ellipsoid",
        spec.bone_key,
        phantom.ct,
        phantom.lesion,
        lesion_truth(phantom),
        click_in(phantom.lesion, random),
        spec.outer_mm,
        spec.cortex_mm,
        spec.tilt_deg,
        spec.noise_hu,
    )


def _base(seed: int, random: np.random.Generator) -> dict[str, object]:
    """How a phantom lies and is scanned."""
    across, slices = SPACINGS[int(random.integers(len(SPACINGS)))]
    return {
        "side": str(random.choice(["left", "right"])),
        "tilt_deg": float(random.uniform(0.0, 60.0)),
        "azimuth_deg": float(random.uniform(0.0, 360.0)),
        "spacing_mm": (across, across, slices),
        "blur_mm": float(random.uniform(0.5, 0.9)),
        "noise_hu": float(random.uniform(10.0, 35.0)),
        "seed": seed,
    }


def _shaft(seed: int, kind: str, random: np.random.Generator) -> tuple[PhantomSpec, Notch | LesionSpec]:
    """A shaft with a lesion whose extent lies near a score's limit in half of the draws."""
    base = _base(seed, random)
    cortex = float(random.uniform(1.0, 6.0))
    axial = float(random.uniform(25.0, 35.0) if random.random() < 0.5 else random.uniform(12.0, 50.0))
    around = float(random.uniform(0.4, 0.6) if random.random() < 0.5 else random.uniform(0.1, 0.85))
    spec = PhantomSpec(
        kind=kind,  # type: ignore[arg-type]
        outer_mm=cortex + float(random.uniform(6.0, 11.0)),
        cortex_mm=cortex,
        curve_radius_mm=float(random.uniform(200.0, 500.0)),
        flare_per_mm=float(random.uniform(0.006, 0.016)),
        fibula=kind == "tube" and random.random() < 0.6,
        marrow_hu=float(random.uniform(-70.0, 60.0)),
        cortex_hu=float(random.uniform(1100.0, 1500.0)),
        **base,  # type: ignore[arg-type]
    )
    spec = replace(spec, half_mm=_field(spec, 0.5 * axial + 28.0))
    at = float(random.uniform(0.0, 360.0))
    if random.random() < 0.5:
        return spec, _notch(spec, axial, around, at, random)
    return spec, _ellipsoid(spec, axial, around, at, random)


def _field(spec: PhantomSpec, length_mm: float) -> tuple[float, float, float]:
    """Half the field of view: the shaft over ``length_mm`` each way, its neighbour, and 8 mm of soft tissue."""
    across, other, along = spec.directions
    ends = [along * length_mm * sign for sign in (-1, 1)]
    reach = np.max(np.abs(ends), axis=0) * 1.0
    reach += np.sqrt(1.0 - along**2) * (spec.outer_mm + 8.0)
    if spec.fibula:
        beside = spec.lateral * 30.0 * across - 18.0 * other
        reach = np.maximum(reach, np.abs(beside) + np.abs(along) * length_mm * 0.6 + 9.0)
    x, y, z = np.minimum(reach, 85.0).tolist()
    return (x, y, z)


def _notch(spec: PhantomSpec, axial: float, around: float, at: float, random: np.random.Generator) -> Notch:
    chance = random.random()
    depth = 1.0 if chance < 0.7 else float(random.uniform(0.15, 0.4) if chance < 0.85 else random.uniform(0.65, 0.9))
    into = float(random.uniform(3.0, spec.outer_mm - spec.cortex_mm))
    return Notch(axial, 360.0 * around, depth, into, at, 0.0, float(random.uniform(20.0, 90.0)))


def _ellipsoid(spec: PhantomSpec, axial: float, around: float, at: float, random: np.random.Generator) -> LesionSpec:
    """A rough ellipsoid that takes about ``around`` of the ring at mid-cortex and ``axial`` of its length."""
    middle = spec.outer_mm - spec.cortex_mm / 2
    off = float(random.uniform(0.5, 0.9)) * middle
    radius = np.sqrt(off**2 + middle**2 - 2 * off * middle * np.cos(np.pi * around))
    length = axial / np.sqrt(max(0.2, 1.0 - ((middle - off) / radius) ** 2))
    axes = (length, 2 * radius * float(random.uniform(0.9, 1.1)), 2 * radius)
    return replace(
        ellipsoid_at(spec, 0.0, off, at, axes),
        roughness=float(random.uniform(0.08, 0.22)),
        margin_mm=float(random.uniform(0.6, 2.5)),
        extra_mm=float(random.choice([0.0, 1.0, 2.0])),
        hu_mean=float(random.uniform(20.0, 90.0)),
        hu_sd=float(random.uniform(8.0, 22.0)),
        seed=int(random.integers(1, 10_000)),
    )


def _spongy(seed: int, kind: str, random: np.random.Generator) -> tuple[PhantomSpec, LesionSpec]:
    """A plate, or a hip with its lesion above the socket, in the head or in the neck."""
    base = _base(seed, random)
    spongy = float(random.uniform(150.0, 330.0))
    femur = kind == "hip" and random.random() < 0.5
    spec = PhantomSpec(
        kind=kind,  # type: ignore[arg-type]
        bone="femur" if femur else "",
        outer_mm=float(random.uniform(7.0, 11.0)) if kind == "flat" else 14.0,
        cortex_mm=float(random.uniform(1.0, 2.0)) if kind == "flat" else 4.0,
        cortex_hu=float(random.uniform(900.0, 1300.0)),
        spongy_hu=spongy,
        half_mm=(42.0, 42.0, 42.0) if kind == "flat" else (46.0, 46.0, 62.0),
        **base,  # type: ignore[arg-type]
    )
    if kind == "hip":
        spec = replace(spec, tilt_deg=spec.tilt_deg / 4.0)  # a pelvis lies nearly flat
    long, mid, short = (float(random.uniform(*r)) for r in ((16.0, 30.0), (12.0, 20.0), (9.0, 15.0)))
    along, off, at = 0.0, 0.0, 0.0
    if kind == "hip" and not femur:
        along, off, at = -(spec.head_mm + spec.joint_mm + float(random.uniform(6.0, 12.0))), 4.0, 90.0
    elif femur:
        lateral = 0.0 if spec.side == "left" else 180.0
        along, off, at = (0.0, 6.0, lateral) if random.random() < 0.5 else (16.0, 19.0, lateral)
    lesion = replace(
        ellipsoid_at(spec, along, off, at, (long, mid, short)),
        roughness=float(random.uniform(0.08, 0.22)),
        margin_mm=float(random.uniform(0.6, 2.0)),
        hu_mean=float(random.uniform(20.0, 90.0)),
        hu_sd=float(random.uniform(8.0, 22.0)),
        seed=int(random.integers(1, 10_000)),
    )
    return spec, lesion


@lru_cache(maxsize=1)
def _site(file: str, data: Path, near_mm: tuple[float, float, float]) -> tuple[Volume, Mask, Axis]:
    """A real shaft within 75 mm of a point: CT, filled bone, straight axis."""
    ct, _ = read_nifti_volume(data / file)
    centre, steps = ct.grid.to_index(near_mm), 75.0 / ct.grid.spacing_mm
    start = np.maximum(np.floor(centre - steps), 0).astype(int)
    stop = np.minimum(np.ceil(centre + steps) + 1, ct.grid.shape).astype(int)
    part = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    ct = Volume(ct.grid.crop(start, stop), np.ascontiguousarray(ct.values[part]))
    bone = bone_envelope(ct, near_mm)
    return ct, bone, shaft_axis(bone, near_mm, 30.0)


def _real(seed: int, kind: str, data: Path, random: np.random.Generator) -> Trial:
    file, bone_key, side, near_mm = REAL[kind][(seed // len(KINDS)) % len(REAL[kind])]
    ct, bone, axis = _site(file, data, near_mm)
    across, other = axis.across
    turn, off, shift = random.uniform(0, 2 * np.pi), random.uniform(5.0, 9.0), random.uniform(-6.0, 6.0)
    along = (np.array(near_mm) - axis.point_mm) @ axis.direction + shift
    centre = axis.point_mm + along * axis.direction + off * (np.cos(turn) * across + np.sin(turn) * other)
    x, y, z = centre.tolist()
    spec = LesionSpec(
        centre_mm=(x, y, z),
        axes_mm=(random.uniform(20, 45), random.uniform(14, 26), random.uniform(12, 20)),
        long_axis=tuple(axis.direction.tolist()),
        mid_axis=tuple(across.tolist()),
        roughness=random.uniform(0.08, 0.25),
        margin_mm=random.uniform(0.8, 2.5),
        extra_mm=float(random.choice([0.0, 1.0, 2.0])),
        hu_mean=random.uniform(20.0, 90.0),
        seed=int(random.integers(1, 10_000)),
    )
    drawn = draw_lesion(ct, bone, spec)
    truth = inserted_truth(ct, bone, drawn, axis, side)
    tilt = float(np.degrees(np.arccos(min(1.0, abs(axis.direction[2])))))
    assert truth.cortex_mm is not None
    assert truth.outer_radius_mm is not None
    click = click_in(drawn.lesion, random)
    return Trial(
        seed,
        kind,
        "ellipsoid",
        bone_key,
        drawn.ct,
        drawn.lesion,
        truth,
        click,
        truth.outer_radius_mm,
        truth.cortex_mm,
        tilt,
        float("nan"),
    )


def click_in(lesion: Mask, random: np.random.Generator) -> tuple[float, float, float]:
    """A point off the lesion's deepest voxel by up to a quarter of its short axis: what a reader would click."""
    deep = ndimage.distance_transform_edt(np.pad(lesion.inside, 1), sampling=lesion.grid.spacing_mm)[1:-1, 1:-1, 1:-1]
    centre = lesion.grid.to_mm(np.array(np.unravel_index(int(deep.argmax()), deep.shape)))
    way = random.standard_normal(3)
    off = way / np.linalg.norm(way) * random.uniform(0.0, 0.5) * float(deep.max())  # the short axis is twice the depth
    x, y, z = (centre + off).tolist()
    return (x, y, z)

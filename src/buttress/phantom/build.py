"""A phantom built: its CT, the true bone and lesion on the CT's grid, and what was drawn without noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buttress.numerics.grid import Grid
from buttress.phantom.bones import Solid, bones_at, outer_radius_mm, shaft_coordinates, shaft_place
from buttress.phantom.fine_grid import Floats, as_triple, averaged, finer, parts_per_voxel, positions_mm, random_field
from buttress.phantom.lytic_lesion import DrawnLesion, LesionSpec, region_of, tumour_on
from buttress.phantom.scanner import scanned
from buttress.phantom.spec import SHAFTS, PhantomSpec
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

FAT_MM, SKIN_MM = 8.0, 2.0  # ours: layers about the muscle of the limb
FAT_HU, SKIN_HU, AIR_HU = -100.0, 30.0, -1000.0  # ours: usual values on CT
TRABECULAE_MM, TRABECULAE_HU = 1.0, 45.0  # ours: grain of spongy bone, correlation length and spread


@dataclass(frozen=True, slots=True)
class Notch:
    """A defect cut out of a shaft: ``axial_mm`` long, ``circumference_deg`` wide, ``depth_fraction`` of it deep.

    It reaches ``into_marrow_mm`` beyond the cortex. A depth under 1 leaves the outer part of the cortex standing.
    ``at_deg`` is its middle about the axis, ``along_mm`` along it. Its involvement is known by construction.
    """

    axial_mm: float
    circumference_deg: float
    depth_fraction: float = 1.0
    into_marrow_mm: float = 3.0
    at_deg: float = 0.0
    along_mm: float = 0.0
    hu_mean: float = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """CT, true periosteal mask (whole bone, marrow inside) and true lesion; ``drawn`` is the lesion at 0.5 mm."""

    spec: PhantomSpec
    ct: Volume
    bone: Mask
    lesion: Mask | None
    drawn: DrawnLesion | None


def build_phantom(spec: PhantomSpec, lesion: Notch | LesionSpec | None = None) -> Phantom:
    """Draw the bone and the lesion at 0.5 mm or finer, and scan them. Deterministic in the seeds.

    Raises :class:`ButtressError` for a notch in a bone without a shaft and for a lesion outside bone or view.
    """
    parts = parts_per_voxel(spec.grid)
    fine = finer(spec.grid, parts)
    hu, share = _healthy(spec, fine)
    bone = Mask(spec.grid, averaged(share, parts) > 0.5)
    if lesion is None:
        return Phantom(spec, scanned(hu, fine, spec, parts), bone, None, None)
    start, stop = _region(spec, lesion)
    where = tuple(slice(a * n, b * n) for a, b, n in zip(start, stop, parts, strict=True))
    near = finer(spec.grid.crop(start, stop), parts)
    whole, weight, tumour = _tumour(spec, near, lesion)
    hu[where] = hu[where] * (1.0 - weight) + tumour * weight
    inside = np.zeros(spec.grid.shape, dtype=bool)
    inside[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] = averaged(whole >= 0.5, parts) > 0.5
    if not inside.any():
        raise _missed()
    ct, mask = scanned(hu, fine, spec, parts), Mask(spec.grid, inside)
    drawn = DrawnLesion(ct, mask, near, weight.astype(np.float32), whole >= 0.5)
    return Phantom(spec, ct, bone, mask, drawn)


def ellipsoid_at(
    spec: PhantomSpec, along_mm: float, off_mm: float, at_deg: float, axes_mm: tuple[float, float, float]
) -> LesionSpec:
    """A rough ellipsoid in the bone, ``off_mm`` off its axis at an angle about it; its long axis runs along the bone.

    The rest (margin, roughness, tumour) is changed with ``dataclasses.replace``.
    """
    angle = np.radians(at_deg)
    here = shaft_place(spec, np.array([along_mm, along_mm + 1.0]), np.array(off_mm), angle)
    beyond = shaft_place(spec, np.array(along_mm), np.array(off_mm), angle + 1.0)
    centre, further = spec.to_patient(here)
    across = spec.to_patient(beyond) - centre if off_mm > 0 else spec.directions[0]
    return LesionSpec(
        centre_mm=as_triple(centre), axes_mm=axes_mm, long_axis=as_triple(further - centre), mid_axis=as_triple(across)
    )


def ramp(distance_mm: Floats, width_mm: float) -> Floats:
    """Share of a (sub-)voxel on the positive side of a surface at a signed distance: exact for a plane."""
    return np.clip(0.5 + distance_mm / width_mm, 0.0, 1.0)


def _healthy(spec: PhantomSpec, fine: Grid) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """HU of the phantom without a lesion, and the target bone's share, on the fine grid; plane by plane."""
    hu, share = np.empty(fine.shape, dtype=np.float32), np.empty(fine.shape, dtype=np.float32)
    width = float(fine.spacing_mm.mean())
    grain = _trabeculae(spec, fine)
    first = spec.to_bone(positions_mm(fine.crop((0, 0, 0), (*fine.shape[:2], 1)))[:, :, 0])
    step = spec.to_bone(fine.affine[:3, 2])
    for k in range(fine.shape[2]):
        plane = first + k * step
        values = _soft_tissue(spec, plane, width)
        for number, bone in enumerate(bones_at(spec, plane)):
            whole = ramp(bone.depth_mm, width)
            inner = ramp(bone.depth_mm - bone.cortex_mm, width)
            filling = _filling(spec, bone, grain, k)
            values = values * (1.0 - whole) + spec.cortex_hu * (whole - inner) + filling * inner
            if number == 0:
                share[:, :, k] = whole
        hu[:, :, k] = values
    return hu, share


def _filling(spec: PhantomSpec, bone: Solid, grain: NDArray[np.float32] | None, k: int) -> Floats:
    """What lies under the cortex in plane ``k``: marrow, or spongy bone with its grain."""
    if grain is None:
        return np.full_like(bone.depth_mm, spec.marrow_hu)
    return np.asarray(bone.spongy * (spec.spongy_hu + grain[:, :, k]) + (1.0 - bone.spongy) * spec.marrow_hu)


def _trabeculae(spec: PhantomSpec, fine: Grid) -> NDArray[np.float32] | None:
    if spec.kind in ("tube", "curved"):
        return None
    field = random_field(fine, TRABECULAE_MM, np.random.default_rng([spec.seed, 1]))
    return np.asarray(TRABECULAE_HU * field, dtype=np.float32)


def _soft_tissue(spec: PhantomSpec, plane: Floats, width: float) -> Floats:
    """Muscle round the bone's axis, fat about it, skin, air."""
    off = np.hypot(plane[..., 0], plane[..., 1])
    values = np.full(off.shape, AIR_HU)
    for radius, hu in (
        (spec.limb_mm + FAT_MM + SKIN_MM, SKIN_HU),
        (spec.limb_mm + FAT_MM, FAT_HU),
        (spec.limb_mm, spec.muscle_hu),
    ):
        inside = ramp(radius - off, width)
        values = values * (1.0 - inside) + hu * inside
    return values


def _region(spec: PhantomSpec, lesion: Notch | LesionSpec) -> tuple[list[int], list[int]]:
    if isinstance(lesion, LesionSpec):
        if not spec.grid.contains(lesion.centre_mm):
            raise _missed()
        return region_of(spec.grid, lesion)
    if spec.kind not in SHAFTS:
        raise ButtressError(
            f"a notch in a {spec.kind} bone", f"one of {', '.join(SHAFTS)}", "draw an ellipsoid", where="phantom"
        )
    along = np.array([lesion.along_mm + f * (lesion.axial_mm / 2 + 1.0) for f in (-1, 0, 1)])
    outer = outer_radius_mm(spec, along)
    corners = shaft_place(spec, along[:, None], outer[:, None] + 1.0, np.radians(np.arange(0, 360, 15.0)))
    index = spec.grid.to_index(spec.to_patient(corners)).reshape(-1, 3)
    start = np.maximum(np.floor(index.min(axis=0)) - 1, 0).astype(int)
    stop = np.minimum(np.ceil(index.max(axis=0)) + 2, spec.grid.shape).astype(int)
    if np.any(stop <= start):
        raise _missed()
    return start.tolist(), stop.tolist()


def _tumour(spec: PhantomSpec, near: Grid, lesion: Notch | LesionSpec) -> tuple[Floats, Floats, Floats]:
    """The outline's share, the tumour's share and the tumour's HU on the sub-voxels about a lesion."""
    points = spec.to_bone(positions_mm(near))
    bone = bones_at(spec, points)[0]
    if isinstance(lesion, LesionSpec):
        return tumour_on(near, bone.depth_mm, lesion, np.random.default_rng(lesion.seed))
    width = float(near.spacing_mm.mean())  # a notch is sharp: its edges are as wide as a sub-voxel
    weight = _notch_share(spec, lesion, points, bone, width)
    return weight * ramp(bone.depth_mm, width), weight, np.full(weight.shape, lesion.hu_mean)


def _notch_share(spec: PhantomSpec, notch: Notch, points: Floats, bone: Solid, width: float) -> Floats:
    along, radius, angle = shaft_coordinates(spec, points)
    off = np.angle(np.exp(1j * (angle - np.radians(notch.at_deg))))
    half = np.radians(notch.circumference_deg) / 2
    whole = notch.circumference_deg >= 360.0
    sideways = np.full_like(radius, np.inf) if whole else (half - np.abs(off)) * np.maximum(radius, 0.1)
    lengthwise = notch.axial_mm / 2 - np.abs(along - notch.along_mm)
    deepest = bone.cortex_mm + notch.into_marrow_mm
    # a notch through the cortex leaves no film of it at the surface
    shallowest = bone.cortex_mm * (1.0 - notch.depth_fraction) if notch.depth_fraction < 1.0 else np.float64(-1.0)
    shares = [ramp(sideways, width), ramp(lengthwise, width), ramp(deepest - bone.depth_mm, width)]
    shares.append(ramp(bone.depth_mm - shallowest, width))
    return np.asarray(np.prod(shares, axis=0))


def _missed() -> ButtressError:
    return ButtressError(
        "the lesion lies outside the field of view or between its voxels",
        "a lesion in the bone and in view",
        "move the lesion, enlarge it, or widen the field of view",
        where="phantom",
    )

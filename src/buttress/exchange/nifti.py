"""NIfTI in and out: a CT or a mask, in LPS millimetres, axes along the patient's Left, Posterior and Head."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813 (its own documentation calls it so)
from numpy.typing import NDArray

from buttress.exchange.axes import refuse_implausible_spacing
from buttress.exchange.hounsfield import pad_with_air, refuse_unless_hu
from buttress.exchange.labels import Label, inside_of_label
from buttress.exchange.nifti_header import read_nifti_header
from buttress.exchange.orientation import laid_out, to_patient_axes
from buttress.exchange.placing import refuse_other_grid
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

_INT16 = np.iinfo(np.int16)


def read_nifti_volume(path: Path, *, where: str = "") -> tuple[Volume, tuple[str, ...]]:
    """Read a CT: HU as float32 ``[i, j, k]`` and sentences for the report (axes turned, padding replaced).

    Raises ``ButtressError`` (place: ``where``, or the path) for a missing, truncated, sheared, or non-3-D file, for
    NaN, and for numbers that cannot be HU.
    """
    where = where or str(path)
    grid, values, note = _read(path, where)
    ct = laid_out(values, np.float32)
    refuse_unless_hu(ct, where)
    ct, padded = pad_with_air(ct)
    return Volume(grid, ct), ((f"{where}: {note}",) if note else ()) + padded


def read_nifti_field(path: Path, quantity: str, *, where: str) -> Volume:
    """Read numbers that are no HU (a field of temperature) as float32. Raises ``ButtressError`` for a bad file."""
    grid, values, _ = _read(path, where)
    return Volume(grid, laid_out(values, np.float32), quantity)


def read_nifti_mask(path: Path, like: Grid, *, where: str, label: Label = None) -> Mask:
    """Read a mask that lies on the grid ``like`` (within 0.01 mm at the corners); voxels of ``label`` are inside.

    Without a label the file must hold one value beside 0. Raises ``ButtressError`` with both geometries in words when
    it lies elsewhere, and with the labels when it is empty, full, or holds several and none was chosen.
    """
    grid, values, _ = _read(path, where)
    refuse_other_grid(grid, like, where)
    return Mask(like, inside_of_label(values, label, where))


def _read(path: Path, where: str) -> tuple[Grid, NDArray[np.generic], str]:
    """Voxels and grid of a NIfTI file along the patient's axes, with the sentence about turning."""
    if not path.is_file():
        raise ButtressError("there is no such file", "a NIfTI file (.nii or .nii.gz)", "check the path", where=where)
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        ending = "".join(path.suffixes[-2:]) or "none"
        raise ButtressError(
            f"the file's ending is {ending}",
            "a NIfTI file (.nii or .nii.gz), or for a CT a folder with one DICOM series",
            "convert the image to NIfTI, or name the folder instead of one DICOM file",
            where=where,
        )
    read_nifti_header(path, where)
    image = _read_image(path, where)
    values = sitk.GetArrayFromImage(image).transpose(2, 1, 0)
    values, affine, note = to_patient_axes(values, _affine(image))
    refuse_implausible_spacing(affine, where)
    i, j, k = values.shape
    return Grid((i, j, k), affine), values, note


def _read_image(path: Path, where: str) -> Any:  # SimpleITK carries no types
    try:
        image: Any = sitk.ReadImage(str(path))
    except RuntimeError:
        raise ButtressError(
            "the NIfTI file cannot be read (its header or its voxels are damaged)",
            "a NIfTI-1 image with axes at right angles",
            "export the image again from its DICOM series",
            where=where,
        ) from None
    while image.GetDimension() > 3:
        image = image[..., 0]
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise ButtressError(
            "the image holds several numbers a voxel (colour or vectors)",
            "one number a voxel",
            "save a grey-value CT",
            where=where,
        )
    return image


def _affine(image: Any) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return affine


def write_nifti_mask(mask: Mask, path: Path) -> None:
    """Write a mask as uint8 (1 inside), ``.nii`` or ``.nii.gz``; the same mask gives the same bytes."""
    _write(mask.inside.astype(np.uint8), mask.grid, path)


def write_nifti_volume(volume: Volume, path: Path) -> None:
    """Write a volume, ``.nii`` or ``.nii.gz``: int16 where that loses nothing, else float32.

    The same volume gives the same bytes.
    """
    values = volume.values
    whole = bool(np.all(values == np.rint(values))) and values.min() >= _INT16.min and values.max() <= _INT16.max
    _write(values.astype(np.int16) if whole else values, volume.grid, path)


def _write(values: NDArray[np.generic], grid: Grid, path: Path) -> None:
    """Write beside ``path`` under a temporary name, then replace: a reader never meets half a file."""
    image: Any = sitk.GetImageFromArray(laid_out(values.transpose(2, 1, 0), values.dtype.type))
    image.SetDirection(grid.directions.ravel().tolist())
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        plain = Path(folder) / "image.nii"
        sitk.WriteImage(image, str(plain))
        finished = _compressed(plain) if path.name.endswith(".gz") else plain
        finished.replace(path)


def _compressed(plain: Path) -> Path:
    """A gzip file without name or time in its header."""
    packed = plain.with_suffix(".gz")
    with packed.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as stream:
        stream.write(plain.read_bytes())
    return packed

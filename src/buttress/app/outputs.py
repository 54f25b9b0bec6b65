"""Writing: to a temporary name first, then moved into place, so that nobody ever finds half a file."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from buttress.exchange.documents import read_review
from buttress.exchange.nifti import read_nifti_field, read_nifti_mask, write_nifti_mask, write_nifti_volume
from buttress.exchange.seg_nrrd import segmentation_to_bytes
from buttress.exchange.unrolled import read_unrolled, unrolled_to_bytes
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Imaging, Mask
from buttress.records.provenance import VoxelFile
from buttress.records.simulation import SimulatedVoxels
from buttress.records.unrolled import UnrolledCortex

REVIEW = "review.json"
MaskFormat = Literal["nifti", "seg.nrrd"]
_ROLES = {"cortex": "unrolled cortex", "zone": "simulated zone", "extreme": "field of temperature"}


def replace_bytes(path: Path, content: bytes) -> Path:
    """Write a file in one move."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def replace_text(path: Path, content: str) -> Path:
    """Write a text file, UTF-8, in one move."""
    return replace_bytes(path, content.encode())


def check_output_folder(folder: Path, case_id: str) -> None:
    """Refuse to write over somebody else's review, or where a file stands in the way."""
    if folder.exists() and not folder.is_dir():
        raise ButtressError("a file has this name", "a folder for the report", "choose another -o", where=str(folder))
    if not (folder / REVIEW).is_file():
        return
    try:
        other = read_review(folder / REVIEW).case.id
    except ButtressError:
        other = "an unreadable review"
    if other != case_id:
        raise ButtressError(
            "the folder holds the review of another case",
            "an empty folder, or an earlier review of the same case",
            "choose another -o",
            where=str(folder),
        )


def write_voxels(
    imaging: Imaging,
    unrolled: Mapping[str, UnrolledCortex],
    folder: Path,
    simulated: Mapping[str, SimulatedVoxels] | None = None,
) -> tuple[VoxelFile, ...]:
    """Write lesion and restored-bone masks as NIfTI, unrolled cortices as number arrays, and say where they are.

    ``simulated``, by plan, are written as the zone on the CT's grid and the extreme temperatures on their own.
    """
    masks = [("lesion", key, mask) for key, mask in imaging.lesions.items()]
    masks += [("bone", key, mask) for key, mask in imaging.bones.items()]
    written = [_write_mask(mask, role, lesion_id, folder) for role, lesion_id, mask in masks]
    for lesion_id, cortex in unrolled.items():
        path = replace_bytes(folder / f"{lesion_id}-cortex.npz", unrolled_to_bytes(cortex))
        written.append(VoxelFile(role="cortex", lesion_id=lesion_id, file=path.name, sha256=_sha256(path)))
    for plan_id, one in (simulated or {}).items():
        zone, extreme = (folder / f"{plan_id}-{role}.nii.gz" for role in ("zone", "extreme"))
        write_nifti_mask(one.zone, zone)
        write_nifti_volume(one.extreme_c, extreme)
        for role, path in (("zone", zone), ("extreme", extreme)):
            what = {"role": role, "lesion_id": one.lesion_id, "plan_id": plan_id}
            written.append(VoxelFile(**what, file=path.name, sha256=_sha256(path)))
    return tuple(written)


def check_masks_folder(folder: Path) -> None:
    """Refuse to write masks where a file stands in the way, or into a review's folder: its masks belong to it."""
    if folder.exists() and not folder.is_dir():
        raise ButtressError("a file has this name", "a folder for the masks", "choose another -o", where=str(folder))
    if (folder / REVIEW).exists():
        raise ButtressError(
            "the folder holds a review, and the masks beside it belong to it",
            "another folder for masks that will be edited",
            "choose another -o",
            where=str(folder),
        )


def write_segmentation(masks: Mapping[str, Mask], lesion_id: str, folder: Path, form: MaskFormat) -> dict[str, Path]:
    """Write the masks of one lesion: a NIfTI file each, or one .seg.nrrd. Returns the file of each by name."""
    if form == "seg.nrrd":
        path = replace_bytes(folder / f"{lesion_id}.seg.nrrd", segmentation_to_bytes(masks))
        return dict.fromkeys(masks, path)
    files = {name: folder / f"{lesion_id}-{name}.nii.gz" for name in masks}
    for name, path in files.items():
        write_nifti_mask(masks[name], path)
    return files


def read_voxels(files: tuple[VoxelFile, ...], role: str, home: Path, like: Grid) -> dict[str, Mask]:
    """Read back the masks of one role that were written beside a review, checking that nobody changed them."""
    found = _unchanged(files, role, home)
    return {file.lesion_id or "": read_nifti_mask(path, like, where=f"voxels ({role})") for file, path in found}


def read_cortices(files: tuple[VoxelFile, ...], home: Path) -> dict[str, UnrolledCortex]:
    """Read back the unrolled cortices that were written beside a review, checking that nobody changed them."""
    found = _unchanged(files, "cortex", home)
    return {file.lesion_id or "": read_unrolled(path, where="voxels (cortex)") for file, path in found}


def read_simulated(files: tuple[VoxelFile, ...], home: Path, like: Grid) -> dict[str, SimulatedVoxels]:
    """Read back, by plan, the voxels of simulations that were written beside a review, unchanged."""
    zones = {file.plan_id: path for file, path in _unchanged(files, "zone", home)}
    return {
        file.plan_id: SimulatedVoxels(
            file.lesion_id or "",
            read_nifti_mask(zones[file.plan_id], like, where="voxels (zone)"),
            read_nifti_field(path, "temperature_c", where="voxels (extreme)"),
        )
        for file, path in _unchanged(files, "extreme", home)
        if file.plan_id is not None and file.plan_id in zones
    }


def _unchanged(files: tuple[VoxelFile, ...], role: str, home: Path) -> Iterator[tuple[VoxelFile, Path]]:
    """Each file of a role with its path, as the review was made with it."""
    for file in files:
        if file.role != role or file.lesion_id is None:
            continue
        # The name comes from a document: only its last part may choose the file.
        path = home / Path(file.file).name
        if not path.is_file() or _sha256(path) != file.sha256:
            what = _ROLES.get(role, f"{role} mask")
            raise ButtressError(
                f"the {what} of lesion {file.lesion_id} is {'changed' if path.is_file() else 'missing'}",
                "the file that the review was made with",
                "run buttress plan on the case again",
                where=str(path),
            )
        yield file, path


def _write_mask(mask: Mask, role: str, lesion_id: str, folder: Path) -> VoxelFile:
    path = folder / f"{lesion_id}-{role}.nii.gz"
    write_nifti_mask(mask, path)
    return VoxelFile(role=role, lesion_id=lesion_id, file=path.name, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

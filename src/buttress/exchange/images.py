"""The images of a case: the CT, and every mask on the CT's grid."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from buttress.exchange.dicom.series import read_dicom_ct
from buttress.exchange.labels import Label
from buttress.exchange.masks import read_mask
from buttress.exchange.nifti import read_nifti_volume
from buttress.exchange.nrrd import read_nrrd_volume
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.provenance import InputFile

_PIECE = 1 << 20


def read_imaging(case: Case, folder: Path) -> Imaging:
    """Read the CT of a case (NIfTI, NRRD, or a DICOM folder) and all its masks; paths are relative to ``folder``.

    Raises ``ButtressError`` that names the field of the case (``lesions[0].mask``) when a file is missing, unreadable,
    not a CT, or on another grid than the CT.
    """
    ct, notes, frame_of_reference, kvp = _read_ct(case, folder)
    lesions: dict[str, Mask] = {}
    bones: dict[str, Mask] = {}
    structures: dict[str, Mask] = {}
    homes = {"mask": lesions, "bone_mask": bones, "structure": structures}
    for role, key, field, path, label in _masks(case):
        found = _existing(folder, path, field)
        mask, said = read_mask(found, ct.grid, frame_of_reference, where=f"{field} ({path})", label=label)
        homes[role][key] = mask
        notes += said
    return Imaging(ct=ct, lesions=lesions, structures=structures, bones=bones, notes=notes, kvp=kvp)


def _read_ct(case: Case, folder: Path) -> tuple[Volume, tuple[str, ...], str | None, float | None]:
    """The CT, sentences, the UID of its frame of reference and its tube voltage, where the format has them."""
    if case.images.ct is None:
        raise ButtressError(
            "the case names no CT",
            "images.ct: a NIfTI or NRRD file, or a folder with one DICOM series",
            'add  [images]  ct = "ct.nii.gz"',
            where="images.ct",
        )
    path = _existing(folder, case.images.ct, "images.ct")
    where = f"images.ct ({case.images.ct})"
    if path.is_dir():
        read = read_dicom_ct(path, case.images.series_uid, where=where)
        return read.volume, read.notes, read.frame_of_reference, read.kvp
    reader = read_nrrd_volume if path.name.lower().endswith((".nrrd", ".nhdr")) else read_nifti_volume
    return (*reader(path, where=where), None, None)


def _masks(case: Case) -> Iterator[tuple[str, str, str, str, Label]]:
    """Every mask of a case: role, key in ``Imaging``, field, path, label. Lesions may share a structure."""
    seen: dict[str, tuple[str, Label]] = {}
    for number, lesion in enumerate(case.lesions):
        if lesion.mask is not None:
            yield "mask", lesion.id, f"lesions[{number}].mask", lesion.mask, lesion.mask_label
        if lesion.bone_mask is not None:
            yield "bone_mask", lesion.id, f"lesions[{number}].bone_mask", lesion.bone_mask, lesion.bone_mask_label
        for place, structure in enumerate(lesion.critical_structures or ()):
            if structure.mask is None:
                continue
            field = f"lesions[{number}].critical_structures[{place}].mask"
            given = (structure.mask, structure.mask_label)
            if seen.setdefault(structure.name, given) != given:
                raise ButtressError(
                    "two structures share a name but not a mask",
                    "one mask for each name of a structure",
                    "give the two different names (left and right, for example)",
                    where=field,
                )
            yield "structure", structure.name, field, structure.mask, structure.mask_label


def _existing(folder: Path, path: str, field: str) -> Path:
    found = folder / path
    if not found.exists():
        raise ButtressError(
            f"there is no file {path}",
            "a path relative to the folder of the case file",
            f"check {field}, or put the file there",
            where=field,
        )
    return found


def hash_inputs(case: Case, folder: Path) -> tuple[InputFile, ...]:
    """Every image of a case with the SHA-256 of its bytes; of a folder, over the sorted file names and bytes."""
    found = {} if case.images.ct is None else {("ct", case.images.ct): "images.ct"}
    for role, key, field, path, _ in _masks(case):
        found.setdefault((f"structure {key}" if role == "structure" else f"{role} of {key}", path), field)
    return tuple(
        InputFile(role=role, path=path, sha256=_sha256(_existing(folder, path, field)))
        for (role, path), field in found.items()
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(inner for inner in path.rglob("*") if inner.is_file() and not inner.is_symlink()):
            digest.update(file.relative_to(path).as_posix().encode() + b"\0" + bytes.fromhex(_sha256(file)))
        return digest.hexdigest()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()

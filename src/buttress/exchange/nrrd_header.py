"""The header of an NRRD file (also 3D Slicer's .seg.nrrd), read and checked before any voxel is.

Our own, because SimpleITK's reader opens whatever file a header names (``data file: /etc/passwd``): a header is
content, and no path is ever made of content here. The format: http://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.axes import refuse_bad_axes, refuse_implausible_spacing
from buttress.exchange.labels import Segment
from buttress.exchange.nifti_header import MAX_VOXELS
from buttress.records.document import ButtressError

_MAX_HEADER_BYTES = 1 << 20  # ours: a segmentation of a hundred segments takes 50 kB
_MOST_LINES = 20_000
_MAGIC = re.compile(rb"NRRD000[1-6]$")
_VECTOR = re.compile(r"none|\([^()]*\)")
_SEGMENT = re.compile(r"Segment(\d{1,5})_(Name|LabelValue|Layer)")
_ENCODINGS = {"raw": "raw", "gzip": "gzip", "gz": "gzip", "ascii": "ascii", "text": "ascii", "txt": "ascii"}
_TO_LPS = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_KINDS = {name: kind for kind, names in _TYPES.items() for name in names}


@dataclass(frozen=True, slots=True, eq=False)
class NrrdHeader:
    """What an NRRD header says of its voxels: shape (fastest axis first), layers stored before it, type, affine (LPS).

    ``offset`` is where the data begin; ``segments`` are those that 3D Slicer named.
    """

    shape: tuple[int, int, int]
    layers: int
    kind: np.dtype[np.generic]
    encoding: str
    offset: int
    affine: NDArray[np.float64]
    segments: tuple[Segment, ...]

    @property
    def count(self) -> int:
        """Numbers in the file."""
        return self.layers * self.shape[0] * self.shape[1] * self.shape[2]


def read_nrrd_header(path: Path, where: str) -> NrrdHeader:
    """Read and check the header at ``path``: one volume (or layers of one), its data in the same file, square axes.

    Raises ``ButtressError``, with ``where`` as its place.
    """
    fields, keys, offset = _lines(path, where)
    _refuse_elsewhere(fields, where)
    sizes = _sizes(fields, where)
    layers, spatial = _layers(fields, sizes, where)
    encoding = _ENCODINGS.get(fields.get("encoding", "").lower(), "")
    if not encoding:
        raise _not_read("the encoding is not raw, gzip or ascii", where)
    return NrrdHeader(
        shape=spatial,
        layers=layers,
        kind=_kind(fields, encoding, where),
        encoding=encoding,
        offset=offset,
        affine=_affine(fields, len(sizes), where),
        segments=_segments(keys),
    )


def _not_read(found: str, where: str) -> ButtressError:
    return ButtressError(
        found,
        "an NRRD file of one CT or one segmentation, its voxels in the same file, placed in the patient",
        "save it again (3D Slicer: .nrrd or .seg.nrrd), or give it as NIfTI",
        where=where,
    )


def _lines(path: Path, where: str) -> tuple[dict[str, str], dict[str, str], int]:
    """Fields (``name: value``), keys (``name:=value``) and the place where the data begin."""
    with path.open("rb") as file:
        start = file.read(_MAX_HEADER_BYTES)
    end = min((place for place in (start.find(b"\n\n"), start.find(b"\n\r\n")) if place >= 0), default=-1)
    lines = start[:end].split(b"\n") if end >= 0 else []
    if not lines or len(lines) > _MOST_LINES or not _MAGIC.match(lines[0].rstrip(b"\r")):
        raise _not_read("the file is not an NRRD image, or its header does not end", where)
    fields: dict[str, str] = {}
    keys: dict[str, str] = {}
    for line in lines[1:]:
        text = line.decode("utf-8", errors="replace").rstrip("\r")
        if text.startswith("#"):
            continue
        name, mark, value = text.partition(":=") if _is_key(text) else text.partition(":")
        if not mark:
            raise _not_read("a line of the header is neither a field nor a key", where)
        (keys if mark == ":=" else fields)[name.strip() if mark == ":=" else name.strip().lower()] = value.strip()
    return fields, keys, end + (2 if start[end + 1 : end + 2] == b"\n" else 3)


def _is_key(text: str) -> bool:
    return ":=" in text and text.index(":=") == text.index(":")


def _refuse_elsewhere(fields: dict[str, str], where: str) -> None:
    if {"data file", "datafile"} & fields.keys():
        raise ButtressError(
            "the header names other files for its voxels (a detached header, .nhdr)",
            "header and voxels in one file: a file named inside another file is never opened",
            "save the image as one .nrrd file, or as NIfTI",
            where=where,
        )
    skips = [fields.get(name, "0") for name in ("line skip", "lineskip", "byte skip", "byteskip")]
    if any(skip.strip() != "0" for skip in skips):
        raise _not_read("the header skips a part of the data", where)
    units = re.findall(r'"([^"]*)"', fields.get("space units", ""))
    if any(unit.strip() not in ("mm", "", "???") for unit in units):
        raise _not_read("the space units are not millimetres", where)


def _sizes(fields: dict[str, str], where: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in fields.get("sizes", "").split())
        dimension = int(fields.get("dimension", ""))
    except ValueError:
        raise _not_read("the header gives no whole numbers as dimension and sizes", where) from None
    if len(sizes) not in (3, 4) or len(sizes) != dimension or min(sizes) < 1:
        shown = " x ".join(str(size)[:12] for size in sizes[:6])
        raise _not_read(f"the image has {len(sizes)} dimensions ({shown})", where)
    voxels = 1
    for size in sizes:
        voxels *= size
    if voxels > MAX_VOXELS:
        raise ButtressError(
            f"the image has {' x '.join(str(size)[:12] for size in sizes)} voxels",
            f"at most {MAX_VOXELS:,} voxels",
            "crop the CT around the lesion's bone",
            where=where,
        )
    return sizes


def _vectors(fields: dict[str, str]) -> list[str]:
    return _VECTOR.findall(fields.get("space directions", ""))


def _layers(fields: dict[str, str], sizes: tuple[int, ...], where: str) -> tuple[int, tuple[int, int, int]]:
    """The number of layers (the first axis of four, which has no direction) and the three axes of space."""
    placed = [vector != "none" for vector in _vectors(fields)]
    if placed not in ([True] * 3, [False] + [True] * 3) or len(placed) != len(sizes):
        raise _not_read("the header does not say how three axes of the image lie in the patient", where)
    i, j, k = sizes[-3:]
    return (sizes[0] if len(sizes) == 4 else 1), (i, j, k)


def _kind(fields: dict[str, str], encoding: str, where: str) -> np.dtype[np.generic]:
    kind = _KINDS.get(" ".join(fields.get("type", "").lower().split()))
    if kind is None:
        raise _not_read("the type of the voxels is not a whole or a floating-point number", where)
    endian = {"little": "<", "big": ">"}.get(fields.get("endian", "").lower())
    if endian is None and kind[1] != "1" and encoding != "ascii":
        raise _not_read("the header does not say in which order the bytes lie (endian)", where)
    return np.dtype((endian or "<") + kind)


def _affine(fields: dict[str, str], dimension: int, where: str) -> NDArray[np.float64]:
    signs = _TO_LPS.get(fields.get("space", "").lower())
    if signs is None:
        raise _not_read("the header names no space of a patient (left-posterior-superior or the like)", where)
    affine = np.eye(4)
    vectors = [vector for vector in _vectors(fields) if vector != "none"]
    try:
        for axis, vector in enumerate([*vectors, fields.get("space origin", "")]):
            affine[:3, axis] = np.array([float(part) for part in vector.strip("() ").split(",")]) * signs
    except ValueError:
        raise _not_read("directions or origin of the image are not three numbers each", where) from None
    refuse_bad_axes(affine, where)
    refuse_implausible_spacing(affine, where)
    return affine


def _segments(keys: dict[str, str]) -> tuple[Segment, ...]:
    """The segments that 3D Slicer named; numbers that are none count as absent."""
    found: dict[int, dict[str, str]] = {}
    for name, value in keys.items():
        match = _SEGMENT.fullmatch(name)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = value
    segments = []
    for _, facts in sorted(found.items()):
        try:
            number, layer = int(facts["LabelValue"]), int(facts.get("Layer", "0"))
        except (KeyError, ValueError):
            continue
        segments.append(Segment(number, facts.get("Name", ""), layer))
    return tuple(segments)

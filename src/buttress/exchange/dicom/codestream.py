"""The size that a compressed image announces in its own header, read before anything is unpacked."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # SOF0..15 without DHT, JPG, DAC; SOF55 of JPEG-LS
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # TEM, RSTn, SOI: markers without a length
_JPEG_2000 = b"\xff\x4f\xff\x51"  # SOC, SIZ
_SEARCHED = 1024  # ours: a JP2 wrapper, which DICOM forbids and some write, is shorter


@dataclass(frozen=True, slots=True)
class Announced:
    """Rows, columns, numbers a pixel, and bits of each number."""

    rows: int
    columns: int
    samples: int
    bits: int


def announced_size(codestream: bytes) -> Announced | None:
    """What a JPEG, JPEG-LS or JPEG 2000 stream says it unpacks to; ``None`` where it does not begin as one."""
    start = codestream[:_SEARCHED].find(_JPEG_2000)
    try:
        return _jpeg_2000(codestream, start + 4) if start >= 0 else _jpeg(codestream)
    except (struct.error, IndexError):
        return None


def _jpeg_2000(stream: bytes, place: int) -> Announced:
    """SIZ marker segment: ISO/IEC 15444-1, A.5.1."""
    right, bottom, left, top = struct.unpack_from(">4I", stream, place + 4)
    samples = struct.unpack_from(">H", stream, place + 36)[0]
    return Announced(bottom - top, right - left, samples, (stream[place + 38] & 0x7F) + 1)


def _jpeg(stream: bytes) -> Announced | None:
    """The first frame header: ISO/IEC 10918-1, B.2.2 (JPEG-LS uses the same)."""
    if stream[:2] != b"\xff\xd8":
        return None
    place = 2
    while stream[place] == 0xFF:
        marker = stream[place + 1]
        if marker in _FRAME_HEADERS:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", stream, place + 4)
            return Announced(rows, columns, samples, bits)
        if marker == 0xFF:
            place += 1
        else:
            place += 2 if marker in _STANDALONE else 2 + struct.unpack_from(">H", stream, place + 2)[0]
    return None

"""Pictures of one pixel with all their words, for tests of page and PDF that need no drawing."""

from __future__ import annotations

import struct
import zlib

from buttress.report.picture import Picture
from sample_phantom import LESION_ID

NAMES = ("axial", "coronal", "along-probe", "scene", "rigidity")


def sample_pictures() -> tuple[Picture, ...]:
    """One-pixel pictures of the made-up lesion."""
    png = one_pixel()
    return tuple(
        Picture(f"{LESION_ID}-{name}", name, f"caption of {name}", f"words for {name}", png, LESION_ID)
        for name in NAMES
    )


def one_pixel() -> bytes:
    """A valid PNG of one grey pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0\x80")), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)

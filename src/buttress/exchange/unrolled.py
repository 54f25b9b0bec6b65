"""The unrolled cortex in and out: one compressed file of plain number arrays beside a review (.npz)."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import fields
from pathlib import Path

import numpy as np

from buttress.records.document import ButtressError
from buttress.records.unrolled import UnrolledCortex

MOST_BYTES = 64 << 20
"""Ours: 85 mm either way at every mm with 120 angles is 1 MB; nothing near this is such a map."""
NAMES = tuple(field.name for field in fields(UnrolledCortex))


def unrolled_to_bytes(cortex: UnrolledCortex) -> bytes:
    """The file's content; the same map gives the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{name: np.asarray(getattr(cortex, name)) for name in NAMES})
    return buffer.getvalue()


def read_unrolled(path: Path, *, where: str = "") -> UnrolledCortex:
    """Read a map back. Raises ``ButtressError`` for a file that is damaged, too large, or something else."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_BYTES:
                raise ValueError("too large")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in NAMES}
        low, high = arrays.pop("affected_mm").tolist()
        return UnrolledCortex(**arrays, affected_mm=(float(low), float(high)))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        raise ButtressError(
            "the map of the unrolled cortex cannot be read",
            "the file that buttress wrote beside the review",
            "run buttress plan on the case again",
            where=where or str(path),
        ) from None

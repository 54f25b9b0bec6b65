"""Where a document came from: inputs by hash, version, library, parameters."""

from __future__ import annotations

import datetime

from pydantic import Field

from buttress.records.document import Document


class InputFile(Document):
    """One input: its role, its path as given in the case, and the SHA-256 of its bytes (of all files, for a folder)."""

    role: str
    path: str
    sha256: str


class VoxelFile(Document):
    """Voxels that were written beside a review: role, lesion, file name, SHA-256."""

    role: str
    lesion_id: str | None = None
    file: str
    sha256: str


class Provenance(Document):
    """Enough to run the same thing again and to know whether it is the same."""

    software: str
    version: str
    library_sha256: str
    inputs: tuple[InputFile, ...]
    parameters: dict[str, float | int | str | bool] = Field(default_factory=dict)
    created: datetime.datetime | None = None

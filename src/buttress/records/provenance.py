"""Where a document came from: inputs by hash, version, library, parameters."""

from __future__ import annotations

import datetime

from pydantic import Field

from buttress.records.document import Document
from buttress.records.policy import SitePolicy


class InputFile(Document):
    """One input: its role, its path as given in the case, and the SHA-256 of its bytes (of all files, for a folder)."""

    role: str
    path: str
    sha256: str


class VoxelFile(Document):
    """Voxels that were written beside a review: role, lesion, plan (where they are its), file name, SHA-256."""

    role: str
    lesion_id: str | None = None
    plan_id: str | None = None
    file: str
    sha256: str


class Provenance(Document):
    """Enough to run the same thing again and to know whether it is the same.

    ``policy`` is the site's that judged and planned; ``policy_note`` tells of another one that was met on the way.
    """

    software: str
    version: str
    library_sha256: str
    inputs: tuple[InputFile, ...]
    parameters: dict[str, float | int | str | bool] = Field(default_factory=dict)
    policy: SitePolicy | None = None
    policy_note: str | None = None
    created: datetime.datetime | None = None

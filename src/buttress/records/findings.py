"""What was seen: every measure with its interval, where it was read and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from buttress.records.document import Document, PointMm
from buttress.records.image import Mask, Volume

Status = Literal["measured", "given", "not_computed", "not_applicable"]


class Measure(Document):
    """A number with its interval, or the reason why there is none.

    ``where`` names the slice or section it was read on; ``at_mm`` is a point there. ``low`` and ``high`` bound the
    value under the stated uncertainty (``method`` says which: threshold, segmentation, slice thickness).
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    status: Status = "measured"
    where: str = ""
    at_mm: PointMm | None = None
    method: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = self.status in ("measured", "given")
        if known != (self.value is not None):
            raise ValueError("a measure has a value exactly when it was measured or given")
        if self.value is not None and self.low is not None and self.high is not None:
            slack = 1e-9 * max(1.0, abs(self.value))
            if not self.low - slack <= self.value <= self.high + slack:
                raise ValueError("value must lie between low and high")
        return self

    @classmethod
    def missing(cls, reason: str, *, unit: str = "", applicable: bool = True) -> Measure:
        """A measure without a value: not computed, or not applicable here, and why."""
        return cls(status="not_computed" if applicable else "not_applicable", unit=unit, note=reason)


class Observation(Document):
    """A seen fact that is not a number: a class, a group, yes or no. ``confidence_note`` states its doubt."""

    value: str | bool | None = None
    status: Status = "measured"
    where: str = ""
    method: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.status in ("measured", "given")) != (self.value is not None):
            raise ValueError("an observation has a value exactly when it was measured or given")
        return self

    @classmethod
    def missing(cls, reason: str, *, applicable: bool = True) -> Observation:
        """An observation without a value, and why."""
        return cls(status="not_computed" if applicable else "not_applicable", note=reason)


class BoneAxis(Document):
    """The bone's own axis near the lesion: points in order from proximal to distal, LPS mm, and its tilt to the table.

    ``from_lesion_mm`` is the arc length of each point, zero at the level of the lesion's centre, negative proximally.
    """

    points_mm: tuple[PointMm, ...] = Field(min_length=2)
    from_lesion_mm: tuple[float, ...]
    tilt_deg: float = Field(description="angle between the axis at the lesion and the table's long axis")
    method: str

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.points_mm) != len(self.from_lesion_mm):
            raise ValueError("one arc length per point")
        return self


class Clearance(Document):
    """The least distance from the lesion to something that must be spared."""

    name: str
    kind: str
    distance_mm: Measure
    nearest_mm: PointMm | None = None


class LesionFindings(Document):
    """Everything measured of one lesion."""

    lesion_id: str
    centre_mm: PointMm | None = None
    longest_diameter_mm: Measure
    orthogonal_diameter_mm: Measure
    volume_ml: Measure
    mean_hu: Measure
    axial_cortical_involvement_mm: Measure
    circumferential_cortical_involvement_fraction: Measure
    cortical_destruction_fraction: Measure
    width_fraction: Measure
    cortical_breach: Observation
    matrix: Observation
    harrington_group: Observation
    soft_tissue_extension_ml: Measure
    side: Observation = Field(description="side as the anatomy tells it, to be compared with the case")
    bone_axis: BoneAxis | None = None
    nearby: tuple[Clearance, ...] = ()
    notes: tuple[str, ...] = ()


class Findings(Document):
    """Measurements of all lesions of a case, and what was noticed about the images."""

    lesions: tuple[LesionFindings, ...]
    image_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SeenLesion:
    """Findings of one lesion with the voxels behind them, on the CT's grid.

    ``bone`` is the restored periosteal mask of the target bone (marrow and lesion inside); ``lesion`` the whole lesion.
    Between two levels of ``BoneAxis.from_lesion_mm``, ``affected_mm`` (low, high), the bone cannot serve as its own
    healthy reference; ``None`` for bones without an axis. ``confidence`` is the probability of lesion per voxel,
    0-1, of a lesion that the program outlined; ``None`` for a given mask.
    """

    findings: LesionFindings
    bone: Mask
    lesion: Mask
    affected_mm: tuple[float, float] | None = None
    confidence: Volume | None = None

    @property
    def intraosseous(self) -> NDArray[np.bool_]:
        """Lesion voxels inside the restored bone."""
        return np.asarray(self.lesion.inside & self.bone.inside)

"""What was seen: every measure with its interval, where it was read and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from buttress.records.acetabulum import AcetabulumFindings
from buttress.records.document import Document, PointMm
from buttress.records.image import Mask
from buttress.records.measure import Measure as Measure
from buttress.records.measure import Observation as Observation
from buttress.records.measure import Status as Status


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
    acetabulum: AcetabulumFindings | None = None
    thickness_loss_fraction: Measure | None = Field(None, description="of a bone without an axis")
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
    healthy reference; ``None`` for bones without an axis.
    """

    findings: LesionFindings
    bone: Mask
    lesion: Mask
    affected_mm: tuple[float, float] | None = None

    @property
    def intraosseous(self) -> NDArray[np.bool_]:
        """Lesion voxels inside the restored bone."""
        return np.asarray(self.lesion.inside & self.bone.inside)

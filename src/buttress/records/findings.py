"""What was seen: every measure with its interval, where it was read and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from buttress.records.acetabulum import AcetabulumFindings
from buttress.records.calibration import DensityCalibration
from buttress.records.document import Document, PointMm
from buttress.records.image import Mask, Volume
from buttress.records.measure import Measure as Measure
from buttress.records.measure import Observation as Observation
from buttress.records.measure import Status as Status
from buttress.records.unrolled import UnrolledCortex


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


Basis = Literal["given mask", "seen", "estimated", "typed", "none"]


class Clearance(Document):
    """The least distance from the lesion to something that must be spared.

    ``basis`` says how the structure's place is known: ``estimated`` is a rule of anatomy, not something seen.
    """

    name: str
    kind: str
    distance_mm: Measure
    nearest_mm: PointMm | None = None
    basis: Basis = "seen"
    direction: str = Field("", description="from the lesion's middle to its nearest place: posterior-medial")


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
    fracture_seen: Observation = Observation.missing("not looked for")
    bone_density: Measure = Measure.missing("not measured", unit="g/cm3")
    intraosseous_volume_ml: Measure = Measure.missing("not measured", unit="ml")
    density_calibration: DensityCalibration | None = None
    expected_cortex_mm: Measure | None = Field(None, description="intact thickness by the bone beside the lesion")
    mirrored_cortex_mm: Measure | None = Field(None, description="the same by the mirrored other side of the body")
    mirrored_cortex_difference_mm: Measure | None = Field(None, description="mirrored less expected")
    notes: tuple[str, ...] = ()


class Findings(Document):
    """Measurements of all lesions of a case, and what was noticed about the images."""

    lesions: tuple[LesionFindings, ...]
    image_notes: tuple[str, ...] = ()


ESTIMATED = " (estimated)"
"""Ends the name of a structure that is estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class EstimatedStructure:
    """A structure that no image shows, where anatomy says it runs: its middle as a thin tube, and the radius about it
    in which it is expected (``uncertain_mm``). ``kind`` is the atlas's own, whatever name and kind the case gives it.
    """

    mask: Mask
    uncertain_mm: float
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class SeenLesion:
    """Findings of one lesion with the voxels behind them, on the CT's grid.

    ``bone`` is the restored periosteal mask of the target bone (marrow and lesion inside); ``lesion`` the whole lesion.
    Between two levels of ``BoneAxis.from_lesion_mm``, ``affected_mm`` (low, high), the bone cannot serve as its own
    healthy reference; ``unrolled`` is the cortex about it. Both are ``None`` for bones without an axis. ``cortical`` is
    the dense outer part of ``bone``, where it was told apart; ``confidence`` (0 to 1) says how sure an outline is that
    the program drew. ``other_side`` is the CT mirrored and laid over the bone, where its fellow may stand for it.
    ``estimated`` are structures by landmarks, by name.
    """

    findings: LesionFindings
    bone: Mask
    lesion: Mask
    affected_mm: tuple[float, float] | None = None
    unrolled: UnrolledCortex | None = None
    cortical: Mask | None = None
    confidence: Volume | None = None
    other_side: Volume | None = None
    estimated: Mapping[str, EstimatedStructure] = field(default_factory=dict)

    @property
    def intraosseous(self) -> NDArray[np.bool_]:
        """Lesion voxels inside the restored bone."""
        return np.asarray(self.lesion.inside & self.bone.inside)

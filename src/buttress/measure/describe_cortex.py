"""The unrolled cortex as a record: what the report draws."""

from __future__ import annotations

import numpy as np

from buttress.measure.bone import RestoredShaft
from buttress.measure.cortex import CortexMap
from buttress.records.unrolled import UnrolledCortex


def describe_cortex(cortex: CortexMap, shaft: RestoredShaft) -> UnrolledCortex:
    """The map with its axis, on levels from proximal to distal; remaining thickness is what loss leaves of the intact.

    Maps are single precision: they travel beside the review, and pictures drawn from either copy must be the same.
    """
    curve = shaft.bone.curve
    return UnrolledCortex(
        arc_mm=cortex.arc_mm,
        angles_rad=cortex.angles_rad,
        loss=cortex.loss.astype(np.float32),
        remaining_mm=(cortex.intact_mm * (1.0 - cortex.loss)).astype(np.float32),
        intact_mm=cortex.intact_mm.astype(np.float32),
        near=cortex.near,
        affected_mm=cortex.affected_mm,
        radius_mm=shaft.radius_mm.astype(np.float32),
        points_mm=curve.points_mm,
        u=curve.u,
        v=curve.v,
    )

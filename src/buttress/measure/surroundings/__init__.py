"""What lies near a lesion or a probe: seen on the CT, given by the case, or placed by anatomy and marked estimated."""

from buttress.measure.surroundings.near import Near, measure_near
from buttress.measure.surroundings.structure import Structure, clearance_from, line_points

__all__ = ["Near", "Structure", "clearance_from", "line_points", "measure_near"]

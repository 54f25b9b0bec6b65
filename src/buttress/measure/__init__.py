"""SEE: from voxels to the measures behind every score.

Bone, lesion, the bone's own axis, the cortex unrolled along it, and what lies nearby. Each measure carries its interval
and the place where it was read.
"""

from buttress.measure.given import unmeasured
from buttress.measure.measure_lesion import measure_lesion

__all__ = ["measure_lesion", "unmeasured"]

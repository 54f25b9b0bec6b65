"""SEE: from voxels to the measures behind every score.

Bone, lesion, the bone's own axis, the cortex unrolled along it, and what lies nearby. Each measure carries its interval
and the place where it was read.
"""

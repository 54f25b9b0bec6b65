"""The skeleton in a region of a CT, parted at its joints: the whole bone at a lesion or a seed, with its marrow."""

from buttress.measure.skeleton.whole_bone import SegmentedBone, segment_bone

__all__ = ["SegmentedBone", "segment_bone"]

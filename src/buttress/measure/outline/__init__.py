"""The lesion outlined from a click or a box: what the bone was, what is gone, and the shape that explains it."""

from buttress.measure.outline.outline import Box, Outline, outline_lesion
from buttress.measure.outline.outside import Outside, outline_outside

__all__ = ["Box", "Outline", "Outside", "outline_lesion", "outline_outside"]

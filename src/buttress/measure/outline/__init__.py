"""The lesion outlined from a click or a box: what the bone was, what is gone, and the shape that explains it."""

"""How often Python looks for garbage in cycles while a command runs."""

from __future__ import annotations

import gc

NEW_OBJECTS = 50_000
"""Containers made between two looks at the youngest (ours). Python's own 700 cost a seventh of the time of judging."""


def ease_collector() -> None:
    """Look for cycles rarely: nearly all that a command makes lives until its end, and no cycle holds voxels."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)

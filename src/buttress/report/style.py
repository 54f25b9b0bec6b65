"""Colours, line styles and windows of all pictures (Okabe-Ito). Colour is never the only cue: dash and words too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LESION, MARGIN, ZONE, PROBE = "#D55E00", "#E69F00", "#56B4E9", "#F0E442"
BONE, BACKGROUND, INK = "#FFFFFF", "#0F1419", "#1A1A1A"
BONE_IVORY = "#E6DCC3"
THICKNESS_COLOURS, UNTOLD, EXTENT, LOST = "viridis", "#B8B8B8", "#FFFFFF", "#CC79A7"
"""Cortical thickness from none (dark) to thick (light), where it cannot be told, measured extents, lost cortex."""

DPI = 200
FONT_PT = 9.0
HALO_PT = 1.6


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How one kind of line is drawn and called."""

    colour: str
    width_pt: float
    dash: str | tuple[float, tuple[float, ...]]


LINES = {
    "lesion": LineStyle(LESION, 1.5, "solid"),
    "bone": LineStyle(BONE, 0.6, "solid"),
    "zone": LineStyle(ZONE, 1.3, (0, (5, 2))),
    "margin": LineStyle(MARGIN, 1.2, (0, (1, 1.6))),
}


@dataclass(frozen=True, slots=True)
class Window:
    """A grey window in HU."""

    width: float
    level: float

    @property
    def limits(self) -> tuple[float, float]:
        """HU shown black and HU shown white."""
        return self.level - self.width / 2, self.level + self.width / 2

    def __str__(self) -> str:
        return f"W {self.width:g} L {self.level:g}"


WINDOWS: dict[Literal["bone", "lytic"], Window] = {"bone": Window(2000, 550), "lytic": Window(400, 150)}

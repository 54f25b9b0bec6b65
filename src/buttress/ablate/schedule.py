"""What the generator does when, written as one line: ``freeze 600, thaw 300, freeze 600, hot-thaw 900``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from buttress.records.document import ButtressError

Verb = Literal["freeze", "thaw", "hot-thaw", "heat", "cool-down", "cure"]

EXAMPLE = "for instance: freeze 600, thaw 300, freeze 600, hot-thaw 900; or: heat 5 min at 65 W; or: freeze 600 at 80 %"

_PHASE = re.compile(
    r"(?P<verb>[a-z-]+)\s+(?P<time>\d+(?:\.\d+)?)\s*(?P<unit>s|min)?"
    r"(?:\s+at\s+(?P<level>-?\d+(?:\.\d+)?)\s*(?P<what>%|W|C|°C))?"
)

_LEVELS: dict[Verb, tuple[str, ...]] = {
    "freeze": ("%",),
    "thaw": (),
    "hot-thaw": ("C", "°C"),
    "heat": ("W", "C", "°C"),
    "cool-down": (),
    "cure": (),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: what is done, for how long, and how hard where that was told.

    ``duty_fraction`` is for a freeze, ``power_w`` or ``tip_c`` for heat, ``tip_c`` for a hot thaw.
    """

    verb: Verb
    duration_s: float
    duty_fraction: float = 1.0
    power_w: float | None = None
    tip_c: float | None = None

    def __str__(self) -> str:
        told = f" at {self.power_w:g} W" if self.power_w is not None else ""
        told += f" at {self.tip_c:g} °C" if self.tip_c is not None else ""
        told += f" at {100 * self.duty_fraction:g} %" if self.duty_fraction < 1.0 else ""
        return f"{self.verb} {self.duration_s:g}{told}"


Schedule = tuple[Phase, ...]


def parse_schedule(text: str) -> Schedule:
    """Phases in order; times are seconds unless ``min`` is written. Raises :class:`ButtressError`."""
    parts = [part.strip() for part in text.split(",")]
    return tuple(_phase(part) for part in parts)


def _phase(text: str) -> Phase:
    found = _PHASE.fullmatch(text)
    if found is None:
        raise ButtressError(f'"{text}" is no phase of a schedule', "a verb and a time", EXAMPLE)
    verb = next((known for known in get_args(Verb) if known == found["verb"]), None)
    if verb is None:
        raise ButtressError(
            f'"{found["verb"]}" is no phase of a schedule', "one of " + ", ".join(get_args(Verb)), EXAMPLE
        )
    duration_s = float(found["time"]) * (60.0 if found["unit"] == "min" else 1.0)
    if duration_s <= 0.0:
        raise ButtressError(f'"{text}" takes no time', "a time above zero", EXAMPLE)
    if found["level"] is None:
        return Phase(verb, duration_s)
    if found["what"] not in _LEVELS[verb]:
        raise ButtressError(f'"{text}": {verb} has no level in {found["what"]}', "another level or none", EXAMPLE)
    return _with_level(verb, duration_s, float(found["level"]), found["what"], text)


def _with_level(verb: Verb, duration_s: float, level: float, what: str, text: str) -> Phase:
    if what == "%":
        if not 0.0 < level <= 100.0:
            raise ButtressError(f'"{text}": a duty of {level:g} %', "above 0 and at most 100 %", EXAMPLE)
        return Phase(verb, duration_s, duty_fraction=level / 100.0)
    if what == "W":
        if level <= 0.0:
            raise ButtressError(f'"{text}": a power of {level:g} W', "above 0 W", EXAMPLE)
        return Phase(verb, duration_s, power_w=level)
    if not 37.0 < level <= 120.0:
        raise ButtressError(f'"{text}": a tip of {level:g} °C', "above 37 and at most 120 °C", EXAMPLE)
    return Phase(verb, duration_s, tip_c=level)


def total_s(schedule: Schedule) -> float:
    """Seconds from beginning to end."""
    return sum(phase.duration_s for phase in schedule)

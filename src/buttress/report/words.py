"""Numbers and facts in words: value, interval, where it came from. No number without its origin."""

from __future__ import annotations

from collections.abc import Iterable

from buttress.records.findings import Measure, Observation
from buttress.records.score import Answer, Fact, Origin
from buttress.report.blocks import Cell, Tone

DECIMALS = {"°C": 0, "mm": 1, "ml": 1, "HU": 0, "%": 0, "1": 2, "°": 0, "": 2, "weeks": 0, "s": 0, "W": 0}
"""Digits after the point by unit: no more than a CT of 1 mm can carry (ours)."""

NAMES = {"fraction": "%", "mL": "ml", "ratio": "1", "deg": "°"}
ANSWERS: dict[Answer, tuple[str, Tone]] = {
    "YES": ("yes", ""),
    "NO": ("no", ""),
    "CANNOT_TELL": ("cannot tell", "ask"),
}
MISSING = {"not_computed": "not computed", "not_applicable": "not applicable"}


def number(value: float, unit: str) -> str:
    """One number with the decimals of its unit and a true minus sign, without the unit."""
    text = f"{value:.{DECIMALS[unit]}f}" if unit in DECIMALS else f"{value:.4g}"
    return ("0" + text[2:] if float(text) == 0 and text.startswith("-") else text).replace("-", "−")


def with_unit(value: float, unit: str) -> str:
    """One number and its unit; a ratio has none."""
    shown = number(value, unit)
    return shown if unit in ("1", "") else f"{shown} {unit}"


def measure_text(measure: Measure, *, percent: bool = False) -> str:
    """The value, or in words that there is none."""
    if measure.value is None:
        return MISSING[measure.status]
    scale, unit = _scale(measure, percent)
    return with_unit(measure.value * scale, unit)


def interval_text(measure: Measure, *, percent: bool = False) -> str:
    """``36–46 %``: the interval, empty where none is known."""
    if measure.low is None or measure.high is None:
        return ""
    scale, unit = _scale(measure, percent)
    low, high = (number(v * scale, unit) for v in (measure.low, measure.high))
    return f"{low} to {high}"


def measure_cell(measure: Measure, *, percent: bool = False) -> Cell:
    """Value with its interval beside it, or "not computed" with the reason."""
    if measure.value is None:
        return Cell(MISSING[measure.status], note=measure.note, tone="missing")
    interval = interval_text(measure, percent=percent)
    return Cell(measure_text(measure, percent=percent), note=f"({interval})" if interval else "", tone="strong")


def origin_text(measure: Measure | Observation, how: str = "measured") -> str:
    """Where the value came from: ``measured, axial slice 76``; ``how`` is "computed" for what a model gave."""
    if measure.value is None:
        return ""
    words = "given in the case" if measure.status == "given" else how
    return f"{words}, {measure.where}" if measure.where else words


def origin_short(measure: Measure | Observation, how: str = "measured") -> str:
    """Where the value came from, by its last and plainest place: ``measured, axial slice 76``."""
    return origin_text(measure.model_copy(update={"where": measure.where.split("; ")[-1]}), how)


def method_text(measure: Measure | Observation) -> str:
    """How it was read, and any remark."""
    note = measure.note if measure.value is not None else ""
    return "; ".join(part for part in (measure.method, note) if part)


def observation_text(observation: Observation) -> str:
    """The observed class, or in words that there is none."""
    if observation.value is None:
        return MISSING[observation.status]
    return yes_no(observation.value)


def yes_no(value: object) -> str:
    """Booleans as yes and no, everything else as it reads."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def fact_text(fact: Fact) -> str:
    """A fact's value with interval and unit."""
    if fact.value is None:
        return _range_text(fact) or "unknown"
    if isinstance(fact.value, bool) or not isinstance(fact.value, int | float):
        return ", ".join(map(_plain, fact.value)) or "none" if isinstance(fact.value, tuple) else _fact_word(fact.value)
    percent = fact.unit in ("1", "fraction") and fact.name.endswith("_fraction")
    measure = Measure(value=fact.value, low=fact.low, high=fact.high, unit=fact.unit)
    text = measure_text(measure, percent=percent) if fact.unit else _short(fact.value)
    interval = interval_text(measure, percent=percent)
    return f"{text} ({interval})" if interval and fact.low != fact.high else text


def sentence(text: str) -> str:
    """The text with one full stop."""
    return f"{text.rstrip('. ')}." if text.strip() else ""


def finding_text(finding: str, origin: Origin, where: str) -> str:
    """A finding without its origin, which stands in the next column."""
    return finding.replace(f" ({origin}, {where})", "").removesuffix(f" ({origin})")


def origin_words(origin: Origin, where: str) -> str:
    """``measured, along the bone axis``; ``given in the case``."""
    words = "given in the case" if origin == "given" else origin
    return f"{words}, {where}" if where else words


def joined(items: Iterable[str], none: str = "") -> str:
    """Items with semicolons, or a word for none."""
    return "; ".join(item for item in items if item) or none


def _range_text(fact: Fact) -> str:
    if fact.low is None or fact.high is None:
        return ""
    return f"{_short(fact.low)} to {_short(fact.high)} {fact.unit}".strip()


def _scale(measure: Measure, percent: bool) -> tuple[float, str]:
    unit = NAMES.get(measure.unit, measure.unit)
    return (100.0, "%") if percent or measure.unit == "fraction" else (1.0, unit)


def _fact_word(value: object) -> str:
    return yes_no(value) if isinstance(value, bool) else _plain(str(value))


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")

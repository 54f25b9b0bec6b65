"""What the what-if table says of a plan: does the bone with its cement and metal bear what the healed bone would?"""

from __future__ import annotations

from collections.abc import Iterator

from buttress.planning.appraise import FIXATION, SIDE_DIFFERENCE, SIDE_DIFFERENCE_FRACTION
from buttress.records.plan import Plan
from buttress.records.review import Appraisal, AppraisedCriterion, Level
from buttress.records.strength import LOAD_TITLES, Strength, StrengthRow

CEMENT = "Strength with cement"

SCREWS = ("placed", "placed-cement", "screws", "screws-cement", "screw", "screw-cement")
ROWS_OF = {"screws": SCREWS, "rebar": ("rebar",), "catheter": ("catheter",), "nails": ("nails",)}
"""Rows of the table that a kind of fixation may have, the one that is told first."""


def appraise_strength(appraisal: Appraisal, plan: Plan, strength: Strength) -> Appraisal:
    """The appraisal with what the table says in the place of what was not computed; the rest stays."""
    told = {one.name: one for one in _criteria(plan, strength)}
    kept = tuple(told.pop(one.name, one) for one in appraisal.criteria)
    return appraisal.model_copy(update={"criteria": (*kept, *told.values())})


def _criteria(plan: Plan, strength: Strength) -> Iterator[AppraisedCriterion]:
    rows = {row.key: row for row in strength.rows if row.cells}
    if plan.fills and "cement" in rows:
        yield _criterion(CEMENT, rows["cement"])
    held = [rows[key] for one in plan.fixations for key in ROWS_OF[one.kind] if key in rows]
    filled = [row for row in held if row.key.endswith("-cement") or row.key in ("rebar", "nails")]
    for row in (filled if plan.fills and filled else held)[:1]:
        yield _criterion(FIXATION, row)


def _criterion(name: str, row: StrengthRow) -> AppraisedCriterion:
    brackets = [(LOAD_TITLES[cell.load_case], cell.bracket) for cell in row.cells if cell.bracket is not None]
    told = ", ".join(f"{title} {low:.0%} to {high:.0%}" for title, (low, high) in brackets)
    least = 1.0 - SIDE_DIFFERENCE_FRACTION
    lower = min(low for _, (low, _) in brackets)
    upper = min(high for _, (_, high) in brackets)
    level: Level = "PASS" if lower >= least else "CAUTION" if upper >= least else "FAIL"
    return AppraisedCriterion(
        name=name,
        wanted=f"{least:.0%} of the healed bone's strength or more under every load: healthy sides differ by as much",
        found=f"{row.title}: {told} (slipping to bonded; not validated)",
        level=level,
        evidence=(SIDE_DIFFERENCE,),
    )

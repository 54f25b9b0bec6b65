"""A plan beside the what-if table: what of it the appraisal takes over."""

from __future__ import annotations

import pytest

from buttress.planning.appraise import FIXATION
from buttress.planning.appraise_strength import CEMENT, appraise_strength
from buttress.records.findings import Measure
from buttress.records.plan import CementFill, Fixation, Plan
from buttress.records.review import Appraisal, AppraisedCriterion
from buttress.records.strength import Strength, StrengthCell, StrengthRow


def row(key: str, low: float, high: float) -> StrengthRow:
    ratio = Measure(value=high, low=high, high=high, unit="1")
    slip = Measure(value=low, low=low, high=high, unit="1")
    cells = tuple(
        StrengthCell(load_case=case, strength_ratio=ratio, stiffness_ratio=ratio, slip_ratio=slip)
        for case in ("compression", "torsion")
    )
    return StrengthRow(key=key, title=key.capitalize(), cells=cells)


def appraised(*rows: StrengthRow, filled: bool = True, kinds: tuple[str, ...] = ()) -> dict[str, AppraisedCriterion]:
    fill = CementFill(cement="pmma", target="all", volume_ml=Measure.missing("no matter", unit="mL"))
    plan = Plan(
        id="p",
        lesion_id="a",
        title="p",
        techniques=("cement",),
        fills=(fill,) if filled else (),
        fixations=tuple(Fixation(kind=kind, note="") for kind in kinds),
        steps=(),
        rationale=(),
    )
    before = (AppraisedCriterion(name="Margin", wanted="5 mm", found="6 mm", level="PASS"),) + (
        (AppraisedCriterion(name=FIXATION, wanted="hold", found="not computed", level="NOT_COMPUTED"),) if kinds else ()
    )
    strength = Strength(lesion_id="a", status="computed", rows=rows)
    found = appraise_strength(Appraisal(plan_id="p", criteria=before), plan, strength)
    return {one.name: one for one in found.criteria}


@pytest.mark.parametrize(
    ("low", "high", "level"), [(0.9, 1.0, "PASS"), (0.4, 0.9, "CAUTION"), (0.1, 0.5, "FAIL"), (0.83, 0.83, "PASS")]
)
def test_the_level_follows_both_ends_of_the_bracket(low, high, level):
    assert appraised(row("cement", low, high))[CEMENT].level == level


def test_what_was_not_computed_is_taken_over_and_the_rest_stays():
    found = appraised(
        row("cement", 0.2, 0.5), row("placed", 0.5, 0.7), row("placed-cement", 0.6, 0.9), kinds=("screws",)
    )
    assert list(found) == ["Margin", FIXATION, CEMENT]
    assert found["Margin"].found == "6 mm"
    assert found[FIXATION].found.startswith("Placed-cement: compression 60% to 90%")
    alone = appraised(row("placed", 0.5, 0.7), filled=False, kinds=("screws",))
    assert alone[FIXATION].found.startswith("Placed: ")
    assert CEMENT not in alone


def test_a_table_without_the_plans_metal_leaves_it_not_computed():
    found = appraised(row("cement", 0.2, 0.5), kinds=("nails",))
    assert found[FIXATION].level == "NOT_COMPUTED"
    assert appraised(row("cement", 0.2, 0.5), row("nails", 0.2, 0.5), kinds=("nails",))[FIXATION].level == "FAIL"

"""Survival estimates typed in from other tools, beside what was published of those tools. Nothing is computed."""

from __future__ import annotations

from functools import lru_cache

from buttress.library.load_rules import load_score
from buttress.records.case import Case, TypedPrognosis
from buttress.records.score import PrognosisView


def view_prognoses(case: Case) -> tuple[PrognosisView, ...]:
    """One view for each estimate of the case, in its order."""
    return tuple(_view(typed) for typed in case.prognosis)


def result_in_words(typed: TypedPrognosis) -> str:
    """What was typed in, number first."""
    share = typed.survival_fraction
    alive = "" if share is None else f"{100 * share:.0f} % alive at {typed.at_months:g} months"
    return "; ".join(part for part in (alive, typed.result or "") if part)


def _view(typed: TypedPrognosis) -> PrognosisView:
    where = f"{typed.source}, {typed.date.isoformat()}" if typed.date else typed.source
    return _published(typed.tool).model_copy(update={"result": result_in_words(typed), "where": where})


@lru_cache(maxsize=8)
def _published(tool: str) -> PrognosisView:
    row = load_score("prognosis_tools")[tool]
    return PrognosisView.model_validate({"tool": row["title"], "result": "", **_without_title(row)})


def _without_title(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key != "title"}

"""Rules as data: a statement of a source, whom it concerns, and the question about the facts that makes it speak."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from buttress.evidence.source import Evidence
from buttress.records.document import Document
from buttress.records.score import Effect

Scalar = bool | float | str
Comparison = Literal["is", "is_not", "in", "includes", "within", "above", "at_least", "below", "at_most"]
COMPARISONS: tuple[Comparison, ...] = (
    "is",
    "is_not",
    "in",
    "includes",
    "within",
    "above",
    "at_least",
    "below",
    "at_most",
)
NUMERIC: tuple[Comparison, ...] = ("above", "at_least", "below", "at_most")


class FactTest(Document):
    """One comparison of one fact: ``{ fact = "platelets_e9_per_l", below = 50 }`` in TOML.

    ``includes`` asks whether a list holds the value, ``within`` whether everything still possible lies in the list.
    ``default`` names the choice of ours that the value is; empty where it is a source's.
    """

    fact: str
    comparison: Comparison
    value: Scalar | tuple[Scalar, ...]
    default: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "comparison" in data:
            return data
        named = [name for name in COMPARISONS if name in data]
        if len(named) != 1 or set(data) != {"fact", named[0]}:
            raise ValueError(f"a test is one fact and one of {COMPARISONS}: {data}")
        return {"fact": data["fact"], "comparison": named[0], "value": data[named[0]]}

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        is_list, is_number = isinstance(self.value, tuple), type(self.value) in (int, float)
        if is_list != (self.comparison in ("in", "within")) or (self.comparison in NUMERIC and not is_number):
            raise ValueError(f"{self.fact}: {self.comparison} cannot take {self.value!r}")
        return self


class Condition(Document):
    """A question about facts: one test, or ``all`` / ``any`` of several, or ``not`` of one."""

    test: FactTest | None = None
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = Field((), description="holds when none of these holds")

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, data: Any) -> Any:
        return {"test": data} if isinstance(data, dict) and "fact" in data else data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(map(bool, (self.test, self.all, self.any, self.none))) != 1:
            raise ValueError("a condition is one test, or one of all, any, none")
        return self

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of all facts it asks about, in order, once each."""
        if self.test is not None:
            return (self.test.fact,)
        return tuple(dict.fromkeys(name for part in self.all + self.any + self.none for name in part.facts))

    @property
    def tests(self) -> tuple[FactTest, ...]:
        """Every single comparison inside it, in order."""
        if self.test is not None:
            return (self.test,)
        return tuple(test for part in self.all + self.any + self.none for test in part.tests)


class Rule(Document):
    """One statement of a source made into a rule.

    ``id`` is the row of our clinical notes it comes from; several rules of one row carry a suffix after a slash
    (``CEM-04/body``). Without ``when`` it always speaks. ``because`` names the patient's own facts in braces. ``ours``
    says what in it is our choice and not the source's. ``techniques`` holds keys or groups; none: background.

    Where a site's policy has changed a choice of ours: ``effect_default`` names the choice that the effect is;
    ``site_statement`` stands in place of a statement that holds our number; ``source_facts`` names facts that follow
    from our number, each with the one that keeps the source's, for a rule that reports what the source found.
    ``setting`` names facts that make the rule worth asking: that they might change is told by no one as a reason.
    """

    id: str
    statement: str
    techniques: tuple[str, ...] = ()
    effect: Effect
    when: Condition | None = None
    because: str = ""
    consideration: Literal["", "C1", "C2", "C3", "C4", "C5"] = ""
    grade: str
    evidence: Evidence
    ours: str = ""
    effect_default: str = ""
    site_statement: str = ""
    setting: tuple[str, ...] = ()
    source_facts: dict[str, str] = Field(default_factory=dict)

    def __hash__(self) -> int:
        """By id alone: equal rules share it, and hashing every field would cost more than asking the rule."""
        return hash(self.id)

    @property
    def row(self) -> str:
        """The row of the clinical notes this rule comes from."""
        return self.id.partition("/")[0]


class Technique(Document):
    """One row of the table of techniques."""

    key: str
    title: str
    group: Literal["ablation", "cement", "fixation", "combination", "comparator"]
    label: str = ""
    note: str = ""

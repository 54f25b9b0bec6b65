"""What would change this: the smallest sets of facts that would turn what the rules say of a technique.

Every fact that a technique's rules ask about is tried, in turn, at every other value it may have; numbers just across
each threshold. Two facts at once are tried only where no single one turns anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, product
from typing import Any, Literal

from pydantic import TypeAdapter

from buttress.assess.candidate_values import Candidate, candidates, in_words, now, own_values
from buttress.assess.evaluate import Facts, is_known
from buttress.assess.rulebook import Entry, Rulebook, shelf_rulebook
from buttress.library.load_rules import load_techniques
from buttress.records.rule import Rule
from buttress.records.score import Change, Effect, Fact

Derive = Callable[[Facts], Mapping[str, Fact]]
"""Facts with what the scores make of them."""

BEHIND = {
    "mirels_score": ("mirels_pain", "matrix", "width_fraction", "peritrochanteric"),
    "harrington_groups": (
        "acetabulum_subchondral",
        "acetabulum_medial_wall",
        "acetabulum_roof",
        "acetabulum_lateral_rim",
        "acetabulum_collapse",
    ),
}
"""Facts that stand behind a score's fact: they can change, the score follows."""

FIXED = ("bone", "in_scope", "long_bone", "limb", "side", "primary", "age_y", "board_reviewed", "prior_treatment")
"""Facts that make the lesion the one it is: a change of them would be another case."""

PLACES = ("subsite", "peritrochanteric", "proximal_femur", "periacetabular", "diaphysis")
"""Where the lesion lies: it can become known, but where it is known it does not change."""

NATURE = ("displaceable_by_cement", "radiosensitivity", "primary_kind", "katagiri_primary_group")
"""What the tumour is: it can become known, but where it is known it does not change."""

HAPPENED = ("fracture_status", "conservative_failed", "radiotherapy_failed", "radiotherapy_given")
"""What has happened (a fracture, a treatment, its failure) stays so; what has not may still happen."""

TURNING: tuple[Effect, ...] = ("BLOCK", "AGAINST", "FOR", "CAUTION")
"""Effects whose turning counts, most consequential first."""

Trying = tuple[tuple[str, Candidate], ...]
"""Facts by name, each with the value that is supposed."""
Turn = Literal["gains", "loses", "settles"]
Row = Mapping[str, Any]
"""The fields of a ``Change`` but its technique: a rule turns for all techniques it speaks of at once."""
_CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(tuple[Change, ...])


def what_would_change(facts: Facts, derive: Derive, book: Rulebook | None = None) -> tuple[Change, ...]:
    """For every technique, in the library's order, what would turn one of its verdicts; most consequential first.

    ``facts`` hold what the scores found; ``derive`` finds it again after a change. Purely by rule: same facts, same
    answer.
    """
    book = book or shelf_rulebook()
    trial = _Trial(facts, derive, book)
    asking = [entry for entry, _ in book.entries if entry.rule.when and entry.rule.effect in TURNING]
    return _CHANGES.validate_python(
        [
            {**row, "technique": key}
            for key in load_techniques()
            for row in _of_technique([entry for entry in asking if key in entry.speaks_of], trial)
        ]
    )


class _Trial:
    """Facts under question, with every single change tried once and remembered."""

    def __init__(self, facts: Facts, derive: Derive, book: Rulebook) -> None:
        self.facts, self.derive, self.book = facts, derive, book
        self._after: dict[Trying, Facts] = {}
        self._candidates: dict[str, tuple[Candidate, ...]] = {}
        self._turns: dict[tuple[Entry, int], list[Row]] = {}
        self._settled: dict[Entry, list[Row]] = {}

    def candidates(self, name: str) -> tuple[Candidate, ...]:
        """Every other value worth trying for a fact; none for a fact that belongs to the case's identity."""
        if name not in self._candidates:
            self._candidates[name] = () if _stays(self.facts[name]) else candidates(self.facts[name], self.book)
        return self._candidates[name]

    def after(self, change: Trying) -> Facts:
        """The facts once the change is made."""
        if change not in self._after:
            made = {**self.facts, **{name: candidate.made_of(self.facts[name]) for name, candidate in change}}
            behind = any(name in items for name, _ in change for items in BEHIND.values())
            self._after[change] = self.derive(made) if behind else made
        return self._after[change]

    def turns(self, entry: Entry, size: int) -> list[Row]:
        """Every change of ``size`` facts that makes a rule speak which did not, or silences one which did."""
        if (entry, size) not in self._turns:
            self._turns[entry, size] = list(_turns(entry, self, size))
        return self._turns[entry, size]

    def settled(self, entry: Entry) -> list[Row]:
        """Missing facts that alone would settle a question the other way: the rule then has nothing to say."""
        if entry not in self._settled:
            self._settled[entry] = list(_settled(entry, self))
        return self._settled[entry]


def _stays(fact: Fact) -> bool:
    if fact.name in FIXED:
        return True
    if fact.name in HAPPENED:
        return fact.value is True or fact.value == "actual"
    return fact.value is not None and fact.name in PLACES + NATURE


@lru_cache(maxsize=1024)  # of the library's rules
def asked_by(rule: Rule) -> tuple[str, ...]:
    """The facts that could turn a rule: those it names, and those behind the scores it names; not its setting."""
    if rule.when is None:
        return ()
    asked = [fact for fact in rule.when.facts if fact not in rule.setting]
    return tuple(dict.fromkeys(name for fact in asked for name in BEHIND.get(fact, (fact,))))


def _of_technique(entries: Sequence[Entry], trial: _Trial) -> list[Row]:
    found = [row for entry in entries for row in trial.turns(entry, 1)]
    found = found or [row for entry in entries for row in trial.turns(entry, 2)]
    turned = {name for row in found for name in row["facts"]}
    settled = [row for entry in entries for row in trial.settled(entry) if row["facts"][0] not in turned]
    return sorted(found, key=lambda row: _weight(row, trial.facts)) + settled


def _turns(entry: Entry, trial: _Trial, size: int) -> Iterator[Row]:
    truth = entry.question.truth
    spoke = truth(trial.facts) is True
    for names in combinations(asked_by(entry.rule), size):
        turning = [change for change in _tuples(names, trial) if (truth(trial.after(change)) is True) != spoke]
        if turning:
            yield _change(entry.rule, names, turning, trial, "loses" if spoke else "gains")


def _settled(entry: Entry, trial: _Trial) -> Iterator[Row]:
    truth = entry.question.truth
    if truth(trial.facts) is not None:
        return
    for name in asked_by(entry.rule):
        turning = [change for change in _tuples((name,), trial) if truth(trial.after(change)) is False]
        if turning:
            yield _change(entry.rule, (name,), turning, trial, "settles")


def _tuples(names: tuple[str, ...], trial: _Trial) -> list[Trying]:
    return list(product(*([(name, candidate) for candidate in trial.candidates(name)] for name in names)))


def _change(rule: Rule, names: tuple[str, ...], turning: list[Trying], trial: _Trial, turn: Turn) -> Row:
    """One row; for a single fact all values that turn the rule, for numbers those at the rule's own threshold."""
    facts = trial.facts
    told = turning[:1] if len(names) > 1 else _by_own_thresholds(rule, turning, trial)
    return {
        "facts": names,
        "labels": tuple(facts[name].label for name in names),
        "frm": tuple(now(facts[name]) for name in names),
        "to": tuple(in_words([one[at][1] for one in told]) for at in range(len(names))),
        "turn": turn,
        "effect": rule.effect,
        "rule": rule.id,
    }


def _by_own_thresholds(rule: Rule, turning: list[Trying], trial: _Trial) -> list[Trying]:
    """Numbers are tried at every rule's thresholds; those of this rule tell best what turns it."""
    name = turning[0][0][0]
    mine = own_values(rule, name, trial.facts[name].unit, trial.book.defaults)
    own = [change for change in turning if change[0][1] in mine]
    return own or turning


def _weight(row: Row, facts: Facts) -> tuple[int, bool, bool]:
    """Graver effects first; then what is unknown and could be asked today; then what is gained."""
    known = all(is_known(facts[name]) for name in row["facts"])
    return TURNING.index(row["effect"]), known, row["turn"] != "gains"

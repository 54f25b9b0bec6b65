"""What would change this: the smallest sets of facts that would turn what the rules say of a technique.

Every fact that a technique's rules ask about is tried, in turn, at every other value it may have; numbers just across
each threshold. Two facts at once are tried only where no single one turns anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import Literal

from buttress.assess.candidate_values import Candidate, candidates, in_words, now, own_values
from buttress.assess.evaluate import Facts, answer, is_known
from buttress.assess.techniques import rules_of
from buttress.library.load_rules import load_rules, load_techniques
from buttress.records.rule import Rule
from buttress.records.score import Answer, Change, Effect, Fact

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

Answers = Mapping[str, Answer]
Trying = tuple[tuple[str, Candidate], ...]
"""Facts by name, each with the value that is supposed."""
Turn = Literal["gains", "loses", "settles"]


def what_would_change(facts: Facts, derive: Derive) -> tuple[Change, ...]:
    """For every technique, in the library's order, what would turn one of its verdicts; most consequential first.

    ``facts`` hold what the scores found; ``derive`` finds it again after a change. Purely by rule: same facts, same
    answer.
    """
    before = {rule.id: answer(rule.when, facts) for rule in load_rules()}
    trial = _Trial(facts, derive, before)
    return tuple(change for key in load_techniques() for change in _of_technique(key, trial))


class _Trial:
    """Facts under question, with every single change tried once and remembered."""

    def __init__(self, facts: Facts, derive: Derive, before: Answers) -> None:
        self.facts, self.derive, self.before = facts, derive, before
        self._after: dict[Trying, Facts] = {}
        self._answers: dict[Trying, dict[str, Answer]] = {}
        self._candidates: dict[str, tuple[Candidate, ...]] = {}

    def candidates(self, name: str) -> tuple[Candidate, ...]:
        """Every other value worth trying for a fact; none for a fact that belongs to the case's identity."""
        if name not in self._candidates:
            self._candidates[name] = () if _stays(self.facts[name]) else candidates(self.facts[name])
        return self._candidates[name]

    def after(self, change: Trying, rule: Rule) -> Answer:
        """The rule's answer once the change is made."""
        answers = self._answers.setdefault(change, {})
        if rule.id not in answers:
            answers[rule.id] = answer(rule.when, self._changed(change))
        return answers[rule.id]

    def _changed(self, change: Trying) -> Facts:
        if change not in self._after:
            made = {**self.facts, **{name: candidate.made_of(self.facts[name]) for name, candidate in change}}
            behind = any(name in items for name, _ in change for items in BEHIND.values())
            self._after[change] = self.derive(made) if behind else made
        return self._after[change]


def _stays(fact: Fact) -> bool:
    if fact.name in FIXED:
        return True
    if fact.name in HAPPENED:
        return fact.value is True or fact.value == "actual"
    return fact.value is not None and fact.name in PLACES + NATURE


def asked_by(rule: Rule) -> tuple[str, ...]:
    """The facts that could turn a rule: those it names, and those behind the scores it names."""
    if rule.when is None:
        return ()
    return tuple(dict.fromkeys(name for fact in rule.when.facts for name in BEHIND.get(fact, (fact,))))


def _of_technique(technique: str, trial: _Trial) -> list[Change]:
    rules = [rule for rule in rules_of(technique) if rule.effect in TURNING and rule.when is not None]
    found = list(_turns(technique, rules, trial, size=1)) or list(_turns(technique, rules, trial, size=2))
    turned = {name for change in found for name in change.facts}
    settled = [change for change in _settled(technique, rules, trial) if change.facts[0] not in turned]
    return sorted(found, key=lambda change: _weight(change, trial.facts)) + settled


def _turns(technique: str, rules: Iterable[Rule], trial: _Trial, *, size: int) -> Iterator[Change]:
    """Every change of ``size`` facts that makes a rule speak which did not, or silences one which did."""
    for rule in rules:
        spoke = trial.before[rule.id] == "YES"
        for names in combinations(asked_by(rule), size):
            turning = [change for change in _tuples(names, trial) if (trial.after(change, rule) == "YES") != spoke]
            if turning:
                yield _change(technique, rule, names, turning, trial.facts, "loses" if spoke else "gains")


def _settled(technique: str, rules: Iterable[Rule], trial: _Trial) -> Iterator[Change]:
    """Missing facts that alone would settle a question the other way: the rule then has nothing to say."""
    for rule in rules:
        if trial.before[rule.id] != "CANNOT_TELL":
            continue
        for name in asked_by(rule):
            turning = [change for change in _tuples((name,), trial) if trial.after(change, rule) == "NO"]
            if turning:
                yield _change(technique, rule, (name,), turning, trial.facts, "settles")


def _tuples(names: tuple[str, ...], trial: _Trial) -> list[Trying]:
    return list(product(*([(name, candidate) for candidate in trial.candidates(name)] for name in names)))


def _change(
    technique: str, rule: Rule, names: tuple[str, ...], turning: list[Trying], facts: Facts, turn: Turn
) -> Change:
    """One record; for a single fact all values that turn the rule, for numbers those at the rule's own threshold."""
    told = turning[:1] if len(names) > 1 else _by_own_thresholds(rule, turning, facts)
    return Change(
        technique=technique,
        facts=names,
        labels=tuple(facts[name].label for name in names),
        frm=tuple(now(facts[name]) for name in names),
        to=tuple(in_words([one[at][1] for one in told]) for at in range(len(names))),
        turn=turn,
        effect=rule.effect,
        rule=rule.id,
    )


def _by_own_thresholds(rule: Rule, turning: list[Trying], facts: Facts) -> list[Trying]:
    """Numbers are tried at every rule's thresholds; those of this rule tell best what turns it."""
    name = turning[0][0][0]
    own = [change for change in turning if change[0][1] in own_values(rule, name, facts[name].unit)]
    return own or turning


def _weight(change: Change, facts: Facts) -> tuple[int, bool, bool]:
    """Graver effects first; then what is unknown and could be asked today; then what is gained."""
    known = all(is_known(facts[name]) for name in change.facts)
    return TURNING.index(change.effect), known, change.turn != "gains"

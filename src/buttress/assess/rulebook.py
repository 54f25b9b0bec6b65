"""The rule book made ready to be asked of many patients: questions prepared, rules sorted by what they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from buttress.assess.evaluate import Question, question_of
from buttress.assess.site_rules import rule_under
from buttress.evidence.source import Evidence
from buttress.library.load_defaults import Defaults, defaults_under, shelf_defaults
from buttress.library.load_rules import load_rules, load_techniques
from buttress.records.policy import SitePolicy
from buttress.records.rule import Rule, Technique
from buttress.records.score import Verdict

PERCUTANEOUS = "percutaneous"
BACKGROUND = ""
_FOR_ALL = "holds for every case"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A rule made ready: its question, what it speaks of, its source with what is ours in the note.

    ``speaks_of`` holds keys of techniques; one word stands for the background or for percutaneous treatment as a whole.
    ``verdicts`` are what it says of each when answered YES, whoever the patient: their reason is ``fixed``, which is
    empty where the reason names a fact of the patient.
    """

    rule: Rule
    question: Question
    speaks_of: tuple[str, ...]
    evidence: Evidence
    verdicts: tuple[Verdict, ...]
    fixed: str


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """Every rule in the library's order, beside the place of its question. Holds nothing of any patient.

    Many rules ask the same: ``questions`` holds each once. ``defaults`` are the numbers behind facts, scores and rules.
    """

    entries: tuple[tuple[Entry, int], ...]
    questions: tuple[Question, ...]
    defaults: Defaults

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules themselves, in order."""
        return tuple(entry.rule for entry, _ in self.entries)


@lru_cache(maxsize=1)
def shelf_rulebook() -> Rulebook:
    """The rule book as it stands on the shelf."""
    return rulebook_of([entry_of(rule) for rule in load_rules()])


def rulebook_under(policy: SitePolicy | None) -> Rulebook:
    """The rule book of a site: the shelf's where its policy changes nothing. Raises as ``defaults_under`` does."""
    if policy is None:
        return shelf_rulebook()
    defaults = defaults_under(policy)
    return rulebook_of([entry_of(rule_under(rule, defaults)) for rule in load_rules()], defaults)


def rulebook_of(entries: Sequence[Entry], defaults: Defaults | None = None) -> Rulebook:
    """A book of these rules, in their order; by default with our own defaults."""
    questions = list(dict.fromkeys(entry.question for entry in entries))
    places = {question: at for at, question in enumerate(questions)}
    asked = tuple((entry, places[entry.question]) for entry in entries)
    return Rulebook(asked, tuple(questions), defaults or shelf_defaults())


@lru_cache(maxsize=1024)  # of the library's rules
def entry_of(rule: Rule) -> Entry:
    """One rule made ready."""
    return _entry(rule, _speaks_of(rule))


def entry_about(rule: Rule, technique: str) -> Entry:
    """One rule made ready, as if it spoke of one technique alone."""
    return _entry(rule, (technique,))


def _entry(rule: Rule, speaks_of: tuple[str, ...]) -> Entry:
    evidence = _with_ours(rule)
    fixed = "" if "{" in rule.because else rule.because or _FOR_ALL
    verdicts = tuple(
        Verdict(
            rule=rule.id,
            technique=key,
            effect=rule.effect,
            answer="YES",
            statement=rule.statement,
            because=fixed,
            grade=rule.grade,
            evidence=(evidence,),
        )
        for key in speaks_of
    )
    return Entry(rule, question_of(rule.when), speaks_of, evidence, verdicts, fixed)


def _speaks_of(rule: Rule) -> tuple[str, ...]:
    if not rule.techniques:
        return (BACKGROUND,)
    if speaks_for_all(rule):
        return (PERCUTANEOUS,)
    return tuple(key for key, technique in load_techniques().items() if concerns(rule, technique))


def concerns(rule: Rule, technique: Technique) -> bool:
    """Whether the rule speaks of this technique, by key, by group, or as one of the percutaneous ones.

    A reason for percutaneous treatment as a whole tells no technique from another: it stands once, with the
    considerations, and not in every row.
    """
    if PERCUTANEOUS in rule.techniques and technique.group != "comparator":
        return not speaks_for_all(rule)
    return technique.key in rule.techniques or technique.group in rule.techniques


def speaks_for_all(rule: Rule) -> bool:
    """Whether the rule is a reason for percutaneous treatment as a whole."""
    return rule.techniques == (PERCUTANEOUS,) and rule.effect == "FOR"


def _with_ours(rule: Rule) -> Evidence:
    """The rule's source, with what is our own choice in the note."""
    if not rule.ours:
        return rule.evidence
    note = "; ".join(part for part in (rule.evidence.note, f"ours: {rule.ours}") if part)
    return rule.evidence.model_copy(update={"note": note})

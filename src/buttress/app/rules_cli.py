"""``buttress rules``: the rule book on the terminal, to be read, filtered and questioned."""

from __future__ import annotations

import difflib
import json
import sys
from collections import Counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buttress.evidence.source import bibliography
from buttress.library.default_uses import load_uses
from buttress.library.load_coverage import load_matrix, load_row_ledger
from buttress.library.load_rules import load_rules, load_techniques
from buttress.library.rule_words import condition_in_words, techniques_in_words
from buttress.records.document import ButtressError
from buttress.records.rule import Rule
from buttress.records.score import Effect

rules_app = typer.Typer(help="Read the rule book: every statement, its question, its source.", no_args_is_help=True)
out = Console(highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output (also when it is not a terminal).")]
OfTechnique = Annotated[str | None, typer.Option(help="Only rules that speak of this technique, for example cement.")]
OfEffect = Annotated[Effect | None, typer.Option(help="Only rules with this effect.", case_sensitive=False)]
Wanted = Annotated[
    str, typer.Argument(metavar="ID", help="A rule (RFA-06/stop), or a row with all its rules (RFA-06).")
]


@rules_app.command("list")
def list_rules(technique: OfTechnique = None, effect: OfEffect = None, as_json: AsJson = False) -> None:
    """List the rules, of one technique or one effect if asked."""
    found = [rule for rule in load_rules() if _of_technique(rule, technique) and effect in (None, rule.effect)]
    if _wants_json(as_json):
        _print_json([_as_row(rule) for rule in found])
        return
    table = Table("id", "effect", "techniques", "statement")
    for rule in found:
        table.add_row(rule.id, rule.effect, ", ".join(rule.techniques) or "background", escape(rule.statement))
    out.print(table)
    out.print(f"{len(found)} rules")


@rules_app.command("show")
def show_rule(wanted: Wanted, as_json: AsJson = False) -> None:
    """Show a rule in full, with the citation of its source; or say why a row is no rule."""
    found = [rule for rule in load_rules() if wanted.casefold() in (rule.id.casefold(), rule.row.casefold())]
    if not found:
        _show_row_without_rule(wanted, as_json)
        return
    if _wants_json(as_json):
        _print_json([_as_row(rule) for rule in found])
        return
    for rule in found:
        _print_rule(rule)


@rules_app.command("coverage")
def show_coverage(as_json: AsJson = False) -> None:
    """Count the rules, and say what of the clinical notes stands elsewhere or is left out, and why."""
    counts = coverage()
    if _wants_json(as_json):
        _print_json(counts)
        return
    table = Table("section", "rows", "as rules", "elsewhere", "left out", "rules")
    for section in counts["sections"]:
        table.add_row(*(str(section[key]) for key in ("title", "rows", "rule", "elsewhere", "left out", "rules")))
    out.print(table)
    _print_counts("rules that speak of a technique", counts["techniques"])
    _print_counts("rules by effect", counts["effects"])
    _print_counts("rules by source", counts["sources"])
    for kind in ("left_out", "parts_left_out", "matrix_left_out", "stands_elsewhere"):
        out.print(f"\n[bold]{kind.replace('_', ' ')}[/]")
        for name, reason in counts[kind].items():
            out.print(f"  {escape(name)}: {escape(reason)}")


def coverage() -> dict[str, Any]:
    """Counts of rules by section, technique, effect and source; what stands elsewhere or is left out, with reasons."""
    ledger, rules = load_row_ledger(), load_rules()
    sections = []
    for key, section in ledger.sections.items():
        fates = Counter(ledger.fate(row)[0] for row in section.rows)
        kinds = {kind: fates[kind] for kind in ("rule", "elsewhere", "left out")}
        made = sum(rule.row in section.rows for rule in rules)
        sections.append({"section": key, "title": section.title, "rows": len(section.rows), **kinds, "rules": made})
    spoken = {key: sum(_of_technique(rule, key) for rule in rules) for key in load_techniques()}
    return {
        "rules": len(rules),
        "sections": sections,
        "techniques": spoken,
        "effects": dict(Counter(rule.effect for rule in rules).most_common()),
        "sources": dict(Counter(rule.evidence.source for rule in rules).most_common()),
        "left_out": ledger.left_out,
        "parts_left_out": ledger.parts_left_out,
        "matrix_left_out": _matrix_left_out(),
        "stands_elsewhere": ledger.elsewhere,
    }


def _matrix_left_out() -> dict[str, str]:
    """Entries of the technique matrix that no rule carries, with the reason."""
    return {
        f"{technique}, {column}, {one.entry}": one.left_out
        for technique, columns in load_matrix().items()
        for column, entries in columns.items()
        for one in entries
        if one.left_out
    }


def _of_technique(rule: Rule, key: str | None) -> bool:
    """Whether the rule names the technique, its group, or all percutaneous ones. Raises on an unknown technique."""
    if key is None:
        return True
    techniques = load_techniques()
    if key not in techniques:
        raise ButtressError(f"{key!r} is no technique", ", ".join(techniques), "name one of these")
    group = techniques[key].group
    return bool({key, group} & set(rule.techniques)) or ("percutaneous" in rule.techniques and group != "comparator")


def _show_row_without_rule(wanted: str, as_json: bool) -> None:
    ledger = load_row_ledger()
    names = {row.casefold(): row for section in ledger.sections.values() for row in section.rows}
    if wanted.casefold() not in names:
        known = dict.fromkeys([*(rule.id for rule in load_rules()), *names.values()])
        close = difflib.get_close_matches(wanted.upper(), known, n=3, cutoff=0.5)
        hint = f"perhaps {' or '.join(close)}; " if close else ""
        raise ButtressError(f"there is no rule {wanted!r}", "the id of a rule", f"{hint}see: buttress rules list")
    row = names[wanted.casefold()]
    fate, reason = ledger.fate(row)
    if _wants_json(as_json):
        _print_json([{"row": row, "fate": fate, "reason": reason}])
    else:
        out.print(f"{row} is no rule. {fate.capitalize()}: {escape(reason)}")


def _as_row(rule: Rule) -> dict[str, Any]:
    words = {"when_in_words": condition_in_words(rule.when), "citation": bibliography()[rule.evidence.source].citation}
    return {**rule.model_dump(exclude_none=True), "row": rule.row, **words}


def _print_rule(rule: Rule) -> None:
    source = bibliography()[rule.evidence.source]
    lines = {
        "effect": f"{rule.effect}, on: {techniques_in_words(rule.techniques)}",
        "when": condition_in_words(rule.when),
        "consideration": rule.consideration,
        "source": f"{source.citation} ({source.key}; {rule.evidence.place})",
        "read": source.note,
        "grade": rule.grade,
        "population": rule.evidence.population,
        "note": rule.evidence.note,
        "ours": rule.ours,
        "a site may change": ", ".join(key for key, uses in load_uses().items() if rule.id in uses.rules),
    }
    out.print(f"\n[bold]{rule.id}[/]  {escape(rule.statement)}")
    for name, text in lines.items():
        if text:
            out.print(f"  [dim]{name}:[/] {escape(text)}")


def _print_counts(title: str, counts: dict[str, int]) -> None:
    out.print(f"[bold]{title}[/]: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _wants_json(as_json: bool) -> bool:
    return as_json or not sys.stdout.isatty()

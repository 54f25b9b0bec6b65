"""The generated reference of all rules: one page from the TOML files, for ``tools/build_docs.py``."""

from __future__ import annotations

from buttress.evidence.source import bibliography
from buttress.library.load_coverage import load_row_ledger
from buttress.library.load_rules import load_rules
from buttress.library.rule_words import condition_in_words, techniques_in_words
from buttress.records.rule import Rule

HEAD = """# All rules

Every statement that may speak on a case, as it stands in `src/buttress/library/rules/`. None of them is a choice: a
rule gives a reason for (FOR) or against (AGAINST) a technique, a stop that a source names (BLOCK), a caution (CAUTION),
or something to know (INFO). A rule whose facts are missing asks for them. Statements are our words; `ours` says what in
a rule is our choice and not its source's. On the terminal: `buttress rules list`, `show`, `coverage`.
"""


def rules_page(made: str) -> str:
    """The whole page; ``made`` is the comment that says where it comes from."""
    ledger, rules = load_row_ledger(), load_rules()
    lines = [made, HEAD, f"{len(rules)} rules from {len({rule.evidence.source for rule in rules})} sources.", ""]
    for key, section in ledger.sections.items():
        lines += [f"## {key}: {section.title}", ""]
        for row in section.rows:
            lines += row_lines(row)
    strangers = [rule for rule in rules if not any(rule.row in one.rows for one in ledger.sections.values())]
    lines += ["## Others", ""] * bool(strangers) + [line for rule in strangers for line in rule_lines(rule)]
    lines += ["## Left out in part", "", *(f"- **{row}**: {why}." for row, why in ledger.parts_left_out.items()), ""]
    used = sorted({rule.evidence.source for rule in rules})
    lines += ["## Sources", "", *(f"- `{key}`: {bibliography()[key].citation}" for key in used)]
    return "\n".join(lines) + "\n"


def row_lines(row: str) -> list[str]:
    """All rules of one row of the notes, or what became of it."""
    rules = [rule for rule in load_rules() if rule.row == row]
    if rules:
        return [line for rule in rules for line in rule_lines(rule)]
    fate, reason = load_row_ledger().fate(row)
    return [f"### {row}", "", f"No rule. {fate.capitalize()}: {reason}.", ""]


def rule_lines(rule: Rule) -> list[str]:
    """One rule: statement first, then what it asks and where it comes from."""
    evidence = rule.evidence
    told = {
        "effect": f"{rule.effect}, on {techniques_in_words(rule.techniques)}",
        "when": condition_in_words(rule.when),
        "source": f"`{evidence.source}`, {evidence.place}",
        "grade": rule.grade,
        "population": evidence.population,
        "note": evidence.note,
        "ours": rule.ours,
    }
    return [f"### {rule.id}", "", rule.statement, "", *(f"- {name}: {text}" for name, text in told.items() if text), ""]

"""A site's policy from its TOML file: our own choices changed, each with its unit and within its range."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from buttress.exchange.document_errors import nearest, wrong_value
from buttress.exchange.documents import parse_toml
from buttress.exchange.toml_lines import Path as KeyPath
from buttress.library.load_defaults import defaults_under, shelf_defaults
from buttress.records.document import ButtressError
from buttress.records.policy import Default, PolicyChange, SitePolicy, amount

FORMAT = "buttress.policy/1"
_KEYS = ("format", "name", "defaults")
_ENTRY = ("value", "unit", "reason")
_LONGEST_NAME, _LONGEST_REASON = 80, 300
_HOW = "buttress policy template prints every choice with its range"


class _Text(NamedTuple):
    """What is read, and where each key stands in it."""

    name: str
    lines: Mapping[KeyPath, int]

    def wrong(self, path: KeyPath, found: str, expected: str, remedy: str) -> ButtressError:
        """The error about one value, with its line."""
        return wrong_value(path, found, expected, remedy, self.name, self.lines)


def read_policy(path: Path) -> SitePolicy:
    """Read and check a policy. Raises ``ButtressError`` with file, line, what was found and what is expected."""
    expected = "a policy (.toml)"
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        remedy = "check the path, or begin with: buttress policy template"
        raise ButtressError("there is no such file", expected, remedy, where=str(path)) from None
    except UnicodeDecodeError:
        raise ButtressError("the file is not UTF-8 text", expected, "save it as UTF-8", where=str(path)) from None
    except OSError as error:
        raise ButtressError(f"the file cannot be read: {error.strerror}", expected, where=str(path)) from None
    return policy_of(text, hashlib.sha256(content).hexdigest(), name=str(path))


def policy_of(text: str, sha256: str, *, name: str = "the policy") -> SitePolicy:
    """The policy that a TOML text states; only what differs from ours is kept. Raises as ``read_policy`` does."""
    values, lines = parse_toml(text, name)
    where = _Text(name, lines)
    _check_keys(values, _KEYS, (), where)
    if values.get("format") != FORMAT:
        raise where.wrong(("format",), "this is no policy of this version", f'format = "{FORMAT}"', _HOW)
    title = _words(values.get("name"), ("name",), _LONGEST_NAME, where)
    if not title:
        raise where.wrong(("name",), "the policy has no name", "a name for the site and its version", 'add "name"')
    tables = values.get("defaults", {})
    if not isinstance(tables, dict):
        raise where.wrong(("defaults",), "defaults is no table", "tables [defaults.NAME]", _HOW)
    given = {key: _entry(key, table, where) for key, table in tables.items()}
    changes = (given[key] for key in shelf_defaults().rows if key in given)
    policy = SitePolicy(name=title, sha256=sha256, changes=tuple(c for c in changes if c.value != c.ours))
    _check_order(policy, where)
    return policy


def _entry(key: str, table: Any, where: _Text) -> PolicyChange:
    path: KeyPath = ("defaults", key)
    row = _row(key, path, where)
    if not isinstance(table, dict):
        raise where.wrong(path, f"{key} is no table", f"[defaults.{key}] with value and unit", _HOW)
    _check_keys(table, _ENTRY, path, where)
    if "value" not in table:
        raise where.wrong(path, "the value is left out", f"value = {row.allowed}", 'add "value"')
    value = table["value"]
    if not _fits(value, row):
        found = amount(value, row.unit) if isinstance(value, str | int | float) else "a table or list"
        guess = nearest(str(value), row.words) if row.words else "choose within the range"
        raise where.wrong((*path, "value"), f"{key} = {found[:60]}", row.allowed, guess or "choose one of these")
    unit = table.get("unit", "")
    if unit != row.unit:
        found = f'the unit of {key} is "{str(unit)[:20]}"' if unit else f"the unit of {key} is left out"
        expected = f'unit = "{row.unit}"' if row.unit else "no unit"
        raise where.wrong((*path, "unit"), found, expected, "give the value in this unit")
    number = value if isinstance(value, str) else float(value)
    reason = _words(table.get("reason", ""), (*path, "reason"), _LONGEST_REASON, where)
    return PolicyChange(key=key, label=row.label, unit=row.unit, value=number, ours=row.value, reason=reason)


def _row(key: str, path: KeyPath, where: _Text) -> Default:
    """The default of that name. A source's number has a name, too, and is refused."""
    rows = shelf_defaults().rows
    ours = [name for name, row in rows.items() if row.is_for_a_site]
    if key not in rows:
        raise where.wrong(path, f'unknown default "{key[:60]}"', "a choice of ours", nearest(key, ours) or _HOW)
    row = rows[key]
    if not row.is_for_a_site:
        source = f"{row.evidence.source}, {row.evidence.place}" if row.evidence else "the library"
        found = f"{key} is no choice of ours: it is what a source says ({source})"
        raise where.wrong(path, found, "a choice of ours", f"a policy never changes a source's number; {_HOW}")
    return row


def _fits(value: Any, row: Default) -> bool:
    if row.words:
        return isinstance(value, str) and row.allows(value)
    return isinstance(value, int | float) and math.isfinite(value) and row.allows(value)


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], path: KeyPath, where: _Text) -> None:
    for key in table:
        if key not in known:
            remedy = nearest(key, known) or "remove the key or correct its name"
            raise where.wrong((*path, key), f'unknown key "{key[:60]}"', f"one of {', '.join(known)}", remedy)


def _words(value: Any, path: KeyPath, longest: int, where: _Text) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        expected = f"a text of one line and at most {longest} characters"
        raise where.wrong(path, "no short text", expected, "shorten it")
    return value.strip()


def _check_order(policy: SitePolicy, where: _Text) -> None:
    """Numbers that bound each other keep their order."""
    for low, high, told in _out_of_order(policy):
        changed = next(change.key for change in policy.changes if change.key in (low, high))
        raise where.wrong(("defaults", changed), told, f"{low} at most {high}", "change one of the two, or both")


def _out_of_order(policy: SitePolicy) -> Iterator[tuple[str, str, str]]:
    defaults = defaults_under(policy)
    for key, row in defaults.rows.items():
        if row.not_above and defaults.number(key) > defaults.number(row.not_above):
            told = f"{key} is {defaults.number(key):g} and {row.not_above} {defaults.number(row.not_above):g}"
            yield key, row.not_above, told

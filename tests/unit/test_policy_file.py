"""A site's policy as its author meets it: every slip is told with its line, what was expected and the nearest name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from buttress.exchange.policy_file import policy_of, read_policy
from buttress.exchange.policy_template import policy_template
from buttress.library.load_defaults import shelf_defaults
from buttress.records.document import ButtressError

HEAD = 'format = "buttress.policy/1"\nname = "a site"\n'


def error_of(text: str) -> ButtressError:
    with pytest.raises(ButtressError) as caught:
        policy_of(text, "0" * 64, name="policy.toml")
    return caught.value


def test_a_policy_keeps_its_name_its_hash_and_what_differs_from_ours(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    text = (
        HEAD
        + '[defaults.near_mm]\nvalue = 15\nunit = "mm"\nreason = "our board"\n[defaults.bleeding_inr]\nvalue = 1.8\n'
    )
    file.write_text(text, "utf-8")
    policy = read_policy(file)
    assert (policy.name, policy.sha256) == ("a site", hashlib.sha256(text.encode()).hexdigest())
    (change,) = policy.changes
    assert (change.key, change.value, change.ours, change.reason) == ("near_mm", 15.0, 10.0, "our board")
    assert change.told == "15 mm, ours was 10 mm"


@pytest.mark.parametrize(
    ("text", "line", "found", "expected", "remedy"),
    [
        ('[defaults.near_m]\nvalue = 15\nunit = "mm"', 3, 'unknown default "near_m"', "a choice of ours", "near_mm"),
        ('[defaults.near_mm]\nvalue = 80\nunit = "mm"', 4, "near_mm = 80 mm", "from 2 to 50 mm", "within the range"),
        ('[defaults.near_mm]\nvalue = 1.5\nunit = "cm"', 4, "near_mm = 1.5 mm", "from 2 to 50 mm", "within"),
        ('[defaults.near_mm]\nvalue = 15\nunit = "cm"', 5, 'the unit of near_mm is "cm"', 'unit = "mm"', "this unit"),
        ("[defaults.near_mm]\nvalue = 15", 3, "the unit of near_mm is left out", 'unit = "mm"', "this unit"),
        ('[defaults.near_mm]\nvalue = "15"\nunit = "mm"', 4, "near_mm = 15 mm", "a number from 2", "within the range"),
        ('[defaults.near_mm]\nvalue = nan\nunit = "mm"', 4, "near_mm = nan mm", "a number from 2", "within the range"),
        ('[defaults.near_mm]\nvalue = true\nunit = "mm"', 4, "near_mm", "a number from 2", "within the range"),
        ('[defaults.near_mm]\nvalue = [15]\nunit = "mm"', 4, "a table or list", "a number from 2", "within the range"),
        ('[defaults.near_mm]\nunit = "mm"', 3, "the value is left out", "from 2 to 50 mm", "value"),
        ('[defaults.near_mm]\nvalu = 15\nunit = "mm"', 4, 'unknown key "valu"', "value, unit, reason", "value"),
        ("[defaults.oligometastatic_max]\nvalue = 3.5", 4, "= 3.5", "a whole number from 2 to 5", "within the range"),
        ('[defaults.bleeding_inr]\nvalue = 2\nunit = "INR"', 5, "the unit of bleeding_inr", "no unit", "this unit"),
        ('[defaults.implant_elsewhere_effect]\nvalue = "BLOK"', 4, "BLOK", "CAUTION, AGAINST, BLOCK", "BLOCK"),
        ("[defaults.implant_elsewhere_effect]\nvalue = 3", 4, "= 3", "one of CAUTION", "choose one of these"),
        ('[defaults.curative_margin_mm]\nvalue = 5\nunit = "mm"', 3, "what a source says (ahmed2019", "ours", "never"),
        ("defaults = 3", 3, "defaults is no table", "[defaults.NAME]", "template"),
        ("[default.near_mm]\nvalue = 3", 3, 'unknown key "default"', "format, name, defaults", "defaults"),
        ("[defaults]\nnear_mm = 15", 4, "near_mm is no table", "[defaults.near_mm]", "template"),
    ],
)
def test_a_slip_is_told_with_its_line(text: str, line: int, found: str, expected: str, remedy: str) -> None:
    error = error_of(HEAD + text)
    assert error.where.startswith(f"policy.toml, line {line}, "), error.where
    assert found in error.found
    assert expected in error.expected
    assert remedy in error.remedy


def test_numbers_that_bound_each_other_keep_their_order() -> None:
    caution = '[defaults.radiotherapy_caution_weeks]\nvalue = 14\nunit = "weeks"\n'
    against = '[defaults.radiotherapy_against_weeks]\nvalue = 16\nunit = "weeks"\n'
    error = error_of(HEAD + caution + against)
    assert "radiotherapy_against_weeks is 16 and radiotherapy_caution_weeks 14" in error.found
    assert len(policy_of(HEAD + against, "0" * 64).changes) == 1  # 16 weeks is below our own 20


@pytest.mark.parametrize("text", ["", 'name = "a site"', 'format = "buttress.case/1"\nname = "a site"', "name = "])
def test_another_document_is_no_policy(text: str) -> None:
    assert "policy.toml" in error_of(text).where


@pytest.mark.parametrize("name", ["", "3", '"a\\nb"', f'"{"x" * 81}"'])
def test_a_policy_has_a_short_name(name: str) -> None:
    text = 'format = "buttress.policy/1"\n' + (f"name = {name}\n" if name else "")
    assert "name" in error_of(text).where


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    for name, found in (("none.toml", "no such file"), ("latin.toml", "not UTF-8"), (".", "cannot be read")):
        with pytest.raises(ButtressError, match=found):
            read_policy(tmp_path / name)


def test_the_template_is_a_policy_that_changes_nothing_with_or_without_its_comment_signs() -> None:
    template = policy_template()
    assert policy_of(template, "0" * 64).changes == ()
    lines = [line.removeprefix("# ") for line in template.splitlines()]
    assert policy_of("\n".join(lines), "0" * 64).changes == ()


def test_the_template_holds_every_choice_with_value_unit_range_reason_and_uses() -> None:
    template = policy_template()
    for row in shelf_defaults().rows.values():
        assert (f"# [defaults.{row.key}]" in template) == row.is_for_a_site
    near = template[: template.index("# [defaults.near_mm]")]
    for told in ("Allowed: a number from 2 to 50 mm", "10 mm is our", "deschamps2014", "CRYO-06", "steps distances"):
        assert told in near

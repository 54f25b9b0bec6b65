"""A site's policy as its user meets it: written, checked, used, kept in the review, and shown on the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]

POLICY = """format = "buttress.policy/1"
name = "Hospital, 2026"
[defaults.near_mm]
value = 15
unit = "mm"
reason = "our own protocol"
[defaults.implant_elsewhere_effect]
value = "BLOCK"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, "utf-8")
    return file


@pytest.fixture
def other(tmp_path: Path) -> Path:
    file = tmp_path / "other.toml"
    file.write_text(POLICY.replace("15", "20").replace("Hospital", "Clinic"), "utf-8")
    return file


def page(folder: Path) -> str:
    """The words of a report, without its tags."""
    text = re.sub(r"<[^>]*>", " ", (folder / "report.html").read_text("utf-8"))
    return " ".join(text.replace("&#34;", '"').split())


def review_in(folder: Path) -> Any:
    return json.loads((folder / "review.json").read_text("utf-8"))


def test_the_template_that_is_printed_can_be_checked(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("policy", "template")
    assert code == 0
    (tmp_path / "mine.toml").write_text(out, "utf-8")
    code, out, _ = run("policy", "check", str(tmp_path / "mine.toml"))
    assert (code, json.loads(out)["changes"]) == (0, [])


def test_a_check_says_what_changes_and_which_rules_use_it(run: Run, policy: Path) -> None:
    code, out, _ = run("policy", "check", str(policy))
    near, implant = json.loads(out)["changes"]
    assert code == 0
    assert (near["value"], near["ours"], near["reason"]) == (15.0, 10.0, "our own protocol")
    assert "L-TMP-01/limits" in near["rules"]
    assert "L-TMP-03" not in near["rules"]
    assert implant["rules"] == ["RFA-06/elsewhere"]


def test_a_wrong_policy_ends_with_2_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "policy.toml"
    wrong.write_text(POLICY.replace("near_mm", "near_m"), "utf-8")
    code, _, err = run("plan", "case-4", "-o", str(tmp_path / "out"), "--policy", str(wrong))
    assert code == 2
    assert 'did you mean "near_mm"?' in err
    assert "line 3" in err
    assert not (tmp_path / "out").exists()


def test_a_plan_under_a_policy_shows_and_keeps_it(run: Run, policy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    code, _, _ = run("plan", "case-4", "-o", str(folder), "--policy", str(policy), "--no-pdf")
    assert code == 1  # facts are missing in case 4
    kept, text = review_in(folder)["provenance"], page(folder)
    assert kept["policy"]["name"] == "Hospital, 2026"
    assert [change["key"] for change in kept["policy"]["changes"]] == ["near_mm", "implant_elsewhere_effect"]
    assert kept["parameters"]["near_mm"] == 15.0
    assert 'Judged under the site policy "Hospital, 2026": distance that counts as near 15 mm, ours was 10 mm' in text
    assert "site policy for the distance that counts as near: 15 mm, ours was 10 mm" in text
    assert "our own protocol" in text
    assert kept["policy"]["sha256"] in text


def test_a_review_is_judged_again_under_its_own_policy_without_the_file(run: Run, policy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    run("plan", "case-4", "-o", str(folder), "--policy", str(policy), "--no-pdf")
    policy.unlink()
    _, out, _ = run("assess", str(folder))
    assert json.loads(out)["assessments"] == review_in(folder)["assessments"]
    assert json.loads(out)["provenance"]["policy"] == review_in(folder)["provenance"]["policy"]


def test_a_report_with_another_policy_stands_as_it_was_made_and_says_so(
    run: Run, policy: Path, other: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run("plan", "case-4", "-o", str(first), "--policy", str(policy), "--no-pdf")
    _, _, err = run("report", str(first), "-o", str(second), "--policy", str(other), "--no-pdf")
    told = 'not applied: the site policy "Clinic, 2026"'
    assert told in err
    assert told in page(second)
    assert 'the review was made under the site policy "Hospital, 2026"' in page(second)
    assert review_in(second)["assessments"] == review_in(first)["assessments"]
    assert review_in(second)["provenance"]["policy"]["name"] == "Hospital, 2026"


def test_a_review_judged_again_under_another_policy_says_what_it_was_before(
    run: Run, policy: Path, other: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    run("plan", "case-4", "-o", str(folder), "--policy", str(policy), "--no-pdf")
    _, out, _ = run("assess", str(folder), "--policy", str(other))
    kept = json.loads(out)["provenance"]
    assert kept["policy"]["name"] == "Clinic, 2026"
    assert kept["parameters"]["near_mm"] == 20.0
    assert 'under the site policy "Hospital, 2026"' in kept["policy_note"]


def test_explain_tells_the_policy(run: Run, policy: Path) -> None:
    code, out, _ = run("explain", "case-4", "rfa_monopolar", "--policy", str(policy))
    assert code == 0
    assert 'Judged under the site policy "Hospital, 2026"' in out
    assert "site policy for the distance that counts as near: 15 mm, ours was 10 mm" in out


def test_without_a_policy_nothing_speaks_of_one(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    run("plan", "case-4", "-o", str(folder), "--no-pdf")
    assert "site policy" not in page(folder).lower()
    assert review_in(folder)["provenance"]["policy"] is None

"""Sensitivity and its kin: reckoned rightly from counts, and beside every score with number and population."""

from __future__ import annotations

import pytest

from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.library.load_rules import load_performance, load_score
from buttress.measure.given import unmeasured
from buttress.records.case import Case
from buttress.records.performance import Counts, Performance

KEYS = (
    "mirels",
    "van_der_linden",
    "harrington_femur",
    "harrington_acetabulum",
    "tatar",
    "deschamps",
    "katagiri",
    "bauer_modified",
    "bauer_original",
)
ROWS = [(key, row) for key in KEYS for row in load_performance(key).rows]
SHARES = ("sensitivity", "specificity", "ppv", "npv")


def counts(tp: int, fp: int, fn: int, tn: int) -> Counts:
    return Counts(true_positive=tp, false_positive=fp, false_negative=fn, true_negative=tn)


def per_cent(share: float | None) -> float:
    assert share is not None
    return 100 * share


def test_the_reconstructed_table_of_van_der_wal_gives_all_four_published_shares() -> None:
    cells = counts(12, 48, 2, 48)
    found = [round(per_cent(getattr(cells, name))) for name in SHARES]
    assert found == [86, 50, 20, 96]  # vanderwal2020, abstract
    assert cells.n == 110


def test_the_counts_of_the_humerus_series_give_the_published_shares() -> None:
    cells = counts(51, 26, 10, 101)
    assert per_cent(cells.sensitivity) == pytest.approx(83.6, abs=0.05)  # humerus2023, abstract
    assert per_cent(cells.specificity) == pytest.approx(79.5, abs=0.05)
    assert cells.n == 188


def test_the_counts_of_the_upper_limb_series_give_the_shares_of_our_notes() -> None:
    nine, seven = counts(5, 3, 30, 8), counts(22, 5, 13, 6)
    assert [round(per_cent(c.sensitivity)) for c in (nine, seven)] == [14, 63]  # 5 of 35, 22 of 35 (hoban2022)
    assert [round(per_cent(c.specificity)) for c in (nine, seven)] == [73, 55]  # 8 of 11, 6 of 11


def test_a_share_of_nobody_is_none() -> None:
    assert counts(0, 0, 0, 5).sensitivity is None
    assert counts(0, 0, 0, 5).ppv is None


@pytest.mark.parametrize(("key", "row"), ROWS)
def test_every_row_names_source_place_and_population_and_fits_its_counts(key: str, row: Performance) -> None:
    assert row.evidence.source
    assert row.evidence.place
    assert row.population
    assert row.figures or any(getattr(row, name) is not None for name in SHARES)
    if row.counts is not None:
        assert row.counts.n == row.n
        assert row.ours
        for name in SHARES:
            if (stated := getattr(row, name)) is not None:
                assert per_cent(getattr(row.counts, name)) == pytest.approx(100 * stated, abs=0.55), (key, name)


@pytest.mark.parametrize("key", KEYS)
def test_every_score_has_its_performance_or_says_that_none_was_found(key: str) -> None:
    published = load_performance(key)
    assert published.rows or "No " in published.note or "no " in published.note


def test_the_judgement_puts_performance_beside_every_score() -> None:
    case = Case.model_validate({"id": "c", "lesions": [{"id": "a", "bone": "femur", "subsite": "neck"}]})
    lesion = case.lesions[0]
    scores = judge(case, lesion, unmeasured(lesion, "no images"), load_bones()["femur"]).scores
    assert all(score.performance or score.performance_note for score in scores)
    mirels = next(score for score in scores if score.key == "mirels")
    assert len(mirels.performance) == len(load_score("mirels")["performance"])

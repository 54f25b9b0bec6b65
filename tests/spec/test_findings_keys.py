"""The keys of a measured lesion that other programs read: they stay, and each says the same five things."""

from __future__ import annotations

import json

import pytest

from buttress.exchange.documents import review_schema, review_to_json
from buttress.records.findings import LesionFindings, Measure, Observation
from sample_review import sample_review

MEASURES = (
    "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction",
    "cortical_destruction_fraction",
    "width_fraction",
    "longest_diameter_mm",
    "volume_ml",
)
OBSERVATIONS = ("cortical_breach", "matrix", "harrington_group")
FIVE = ("value", "low", "high", "where", "method")


@pytest.mark.parametrize("key", [*MEASURES, *OBSERVATIONS])
def test_every_key_of_the_score_measures_is_there_with_its_five_parts(key: str) -> None:
    for lesion in json.loads(review_to_json(sample_review("measured")))["findings"]["lesions"]:
        assert set(FIVE) <= set(lesion[key])
        low, high = lesion[key]["low"], lesion[key]["high"]
        assert (low is None and high is None) or low <= lesion[key]["value"] <= high


def test_the_published_schema_names_the_keys_and_their_parts() -> None:
    schema = review_schema()
    lesion = schema["$defs"]["LesionFindings"]
    assert set(MEASURES + OBSERVATIONS) <= set(lesion["required"])
    for keys, kind in ((MEASURES, "Measure"), (OBSERVATIONS, "Observation")):
        assert all(lesion["properties"][key] == {"$ref": f"#/$defs/{kind}"} for key in keys)
        assert set(FIVE) <= set(schema["$defs"][kind]["properties"])


def test_a_class_has_no_interval_and_a_missing_measure_has_neither_value_nor_interval() -> None:
    seen = Observation(value="lytic").model_dump()
    assert seen["low"] is None
    assert seen["high"] is None
    with pytest.raises(ValueError, match="None"):
        Observation(value="lytic", low=0.2)  # type: ignore[arg-type]
    missing = Measure.missing("the bone has no shaft").model_dump()
    assert [missing[key] for key in ("value", "low", "high", "status")] == [None, None, None, "not_computed"]


def test_the_order_of_the_keys_is_the_order_of_the_record() -> None:
    (lesion,) = json.loads(review_to_json(sample_review("measured")))["findings"]["lesions"]
    assert list(lesion) == list(LesionFindings.model_fields)

"""What must always hold: the same patient shown otherwise has the same measures, within what they state, and side."""

from __future__ import annotations

from functools import lru_cache

import pytest

from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.phantom import Notch, PhantomSpec, build_phantom
from buttress.records.case import Case, Lesion
from buttress.records.findings import LesionFindings, Measure, SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from same_patient import WAYS

LEG = PhantomSpec(side="right", fibula=True, outer_mm=11.0, cortex_mm=3.0, tilt_deg=18.0, half_mm=(46.0, 34.0, 44.0))
OTHER = {"left": "right", "right": "left"}
MEASURES = (
    "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction",
    "cortical_destruction_fraction",
    "width_fraction",
    "longest_diameter_mm",
    "volume_ml",
)


@lru_cache(maxsize=8)
def seen(way: str) -> LesionFindings:
    built = build_phantom(LEG, Notch(24.0, 150.0, at_deg=100.0))
    assert built.lesion is not None
    ct, lesion = built.ct, built.lesion
    if way:
        ct, lesion = WAYS[way](ct, lesion)
    return measured(ct, lesion)


def measured(ct: Volume, mask: Mask) -> LesionFindings:
    lesion = Lesion(id="a", bone="tibia")
    found = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct, {"a": mask}), load_bones()["tibia"])
    assert isinstance(found, SeenLesion)
    return found.findings


def is_within(one: Measure, other: Measure) -> bool:
    """Whether two measures agree: the value of one lies in the interval of the other."""
    assert None not in (one.value, one.low, one.high, other.value, other.low, other.high)
    return other.low <= one.value <= other.high or one.low <= other.value <= one.high  # type: ignore[operator]


@pytest.mark.parametrize("way", WAYS)
def test_measures_stay_within_what_they_state(way):
    before, after = seen(""), seen(way)
    apart = [name for name in MEASURES if not is_within(getattr(before, name), getattr(after, name))]
    assert apart == []


@pytest.mark.parametrize("way", WAYS)
def test_the_side_stays_and_only_a_mirror_exchanges_it(way):
    assert seen("").side.value == "right"
    assert seen(way).side.value == (OTHER["right"] if way == "mirrored" else "right")


def test_storing_the_voxels_in_another_order_changes_nothing():
    before, after = seen(""), seen("reordered")
    for name in MEASURES:
        assert getattr(after, name).value == pytest.approx(getattr(before, name).value, rel=0.02)

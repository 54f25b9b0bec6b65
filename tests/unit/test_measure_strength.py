"""The what-if table of a phantom shaft: what it holds, what it refuses, and that lying askew changes nothing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from buttress.app.strength_cli import parse_placed, strength_lines
from buttress.numerics.grid import Grid, Points
from buttress.records.document import ButtressError
from buttress.records.findings import SeenLesion
from buttress.records.image import Mask, Volume
from buttress.records.strength import PIECE_CASES, Strength
from buttress.reinforce.block import cut_block
from buttress.reinforce.bone_material import bone_materials
from buttress.reinforce.inserts import Insert, inserts_for
from buttress.reinforce.strength import measure_strength
from buttress.reinforce.unrolled import unroll_bone
from buttress.reinforce.what_if import WhatIf
from buttress.report.strain_picture import side_letters
from lesion_phantom import mask_of, seen_lesion, shaft_ct, straight_axis, tube

OUTER, INNER = 12.0, 6.0
STRAIGHT, TILTED = (0.0, 0.0, 1.0), (0.5, 0.0, float(np.sqrt(0.75)))


@cache
def notched(axis: tuple[float, float, float], gap_deg: float, half_mm: float = 8.0) -> tuple[SeenLesion, Volume]:
    """A shaft with a sector of its cortex gone over twice ``half_mm``, and its lesion."""
    along = np.array(axis)
    half = np.ceil((34.0 * np.abs(along) + 15.0 * np.sqrt(1.0 - along**2)) / 1.25).astype(int)
    i, j, k = (2 * half + 1).tolist()
    grid = Grid.aligned((i, j, k), 1.25, -half * 1.25)
    across = np.cross(along, [0.0, 1.0, 0.0])
    across = across / np.linalg.norm(across)
    other = np.cross(along, across)

    def gap(points: Points) -> np.ndarray:
        angle = np.arctan2(points @ other, points @ across)
        return np.asarray((np.abs(angle) <= np.deg2rad(gap_deg) / 2) & (np.abs(points @ along) <= half_mm))

    whole = tube(along, OUTER, INNER)
    lesion, bone = mask_of(grid, lambda p: whole(p) & gap(p)), mask_of(grid, tube(along, OUTER))
    seen = seen_lesion(bone, lesion, straight_axis(along, 30.0), (-half_mm - 2.0, half_mm + 2.0))
    return seen, shaft_ct(grid, whole, lesion=gap)


@cache
def found(axis: tuple[float, float, float], gap_deg: float, half_mm: float = 8.0) -> Strength:
    return measure_strength(*notched(axis, gap_deg, half_mm))


def ratio(strength: Strength, key: str, case: str) -> float:
    row = strength.row(key)
    assert row is not None
    cell = next(one for one in row.cells if one.load_case == case)
    assert cell.strength_ratio.value is not None
    return cell.strength_ratio.value


def test_the_healed_bone_is_one_and_a_lesion_costs_strength_that_cement_gives_back_in_part():
    table = found(STRAIGHT, 120.0)
    assert table.status.startswith("computed")
    for case in PIECE_CASES:
        assert ratio(table, "healed", case) == pytest.approx(1.0)
        assert ratio(table, "lesion", case) < 0.8
        assert ratio(table, "lesion", case) < ratio(table, "cement", case) < 1.05
    cell = table.row("cement").cell("torsion")
    assert cell.slip_ratio.value <= cell.strength_ratio.value
    assert cell.strength_ratio.low < cell.strength_ratio.value < cell.strength_ratio.high


def test_the_cut_shows_the_hole_on_the_side_where_it_is():
    """The cortex is gone on the patient's right, towards -x; proximal is up."""
    cuts = {cut.row: cut for cut in found(STRAIGHT, 120.0).cuts}
    shown = {key: np.array([[v is not None for v in row] for row in cut.values]) for key, cut in cuts.items()}
    gone = np.argwhere(shown["healed"] & ~shown["lesion"])
    aside = gone[:, 1].mean() - np.flatnonzero(shown["healed"].any(axis=0)).mean()
    cut = cuts["lesion"]
    assert aside * cut.right[0] < -3.0
    letters = side_letters(cut)
    assert letters == (("R", "L") if aside < 0 else ("L", "R"))
    assert cut.down[2] == pytest.approx(1.0)


def what_if(axis: tuple[float, float, float], gap_deg: float, size_mm: float = 1.25) -> dict[str, dict[str, float]]:
    """Ratios of the bone as it is and with cement bonded, under the middle law alone."""
    seen, ct = notched(axis, gap_deg)
    assert seen.findings.bone_axis is not None
    assert seen.affected_mm is not None
    bone = unroll_bone(seen, seen.findings.bone_axis, seen.affected_mm, ct)
    material = bone_materials(None)[0]
    block = cut_block(bone, ct, Mask(seen.lesion.grid, seen.intraosseous), spacing_mm=size_mm)
    table, cement = WhatIf(block, material), next(iter(inserts_for(block, material)))
    assert isinstance(cement, Insert)
    states = {"lesion": table.lesion, "cement": table.with_insert(cement)}
    return {
        key: {case: float(one.ratios(table.healed, case).min()) for case in PIECE_CASES} for key, one in states.items()
    }


def test_a_bone_that_lies_askew_is_as_strong():
    straight, tilted = what_if(STRAIGHT, 120.0), what_if(TILTED, 120.0)
    assert tilted["lesion"] == pytest.approx(straight["lesion"], abs=0.06)
    assert tilted["cement"] == pytest.approx(straight["cement"], abs=0.08)


def test_strength_falls_with_the_size_of_the_lesion():
    sizes = [what_if(STRAIGHT, angle)["lesion"] for angle in (40.0, 120.0, 240.0)]
    for case in PIECE_CASES:
        values = [one[case] for one in sizes]
        assert values == sorted(values, reverse=True)
        assert values[-1] < 0.5 * values[0]


def test_the_same_question_has_the_same_answer():
    assert what_if(STRAIGHT, 40.0) == what_if(STRAIGHT, 40.0)


def test_half_as_wide_voxels_give_the_same_ratios():
    assert what_if(STRAIGHT, 120.0)["lesion"] == pytest.approx(what_if(STRAIGHT, 120.0, 0.625)["lesion"], abs=0.03)


def test_lines_on_a_terminal_hold_every_row_and_what_it_is_worth():
    text = "\n".join(strength_lines([found(STRAIGHT, 120.0)]))
    for words in ("As it is", "Cement in the cavity", "Needle bundle", "not computed", "not validated"):
        assert words in text


def test_words_tell_what_cement_changes_and_what_it_does_not():
    said = " ".join(found(STRAIGHT, 120.0).sentences)
    assert "of what it would bear healed" in said
    assert "(slipping)" in said
    assert "(bonded)" in said


@pytest.mark.parametrize(
    "text",
    ["nail:1,2,3:4,5,6", "cannulated_7_0_full", "cannulated_7_0_full:1,2:3,4,5", "cannulated_7_0_full:1,2,nan:4,5,6"],
)
def test_implants_that_cannot_be_read_are_refused_with_what_was_expected(text):
    with pytest.raises(ButtressError) as caught:
        parse_placed(text)
    assert "x,y,z" in caught.value.expected or "cannulated_7_0_full" in caught.value.expected

"""Corridors beyond their geometry: rows of the what-if table, the nearest structures, words for terminal and paper."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.ablate.region import SparedStructure
from buttress.app.strength_cli import strength_lines
from buttress.numerics.grid import Grid
from buttress.records.corridor import Corridor, NearScrew, ScrewPair, ScrewPath
from buttress.records.findings import Clearance, Measure
from buttress.records.implant import PlacedImplant
from buttress.records.strength import Strength
from buttress.reinforce import loaded_block
from buttress.reinforce.block import BoneBlock, with_grips
from buttress.reinforce.bone_material import bone_materials
from buttress.reinforce.inserts import Insert, inserts_for
from buttress.reinforce.loaded_block import LoadedBlock
from buttress.reinforce.piece_loads import piece_frame
from buttress.report.blocks import Table, Text
from buttress.report.corridor_sections import corridor_blocks
from buttress.workflow.corridor_places import with_places
from lesion_phantom import ball, mask_of, seen_lesion, straight_axis, tube

GRID = Grid.aligned((33, 33, 64), 1.0, (-16.0, -16.0, -32.0))


def path(x_mm: float, low_mm: float, high_mm: float) -> ScrewPath:
    return ScrewPath(
        entry_mm=(x_mm, 0.0, low_mm),
        tip_mm=(x_mm, 0.0, high_mm),
        length_mm=high_mm - low_mm,
        entry_anchorage_mm=12.0,
        tip_anchorage_mm=15.0,
        clearance_mm=2.0,
    )


def corridor(low_mm: float, high_mm: float, *, has_pair: bool = True) -> Corridor:
    screws = (path(-5.0, low_mm, high_mm), path(5.0, low_mm, high_mm))
    pair = ScrewPair(implant="cannulated_4_5_full", diameter_mm=4.5, screws=screws, spacing_mm=10.0)
    return Corridor(
        implant="cannulated_7_0_full",
        diameter_mm=7.0,
        screw=path(0.0, low_mm, high_mm),
        pair=pair if has_pair else None,
        pair_note="" if has_pair else "no room for two",
    )


def drawn_block() -> BoneBlock:
    solid = mask_of(GRID, tube((0, 0, 1), 14.0)).inside
    hu = np.where(solid, 1000.0, -1000.0).astype(np.float32)
    cavity = (solid & mask_of(GRID, ball((0, 0, 0), 7.0)).inside).astype(np.float32)
    return with_grips(GRID, hu, hu, solid, cavity, solid)


def rows(one: Corridor | None, placed: tuple[PlacedImplant, ...] = ()) -> dict[str, Insert | str]:
    found = inserts_for(drawn_block(), bone_materials(None)[0], placed, one, "nothing fits")
    return {row.key: row if isinstance(row, Insert) else row.reason for row in found}


def volume_ml(insert: Insert | str) -> float:
    assert isinstance(insert, Insert)
    return float(insert.metal.sum()) / 1000.0


def test_a_corridor_makes_four_rows_one_screw_and_two_each_alone_and_with_cement() -> None:
    found = rows(corridor(-20.0, 20.0))
    # A thread counts as the mean of its outer diameter and its root; the hole is empty.
    one = np.pi / 4 * (((7.0 + 4.5) / 2) ** 2 - 2.1**2) * 40.0 / 1000.0
    two = 2 * np.pi / 4 * (((4.5 + 3.1) / 2) ** 2 - 1.7**2) * 40.0 / 1000.0
    assert volume_ml(found["screw"]) == pytest.approx(one, rel=0.03)
    assert volume_ml(found["screws"]) == pytest.approx(two, rel=0.03)
    for key in ("screw-cement", "screws-cement"):
        filled = found[key]
        assert isinstance(filled, Insert)
        assert filled.cement.sum() > 0.0
        assert (filled.cement + filled.metal).max() <= 1.0 + 1e-9
        assert "cut off" not in filled.note


def test_what_lies_beyond_the_loaded_piece_is_cut_off_and_the_row_says_how_much() -> None:
    found = rows(corridor(-40.0, 40.0))["screw"]
    assert isinstance(found, Insert)
    # Of 80 mm the 60 between the grips are in the piece.
    assert "25% of the length lies beyond" in found.note
    assert found.metal[:, :, :2].sum() == 0.0


def test_a_solve_that_begins_anew_many_times_ends_where_one_without_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    block = drawn_block()
    bone = np.where(block.solid, 1000.0, 0.0)
    frame = piece_frame(block, bone)
    whole = LoadedBlock(block, frame, bone).solve("compression")
    monkeypatch.setattr(loaded_block, "RESTART_STEPS", 4)
    again = LoadedBlock(block, frame, bone).solve("compression")
    assert again.solved
    assert again.iterations > 4
    assert again.compliance == pytest.approx(whole.compliance, rel=1e-3)


def test_without_room_for_two_or_for_one_the_row_says_so_and_what_was_placed_goes_first() -> None:
    assert rows(corridor(-20.0, 20.0, has_pair=False))["screws"] == "no room for two"
    assert rows(None)["placed"] == "nothing fits"
    placed = PlacedImplant(implant="cannulated_7_0_full", paths_mm=(((0.0, 0.0, -20.0), (0.0, 0.0, 20.0)),))
    found = rows(corridor(-20.0, 20.0), (placed,))
    assert {"placed", "placed-cement"} <= found.keys()
    assert "screw" not in found


@pytest.mark.parametrize(("side", "word"), [("left", "medial"), ("right", "lateral")])
def test_direction_and_nearest_structures_are_those_of_the_patient(side: str, word: str) -> None:
    bone, lesion = mask_of(GRID, tube((0, 0, 1), 14.0)), mask_of(GRID, ball((0, 0, 0), 7.0))
    joint = Clearance(
        name="knee joint", kind="joint", distance_mm=Measure.missing("phantom"), nearest_mm=(0.0, 0.0, 40.0)
    )
    seen = seen_lesion(bone, lesion, straight_axis((0, 0, 1), 30.0), nearby=(joint,))
    nerve = mask_of(GRID, lambda points: (np.abs(points[..., 0] + 15.0) < 0.5) & (np.abs(points[..., 1]) < 0.5))
    spared = {"nerve": SparedStructure("nerve", nerve), "skin": SparedStructure("skin", bone)}
    # From the patient's left to the right, 45 degrees downwards.
    slanting = path(0.0, -20.0, 20.0).model_copy(update={"entry_mm": (20.0, 0.0, 20.0), "tip_mm": (-20.0, 0.0, -20.0)})
    table = Strength(
        lesion_id="L1",
        status="not computed",
        corridors=(
            corridor(-20.0, 20.0),
            corridor(-20.0, 20.0, has_pair=False).model_copy(update={"screw": slanting}),
        ),
    )
    along, across = with_places(table, seen, spared, side).corridors
    assert (along.direction, along.angle_to_axis_deg) == ("superior", pytest.approx(0.0, abs=1e-4))
    assert across.angle_to_axis_deg == pytest.approx(45.0)
    assert set(across.direction.split("-")) == {word, "inferior"}
    near = {one.kind: one for one in along.near}
    assert near.keys() == {"joint", "nerve"}
    assert near["joint"].distance_mm == pytest.approx(40.0 - 20.0 - 3.5)
    assert near["joint"].is_at_most
    # To a voxel's farthest corner less than to its middle: never told farther than it is.
    assert near["nerve"].distance_mm == pytest.approx(15.0 - 3.5 - 3.0**0.5 / 2)
    assert along.pair is not None
    assert along.pair.near[1].distance_mm == pytest.approx(10.0 - 2.25 - 3.0**0.5 / 2)


def test_terminal_and_paper_tell_entry_tip_size_hold_clearance_surroundings_and_the_second_screw() -> None:
    near = NearScrew(name="radial nerve", kind="nerve", distance_mm=0.0, basis="estimated", uncertain_mm=8.0)
    one = corridor(-20.0, 20.0).model_copy(update={"direction": "superior", "angle_to_axis_deg": 12.0, "near": (near,)})
    table = Strength(
        lesion_id="L1", status="not computed", limits=("why not",), corridors=(one,), corridor_note="Straight ways."
    )
    said = "\n".join(strength_lines([table]))
    for wanted in (
        "why not", "Straight ways.", "7 × 40 mm from 0,0,-20 to 0,0,20", "holds 12 mm before and 15 mm behind",
        "towards superior, 12° from", "radial nerve TOUCHED (estimated, it may lie 8 mm to any side)", "10.0 mm apart",
        "4.5 × 40 mm from -5,0,-20",
    ):  # fmt: skip
        assert wanted in said
    printed, told = corridor_blocks(table)
    assert isinstance(printed, Table)
    assert [row[0].text for row in printed.rows] == [
        "1: one, 7 × 40 mm", "1a: of two parallel, 4.5 × 40 mm", "1b: of two parallel, 4.5 × 40 mm",
    ]  # fmt: skip
    assert isinstance(told, Text)
    assert "never compared with screws" in told.cell.text
    assert list(corridor_blocks(Strength(lesion_id="L1", status="not computed"))) == []

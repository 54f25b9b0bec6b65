"""Cement from a trocar in drawn tubes: volume, reach, the way out, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from buttress.reinforce.block import BoneBlock
from buttress.reinforce.injection import SPONGY_SPEED, inject
from tube_block import LINEAR, tube_block

OUTER, INNER = 12.0, 8.0


def tube(*, open_side: bool = False, long_mm: float = 24.0) -> BoneBlock:
    """A tube whose middle is eaten: its canal, and on one side its wall as well."""

    def gone(x: np.ndarray, y: np.ndarray, z: np.ndarray, r: np.ndarray) -> np.ndarray:
        canal = (r < INNER) & (np.abs(z) < long_mm / 2)
        return canal | (open_side & (x > 0) & (np.abs(y) < 4.0) & (np.abs(z) < 5.0))

    return tube_block(OUTER, INNER, gone=gone)


def middle(block: BoneBlock, *, along_mm: float = 0.0, x_mm: float = 0.0) -> tuple[float, float, float]:
    """A place on the tube's axis (or ``x_mm`` beside it), LPS mm."""
    at = (np.array(block.grid.shape) - 1) / 2 + np.array([x_mm, 0.0, along_mm]) / block.grid.spacing_mm
    x, y, z = block.grid.to_mm(at).tolist()
    return x, y, z


@pytest.mark.parametrize("volume_ml", [0.5, 1.5, 3.0])
def test_what_is_put_in_is_what_is_there_within_a_voxel(volume_ml):
    block = tube()
    found = inject(block, LINEAR, [middle(block)], volume_ml)
    assert float(found.share.sum()) * block.grid.voxel_volume_ml == pytest.approx(volume_ml, abs=0.002)
    assert found.share.max() <= 1.0
    assert (found.share[~block.solid] == 0.0).all()
    assert found.record.way_out_after_ml is None


def test_in_an_open_cavity_it_is_a_ball_about_the_tip():
    block = tube(long_mm=24.0)
    found = inject(block, LINEAR, [middle(block)], 0.8)
    radius = (0.8e3 * 3.0 / (4.0 * np.pi)) ** (1.0 / 3.0)
    at = (np.argwhere(found.share > 0) - (np.array(block.grid.shape) - 1) / 2) * block.grid.spacing_mm
    assert np.linalg.norm(at, axis=1).max() == pytest.approx(radius, rel=0.18)  # ways go over 26 neighbours
    assert not found.record.reaches_both_cortices


def test_a_full_cavity_is_told_and_what_is_more_goes_into_the_marrow_on_either_side():
    block = tube()
    cavity_ml = float(block.cavity.sum()) * block.grid.voxel_volume_ml
    full = inject(block, LINEAR, [middle(block)], 1.5 * cavity_ml)
    assert full.record.cavity_fraction == 1.0
    assert full.record.reaches_both_cortices
    assert full.record.outside_cavity_ml == pytest.approx(0.5 * cavity_ml, rel=0.1)
    half = inject(block, LINEAR, [middle(block)], 0.5 * cavity_ml)
    assert 0.4 < half.record.cavity_fraction < 0.55


def test_two_trocars_fill_two_ends_and_one_at_an_end_fills_that_end():
    block = tube(long_mm=40.0)
    one = inject(block, LINEAR, [middle(block, along_mm=15.0)], 1.0)
    two = inject(block, LINEAR, [middle(block, along_mm=15.0), middle(block, along_mm=-15.0)], 2.0)
    k = (np.arange(block.grid.shape[2]) - (block.grid.shape[2] - 1) / 2) * block.grid.spacing_mm[2]
    near, far = k > 5.0, k < -5.0
    assert one.share[:, :, far].sum() == 0.0
    assert two.share[:, :, far].sum() == pytest.approx(two.share[:, :, near].sum(), rel=0.05)
    assert two.share[:, :, near].sum() == pytest.approx(one.share[:, :, near].sum(), rel=0.1)


def test_cement_meets_the_open_wall_and_sooner_from_a_tip_beside_it():
    block = tube(open_side=True)
    middle_out = inject(block, LINEAR, [middle(block)], 4.5).record.way_out_after_ml
    beside_out = inject(block, LINEAR, [middle(block, x_mm=7.0)], 4.5).record.way_out_after_ml
    assert 0.0 < beside_out < middle_out < 4.5
    assert inject(block, LINEAR, [middle(block)], 0.3).record.way_out_after_ml is None


def test_sound_marrow_takes_cement_more_slowly_than_the_cavity():
    block = tube(long_mm=20.0)
    found = inject(block, LINEAR, [middle(block, along_mm=9.0)], 2.5)
    k = (np.argwhere(found.share > 0)[:, 2] - (block.grid.shape[2] - 1) / 2) * block.grid.spacing_mm[2]
    assert k.max() - 10.0 < SPONGY_SPEED * (9.0 - k.min()) + 2.0


def test_a_tip_outside_and_too_much_cement_are_refused():
    block = tube()
    with pytest.raises(ValueError, match="mm from anything in the piece that takes cement"):
        inject(block, LINEAR, [middle(block, x_mm=40.0)], 1.0)
    with pytest.raises(ValueError, match="do not fit"):
        inject(block, LINEAR, [middle(block)], 500.0)
    full = replace(block, solid=np.zeros_like(block.solid))
    with pytest.raises(ValueError, match="nothing in the piece"):
        inject(full, LINEAR, [middle(block)], 1.0)

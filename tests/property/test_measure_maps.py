"""What must always hold of the unrolled cortex, of healing and of sizes."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from buttress.measure.involvement import longest_region_mm, longest_run_mm, widest_ring_fraction
from buttress.measure.size import measure_size
from buttress.numerics.grid import Grid
from buttress.numerics.sections import heal
from buttress.records.image import Mask

MAPS = arrays(np.float64, (12, 24), elements=st.floats(0.0, 1.0, width=32))
ARC = np.arange(-6.0, 6.0)


@settings(deadline=None)
@given(MAPS, st.floats(0.1, 0.9), st.floats(0.0, 0.09))
def test_a_stricter_threshold_never_finds_more(loss, threshold, more):
    for measure in (longest_region_mm, widest_ring_fraction):
        assert (
            measure(loss, ARC, threshold + more)[0] <= measure(loss, ARC, threshold)[0] + 1.0
            if (measure is longest_region_mm)
            else widest_ring_fraction(loss, threshold + more)[0] <= widest_ring_fraction(loss, threshold)[0] + 1e-9
        )


@settings(deadline=None)
@given(MAPS, st.integers(0, 23))
def test_turning_the_map_about_the_axis_changes_nothing(loss, turn):
    turned = np.roll(loss, turn, axis=1)
    assert np.isclose(longest_region_mm(loss, ARC, 0.5)[0], longest_region_mm(turned, ARC, 0.5)[0])
    assert np.isclose(widest_ring_fraction(loss, 0.5)[0], widest_ring_fraction(turned, 0.5)[0])


@settings(deadline=None)
@given(MAPS)
def test_a_region_is_at_least_as_long_as_its_longest_run_at_one_angle(loss):
    assert longest_region_mm(loss, ARC, 0.5)[0] >= longest_run_mm(loss, ARC, 0.5) - 1e-9


@settings(deadline=None)
@given(MAPS)
def test_healing_leaves_sound_levels_alone_and_stays_within_their_range(stack):
    healed = heal(stack, ARC, (-1.0, 1.0))
    affected = (ARC >= -1.0) & (ARC <= 1.0)
    assert np.array_equal(healed[~affected], stack[~affected])
    assert healed.max() <= stack[~affected].max() + 1e-9
    assert healed.min() >= stack[~affected].min() - 1e-9


@settings(deadline=None)
@given(st.tuples(*[st.integers(1, 8)] * 3), st.tuples(*[st.floats(0.4, 3.0)] * 3), st.tuples(*[st.integers(0, 4)] * 3))
@example((1, 1, 1), (1.0, 2.0, 2.0), (0, 0, 0))
def test_size_of_a_block_of_voxels_is_bounded_by_its_edges_wherever_it_lies(shape, spacing, at):
    inside = np.zeros((13, 13, 13), dtype=bool)
    inside[tuple(slice(a, a + n) for a, n in zip(at, shape, strict=True))] = True
    longest, across, volume = measure_size(Mask(Grid.aligned((13, 13, 13), spacing), inside))
    edges = np.array(shape) * np.array(spacing)
    assert np.isclose(longest.high, np.linalg.norm(edges))
    assert np.isclose(volume.value, edges.prod() / 1000.0)
    assert across.value <= longest.value + 1e-9
    assert longest.low <= longest.value <= longest.high

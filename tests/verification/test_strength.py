"""The loaded block against closed forms, and what cement does to it against what the paper says of cement."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from buttress.records.implant import PlacedImplant
from buttress.reinforce.block import BoneBlock
from buttress.reinforce.inserts import Insert, LeftOut, inserts_for
from buttress.reinforce.load_frame import FORCE_N, MOMENT_N_MM
from buttress.reinforce.pushed import pushed
from buttress.reinforce.what_if import WhatIf
from tube_block import LINEAR, screws, tube_block

OUTER, INNER, MPA = 12.0, 6.0, 20_000.0
AREA = np.pi * (OUTER**2 - INNER**2)
SECOND = np.pi / 4 * (OUTER**4 - INNER**4)
STATES = {
    "whole": None,
    "through": lambda x, y, z, r: np.abs(z) < 2.0,
    "half": lambda x, y, z, r: (y > 0.0) & (np.abs(z) < 10.0),
    "slit": lambda x, y, z, r: (np.abs(x) < 2.5) & (y > 0.0) & (np.abs(z) < 20.0),
    "short slit": lambda x, y, z, r: (np.abs(x) < 2.5) & (y > 0.0) & (np.abs(z) < 5.0),
}


@lru_cache(maxsize=8)
def what_if(state: str, spacing_mm: float = 1.0) -> tuple[BoneBlock, WhatIf]:
    block = tube_block(OUTER, INNER, spacing_mm=spacing_mm, gone=STATES[state])
    return block, WhatIf(block, LINEAR)


@lru_cache(maxsize=8)
def with_cement(state: str) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Strength ratios by case: as it is, with cement held by friction, with cement bonded."""
    block, table = what_if(state)
    cement = next(one for one in inserts_for(block, LINEAR) if isinstance(one, Insert) and one.key == "cement")
    bonded = table.with_insert(cement)
    cases = ("compression", "bending", "torsion")
    bare, glued = ({c: float(one.ratios(table.healed, c).min()) for c in cases} for one in (table.lesion, bonded))
    return bare, table.slipping(cement, bonded), glued


@pytest.mark.parametrize(("spacing_mm", "within"), [(1.0, 0.025), (0.75, 0.02)])
def test_a_tube_gives_as_a_tube(spacing_mm, within):
    block, table = what_if("whole", spacing_mm)
    length, found = block.length_mm, table.healed.compliance
    assert found["compression"][0] / 1e6 == pytest.approx(length / (MPA * AREA), rel=within)
    assert found["bending"] / 1e8 == pytest.approx(np.full(12, length / (MPA * SECOND)), rel=within)
    assert found["torsion"][0] / 1e8 == pytest.approx(length / (MPA / 2.6 * 2 * SECOND), rel=within)


def test_a_tube_fails_where_its_yield_strain_says():
    """Two in a hundred voxels are beyond it: at the skin in bending and torsion, so a little before the skin's mean."""
    _, table = what_if("whole")
    limits, loads = table.limits, table.healed.loads
    axial = limits.compressive_yield_strain.value * MPA * AREA
    assert loads["compression", "principal"][0] * 1000.0 == pytest.approx(axial, rel=0.1)
    bent = limits.tensile_yield_strain.value * MPA * SECOND / OUTER
    assert loads["bending", "principal"] * 10_000.0 == pytest.approx(np.full(12, bent), rel=0.12)
    turned = 2 * limits.tensile_yield_strain.value * MPA / 2.6 * 2 * SECOND / OUTER
    assert loads["torsion", "principal"][0] * 10_000.0 == pytest.approx(turned, rel=0.12)


def test_nothing_gone_is_nothing_lost():
    _, table = what_if("whole")
    for case in ("compression", "bending", "torsion"):
        assert table.lesion.ratios(table.healed, case) == pytest.approx(1.0)


def test_a_bone_that_is_cut_through_bears_nothing():
    bare, _, _ = with_cement("through")
    assert max(bare.values()) < 0.01


def test_cement_in_a_cut_bone_takes_compression_and_not_torsion_unless_it_is_glued():
    """The sentence on which the paper's sternum case turns."""
    _, friction, glued = with_cement("through")
    assert friction["compression"] > 0.3
    assert friction["torsion"] < 0.05
    assert friction["bending"] < 0.05
    assert min(glued.values()) > 0.6


def test_cement_in_a_wide_hole_gives_back_compression_more_than_torsion():
    bare, friction, glued = with_cement("half")
    assert friction["compression"] - bare["compression"] > 0.2
    assert friction["torsion"] - bare["torsion"] < 0.05
    assert glued["torsion"] < 0.7


def test_a_slit_costs_torsion_more_than_compression_and_a_short_one_little():
    (_, slit), (_, short) = what_if("slit"), what_if("short slit")
    lost = {case: 1.0 - slit.lesion.ratios(slit.healed, case).min() for case in ("compression", "torsion")}
    assert lost["torsion"] > 2.0 * lost["compression"]
    stiffness = [
        float(one.healed.compliance["torsion"][0] / one.lesion.compliance["torsion"][0]) for one in (slit, short)
    ]
    assert stiffness[0] < 0.6 < 0.9 < stiffness[1]


@pytest.mark.parametrize("state", ["through", "half", "slit"])
def test_friction_never_bears_more_than_glue_nor_less_than_nothing(state):
    bare, friction, glued = with_cement(state)
    for case, value in friction.items():
        assert bare[case] - 1e-9 <= value <= max(glued[case], bare[case]) * 1.01


@lru_cache(maxsize=4)
def across_a_cut(*across_mm: float) -> dict[str, dict[str, float]]:
    """Slipping strength of a solid bone that is cut through, with screws alone and with cement in the cut."""
    block = tube_block(14.0, 0.01, gone=lambda x, y, z, r: np.abs(z) < 1.0)
    table = WhatIf(block, LINEAR)
    put_in = [one for one in inserts_for(block, LINEAR, screws(*across_mm)) if isinstance(one, Insert)]
    return {one.key: table.slipping(one, table.with_insert(one)) for one in put_in if one.key != "rebar"}


def test_two_parallel_screws_stop_the_rotation_that_one_does_not():
    one, two = across_a_cut(0.0)["placed"], across_a_cut(7.0, -7.0)["placed"]
    assert one["torsion"] < 0.08
    assert two["torsion"] > 4.0 * one["torsion"]


def test_cement_alone_fails_a_cut_bone_in_torsion_and_with_screws_it_holds():
    """The paper's sternum case, in a round bone."""
    held = across_a_cut(7.0, -7.0)
    assert held["cement"]["torsion"] < 0.05
    assert held["placed-cement"]["torsion"] > 0.25
    assert held["placed-cement"]["compression"] > held["cement"]["compression"]
    assert held["placed-cement"]["compression"] > held["placed"]["compression"]


def test_implants_that_cannot_be_put_in_say_why():
    block = tube_block(gone=STATES["half"])
    far = PlacedImplant(implant="cannulated_4_5_full", paths_mm=(((90.0, 0.0, 0.0), (99.0, 0.0, 0.0)),))
    titanium = PlacedImplant(implant="flexible_nail_3_5", paths_mm=(((0.0, 0.0, -20.0), (0.0, 0.0, 20.0)),))
    short = PlacedImplant(implant="cannulated_7_0_partial", paths_mm=(((0.0, 0.0, -3.0), (0.0, 0.0, 3.0)),))
    for placed, reason in (([far], "none of it lies"), ([far, titanium], "different metals"), ([short], "too short")):
        left = next(one for one in inserts_for(block, LINEAR, placed) if one.key == "placed")
        assert isinstance(left, LeftOut)
        assert reason in left.reason


def test_a_canal_too_narrow_for_nails_takes_none_and_says_how_wide_it_is():
    left = {one.key: one for one in inserts_for(tube_block(12.0, 2.0, gone=STATES["half"]), LINEAR)}
    assert isinstance(left["nails"], LeftOut)
    assert "canal leaves" in left["nails"].reason
    wide = {one.key: one for one in inserts_for(tube_block(16.0, 11.0, gone=STATES["half"]), LINEAR)}
    assert isinstance(wide["nails"], Insert)
    volume = wide["nails"].metal.sum()
    assert volume == pytest.approx(2 * np.pi * 1.75**2 * (60.0 - 2.0), rel=0.05)


def test_a_tube_that_is_pushed_on_bears_what_its_whole_section_yields_at():
    """Compression: E ε A. Torsion: every fibre at the shear of a stretch at its limit, T = 2/3 π τ (R³ − r³)."""
    _, table = what_if("whole")
    limits = table.limits
    pressed = pushed(table, table.healed, "compression")
    assert pressed.solved
    assert pressed.peak * FORCE_N == pytest.approx(MPA * limits.compressive_yield_strain.value * AREA, rel=0.03)
    shear = MPA / 1.3 * limits.tensile_yield_strain.value
    twisted = pushed(table, table.healed, "torsion")
    assert twisted.peak * MOMENT_N_MM == pytest.approx(2 / 3 * np.pi * shear * (OUTER**3 - INNER**3), rel=0.03)


def test_pushing_on_tells_no_more_of_a_cut_bone_than_its_first_failure_does():
    _, table = what_if("half")
    whole, half = (pushed(table, one, "compression") for one in (table.healed, table.lesion))
    assert half.peak / whole.peak < 0.6  # half the section, loaded off its middle
    assert half.peak / whole.peak >= float(table.lesion.ratios(table.healed, "compression").min()) - 0.02

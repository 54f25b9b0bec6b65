"""The paper's physics in a CT: what cortex, vessels and ice do to each energy (docs/validation/paper-physics.md)."""

from __future__ import annotations

from physics_scenes import beside_a_vessel, in_tibia, thawing


def test_intact_cortex_holds_radiofrequency_back_and_a_breach_does_not() -> None:
    intact, broken = (in_tibia("radiofrequency", intact=one).beyond_bone_mm(60.0) for one in (True, False))
    assert intact < 0.8 * broken


def test_microwave_crosses_intact_cortex() -> None:
    intact, broken = (in_tibia("microwave", intact=one).beyond_bone_mm(60.0) for one in (True, False))
    assert intact > 5.0
    assert abs(intact - broken) < 1.0


def test_ice_crosses_intact_cortex() -> None:
    intact, broken = (in_tibia("cold", intact=one).beyond_bone_mm(0.0) for one in (True, False))
    assert intact > 5.0
    assert abs(intact - broken) < 1.5


def test_a_vessel_bites_into_radiofrequency_more_than_into_microwave() -> None:
    radio, micro = beside_a_vessel("radiofrequency"), beside_a_vessel("microwave")
    assert abs(radio.away_mm - micro.away_mm) < 1.0  # alike where there is no vessel
    assert radio.bite_mm > micro.bite_mm + 0.5
    assert micro.bite_mm > 2.0


def test_a_warm_probe_lets_cement_set_after_a_quarter_of_an_hour_and_blood_alone_does_not() -> None:
    active, passive = thawing(is_active=True), thawing(is_active=False)
    assert active.warm_s is not None
    assert 600.0 <= active.warm_s <= 1200.0
    assert passive.warm_s is None or passive.warm_s > active.warm_s + 300.0

"""What a radiofrequency generator does next, rule by rule, without any tissue."""

from __future__ import annotations

import pytest

from buttress.ablate.generator import ConstantPower, Limits, Reading, RollOff, TipTemperature


def test_a_constant_power_is_cut_by_whichever_limit_bites_first():
    limits = Limits(power_w=50.0, voltage_v=60.0, current_a=0.5)
    generator = ConstantPower(80.0, limits)
    assert generator.answer(Reading(0.0, 100.0, 37.0)).power_w == pytest.approx(25.0)  # 0.5 A through 100 ohm
    assert generator.answer(Reading(1.0, 190.0, 37.0)).power_w == pytest.approx(60.0**2 / 190.0)
    assert ConstantPower(80.0, Limits(power_w=50.0)).answer(Reading(0.0, 100.0, 37.0)).power_w == 50.0


def test_a_roll_off_pauses_once_and_then_tries_again():
    generator = ConstantPower(30.0, roll_off=RollOff(ratio=1.2, pause_s=15.0))
    assert generator.answer(Reading(0.0, 100.0, 37.0)).power_w == 30.0
    assert generator.answer(Reading(10.0, 80.0, 60.0)).power_w == 30.0
    pause = generator.answer(Reading(20.0, 97.0, 95.0))  # above 1.2 times the least so far, 80 ohm
    assert (pause.power_w, pause.seconds, pause.is_roll_off, pause.ends) == (0.0, 15.0, True, False)
    assert generator.answer(Reading(35.0, 97.0, 70.0)).power_w == 30.0


def test_after_its_last_roll_off_the_generator_gives_up():
    generator = ConstantPower(30.0, roll_off=RollOff(ratio=1.2, pause_s=15.0, most=1))
    generator.answer(Reading(0.0, 80.0, 37.0))
    assert not generator.answer(Reading(20.0, 97.0, 95.0)).ends
    generator.answer(Reading(35.0, 97.0, 80.0))
    assert generator.answer(Reading(40.0, 97.0, 95.0)).ends


def test_temperature_control_starts_as_told_and_gives_less_when_the_tip_is_too_hot():
    generator = TipTemperature(90.0, start_w=5.0)
    assert generator.answer(Reading(0.0, 200.0, 37.0)).power_w == 5.0
    rising = generator.answer(Reading(1.0, 200.0, 40.0)).power_w
    generator.answer(Reading(2.0, 200.0, 88.0))
    assert generator.answer(Reading(3.0, 200.0, 95.0)).power_w < rising


def test_temperature_control_looks_more_often_while_it_is_far_off():
    generator = TipTemperature(90.0, start_w=5.0)
    assert generator.answer(Reading(0.0, 200.0, 37.0)).seconds == 1.0
    assert generator.answer(Reading(1.0, 200.0, 88.0)).seconds == 3.0
    assert generator.answer(Reading(4.0, 200.0, 89.8)).seconds == 12.0


def test_temperature_control_never_exceeds_its_limits():
    generator = TipTemperature(90.0, start_w=50.0, limits=Limits(power_w=20.0))
    powers = [generator.answer(Reading(float(t), 200.0, 37.0 + 0.1 * t)).power_w for t in range(20)]
    assert max(powers) <= 20.0

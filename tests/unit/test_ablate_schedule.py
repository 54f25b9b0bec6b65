"""A schedule is one line of words; what is no schedule is refused with a way out."""

from __future__ import annotations

import pytest

from buttress.ablate.schedule import Phase, parse_schedule, total_s
from buttress.records.document import ButtressError


def test_freeze_thaw_freeze_and_hot_thaw_are_read_in_order() -> None:
    found = parse_schedule("freeze 600, thaw 300, freeze 600, hot-thaw 900")
    assert [(phase.verb, phase.duration_s) for phase in found] == [
        ("freeze", 600.0),
        ("thaw", 300.0),
        ("freeze", 600.0),
        ("hot-thaw", 900.0),
    ]
    assert total_s(found) == 2400.0


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("heat 5 min at 65 W", Phase("heat", 300.0, power_w=65.0)),
        ("heat 300 s at 90 °C", Phase("heat", 300.0, tip_c=90.0)),
        ("freeze 600 at 80%", Phase("freeze", 600.0, duty_fraction=0.8)),
        ("hot-thaw 900 at 40 C", Phase("hot-thaw", 900.0, tip_c=40.0)),
        ("cure 1200", Phase("cure", 1200.0)),
    ],
)
def test_levels_and_minutes_are_read(text: str, phase: Phase) -> None:
    assert parse_schedule(text) == (phase,)
    assert parse_schedule(str(phase)) == (phase,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no phase"),
        ("melt 300", "no phase"),
        ("freeze", "no phase"),
        ("freeze 0", "takes no time"),
        ("freeze -5", "no phase"),
        ("freeze 600 at 120 %", "duty"),
        ("thaw 300 at 40 C", "no level"),
        ("heat 300 at 0 W", "power"),
        ("heat 300 at 500 C", "tip"),
        ("freeze 600,, thaw 300", "no phase"),
    ],
)
def test_what_is_no_schedule_is_refused_with_an_example(text: str, complaint: str) -> None:
    with pytest.raises(ButtressError, match=complaint) as caught:
        parse_schedule(text)
    assert "freeze 600" in caught.value.message

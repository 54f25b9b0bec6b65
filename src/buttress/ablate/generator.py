"""How a radiofrequency generator sets its power: constant with pauses at roll-off, or such that the tip keeps warm."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Protocol

START_S = 1.0
LONGEST_S = 12.0
"""Ours: a setting is kept for so long at first, and at most (numerical)."""

ANSWER = 1.2
"""Ours: share of an error that a change of power should make up within one setting."""

RECOVERY_S = 25.0
"""Ours: time in which the integral part of the control makes up an error that lasts."""

LOOKS = ((4.0, 1.0), (1.0, 3.0), (0.0, LONGEST_S))
"""Ours: with an error above so many kelvins the generator looks again after so many seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a generator gives."""

    power_w: float = inf
    voltage_v: float = inf
    current_a: float = inf

    def allowed_w(self, wanted_w: float, impedance_ohm: float) -> float:
        """Power after all limits, at an impedance."""
        by_voltage = self.voltage_v**2 / impedance_ohm
        by_current = self.current_a**2 * impedance_ohm
        return max(0.0, min(wanted_w, self.power_w, by_voltage, by_current))


@dataclass(frozen=True, slots=True)
class RollOff:
    """Tissue counts as dried out when impedance exceeds ``ratio`` times its least so far; then power pauses.

    ``most``: how many pauses the generator makes before it stops for good; None: no end. After each pause it asks for
    ``then`` of the power before.
    """

    ratio: float
    pause_s: float
    most: int | None = None
    then: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a generator sees: time, impedance at the last setting, and the tip's temperature."""

    time_s: float
    impedance_ohm: float
    tip_c: float


@dataclass(frozen=True, slots=True)
class Setting:
    """What it does next: power, and for how long at most until it looks again; ``ends`` it has given up."""

    power_w: float
    seconds: float
    is_roll_off: bool = False
    ends: bool = False


class Generator(Protocol):
    """Answers every reading with a setting; it remembers what it needs of earlier ones."""

    limits: Limits

    def answer(self, reading: Reading) -> Setting:
        """The next setting."""
        ...


@dataclass(slots=True)
class ConstantPower:
    """A power, within limits, with pauses at roll-off where told."""

    power_w: float
    limits: Limits = field(default_factory=Limits)
    roll_off: RollOff | None = None
    _least_ohm: float = field(default=inf, init=False)
    _pauses: int = field(default=0, init=False)
    _paused: bool = field(default=False, init=False)
    _share: float = field(default=1.0, init=False)

    def answer(self, reading: Reading) -> Setting:
        """Power, or a pause where impedance has risen too far since it was least; never two pauses in a row."""
        self._least_ohm = min(self._least_ohm, reading.impedance_ohm)
        rule = self.roll_off
        if rule is not None and not self._paused and reading.impedance_ohm > rule.ratio * self._least_ohm:
            self._pauses += 1
            self._paused = True
            self._share *= rule.then
            ends = rule.most is not None and self._pauses > rule.most
            return Setting(0.0, rule.pause_s, is_roll_off=True, ends=ends)
        self._paused = False
        allowed = self.limits.allowed_w(self.power_w, reading.impedance_ohm)
        return Setting(self._share * allowed, LONGEST_S)


@dataclass(slots=True)
class TipTemperature:
    """Proportional and integral control of power by the tip's temperature, within limits.

    It begins with ``start_w``; how fast that warms the tip (K/J) sets the gain for the rest.
    """

    tip_c: float
    start_w: float
    limits: Limits = field(default_factory=Limits)
    _power_w: float = field(default=0.0, init=False)
    _warming_k_j: float = field(default=0.0, init=False)
    _last: Reading | None = field(default=None, init=False)

    def answer(self, reading: Reading) -> Setting:
        """The last power, corrected for how the error has changed and for how long it has lasted."""
        error = self.tip_c - reading.tip_c
        seconds = next(seconds for above, seconds in LOOKS if abs(error) >= above)
        if self._last is None:
            wanted = self.start_w
        else:
            passed, rise = reading.time_s - self._last.time_s, reading.tip_c - self._last.tip_c
            if self._warming_k_j <= 0.0:
                self._warming_k_j = rise / max(self._power_w * passed, 1e-12)
            gain = ANSWER / (self._warming_k_j * max(passed, START_S)) if self._warming_k_j > 0.0 else 0.0
            wanted = self._power_w + gain * (error * passed / RECOVERY_S - rise)
        self._power_w = self.limits.allowed_w(max(0.0, wanted), reading.impedance_ohm)
        self._last = reading
        return Setting(self._power_w, seconds)

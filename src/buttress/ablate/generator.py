"""How a radiofrequency generator sets its power: constant with pauses at roll-off, or such that the tip keeps warm."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Protocol

BODY_C = 37.0

START_S = 1.0
LONGEST_S = 12.0
"""Ours: a setting is kept for so long at first, and at most (numerical)."""

RECOVERY_S = 20.0
"""Ours: time in which the integral part of the temperature control makes up a lasting error."""

PROPORTION = 0.5
"""Ours: share of the power that holds the tip, per kelvin of aim, with which the control answers a change."""

NEAR_K = 4.0
"""Ours: further from its aim than this the control looks again after a second or two."""


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

    ``most``: how many pauses the generator makes before it stops for good; None: no end.
    """

    ratio: float
    pause_s: float
    most: int | None = None


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

    def answer(self, reading: Reading) -> Setting:
        """Power, or a pause where impedance has risen too far since it was least; never two pauses in a row."""
        self._least_ohm = min(self._least_ohm, reading.impedance_ohm)
        rule = self.roll_off
        if rule is not None and not self._paused and reading.impedance_ohm > rule.ratio * self._least_ohm:
            self._pauses += 1
            self._paused = True
            ends = rule.most is not None and self._pauses > rule.most
            return Setting(0.0, rule.pause_s, is_roll_off=True, ends=ends)
        self._paused = False
        return Setting(self.limits.allowed_w(self.power_w, reading.impedance_ohm), LONGEST_S)


@dataclass(slots=True)
class TipTemperature:
    """Proportional and integral control of power by the tip's temperature, within limits.

    The gain follows from what the tissue showed: the power given per kelvin that the tip stands above the body.
    """

    tip_c: float
    start_w: float
    limits: Limits = field(default_factory=Limits)
    _power_w: float = field(default=0.0, init=False)
    _error_k: float = field(default=0.0, init=False)
    _time_s: float = field(default=-inf, init=False)

    def answer(self, reading: Reading) -> Setting:
        """The last power, corrected for how the error has changed and for how long it has lasted."""
        error = self.tip_c - reading.tip_c
        if self._time_s == -inf:
            wanted = self.start_w
        else:
            passed = reading.time_s - self._time_s
            gain = PROPORTION * max(self._power_w, 0.1 * self.start_w) / max(reading.tip_c - BODY_C, 1.0)
            wanted = self._power_w + gain * (error - self._error_k) + gain * error * passed / RECOVERY_S
        self._power_w = self.limits.allowed_w(max(0.0, wanted), reading.impedance_ohm)
        self._error_k, self._time_s = error, reading.time_s
        return Setting(self._power_w, START_S if abs(error) > NEAR_K else LONGEST_S)

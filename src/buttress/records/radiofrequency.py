"""What a radiofrequency generator did, second by second."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from buttress.records.document import Document


class RadiofrequencyRun(Document):
    """Readings at the start of every interval, in order, and what the whole run gave.

    ``time_s``, ``power_w``, ``voltage_v``, ``impedance_ohm`` and ``tip_c`` have one number an interval;
    ``roll_offs_s`` are the times at which the generator found the tissue dry and paused. ``energy_j`` left the
    generator, ``heat_j`` of it became heat of the simulated tissue; the rest was lost beyond its edge. ``status`` is
    "finished" or says why not; ``notes`` are sentences for the reader.
    """

    time_s: tuple[float, ...]
    power_w: tuple[float, ...]
    voltage_v: tuple[float, ...]
    impedance_ohm: tuple[float, ...]
    tip_c: tuple[float, ...]
    roll_offs_s: tuple[float, ...]
    energy_j: float
    heat_j: float
    done_s: float
    potentials: int
    status: str
    notes: tuple[str, ...]

    @model_validator(mode="after")
    def _one_reading_an_interval(self) -> Self:
        series = (self.time_s, self.power_w, self.voltage_v, self.impedance_ohm, self.tip_c)
        if len({len(one) for one in series}) != 1:
            raise ValueError("the series of a run have one number an interval each")
        return self

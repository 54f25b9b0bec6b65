"""What of a device enters a simulation: its geometry, what it can do, and numbers fitted to its chart."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buttress.records.document import Document
from buttress.records.number import Number


class CryoApplicator(Document):
    """A cryoprobe: gas at ``coldest_c`` behind a film; the film is what a chart of ice can tell.

    Gas cools with time constant ``cooling_s`` when a freeze begins. ``probes_at_full_supply``: how many probes the gas
    feeds at once without loss; more share it. None: no such limit was found.
    """

    kind: Literal["cryo"]
    diameter_mm: Number
    active_length_mm: Number = Field(description="from the tip")
    coldest_c: Number
    cooling_s: Number
    film_w_m2k: Number
    hot_thaw_c: Number
    probes_at_full_supply: Number | None = None


class RfApplicator(Document):
    """A straight radiofrequency electrode: one pole against a pad, or two on one shaft with a gap between."""

    kind: Literal["rf"]
    poles: Literal["one", "two"]
    diameter_mm: Number
    active_length_mm: Number = Field(description="of each pole")
    gap_mm: Number | None = None
    coolant_c: Number | None = Field(None, description="None: the shaft is not cooled")
    most_power_w: Number | None = None
    most_current_a: Number | None = None

    @property
    def pole_count(self) -> int:
        """How many bare parts the shaft has."""
        return 1 if self.poles == "one" else 2


class MicrowaveApplicator(Document):
    """A microwave antenna as a power pattern along its shaft, from its chart.

    Along the shaft power falls as a Gaussian of width ``reach_mm`` towards the tip and ``tail_ratio`` times that
    towards the hub; ``feed_mm`` is the distance of its centre from the tip. ``efficiency`` is the share of the
    generator's power that reaches tissue.
    """

    kind: Literal["microwave"]
    diameter_mm: Number
    frequency_hz: Number
    efficiency: Number
    reach_mm: Number
    tail_ratio: Number
    feed_mm: Number


class Bench(Document):
    """Under which conditions a device's chart was made, as far as they are told, and which settings were fitted.

    ``criterion`` is a key of the simulated criteria; ``fitted_settings`` count the device's zones from 0: all others
    are predictions. ``ours`` says what of this was assumed.
    """

    medium: str = Field(description="tissue of the shelf")
    start_c: float
    is_perfused: bool
    criterion: str
    fitted_settings: tuple[int, ...]
    sizes: tuple[Literal["width", "length"], ...] = Field(description="which published sizes were fitted")
    free: tuple[str, ...] = Field(description="the applicator's numbers that were fitted")
    ours: str

"""One simulated ablation on its way: tissue on a grid, needles in it, and what every voxel has been through so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.ablate.damage import GAS_CONSTANT_J_MOLK
from buttress.ablate.lethal_zone import ThermalHistory
from buttress.ablate.tissue import TissueMap
from buttress.library.load_damage import load_damage
from buttress.numerics.exposure import Exposure, start_exposure
from buttress.numerics.grid import Grid
from buttress.numerics.heat import (
    HeatProblem,
    HeatReport,
    HeatState,
    HeldTemperature,
    Needle,
    advance_heat,
    start_heat,
    temperature_c,
)
from buttress.numerics.heat_problem import Edge

Progress = Callable[[float], bool]
"""Told the fraction done; answers whether to go on."""

Scalar = TypeVar("Scalar", np.bool_, np.float32)

BODY_C = 37.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long steps are: the first after a change, how much longer each next one, and the longest."""

    first_s: float
    growth: float
    longest_s: float


COARSE_MM = 1.9
FINE_PACE = Pace(0.5, 1.12, 12.0)
COARSE_PACE = Pace(0.5, 1.2, 30.0)
"""Ours: coarse from ``COARSE_MM`` of voxel. Ten minutes of freezing end within 0.02 mm (fine) and 0.05 mm (coarse) of
what steps of 3 s give at 0, -20 and -40 °C; 2 mm voxels cost more than that."""

LETHAL_DAMAGE = 1.0
"""Ω at which tissue counts as coagulated: blood no longer flows in it."""


def portion(progress: Progress | None, start: float, width: float) -> Progress | None:
    """What to tell of a part that begins at ``start`` of the whole and is ``width`` of it."""
    return None if progress is None else lambda fraction: progress(start + width * fraction)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedNeedle:
    """The active part of a needle in the patient: its tip and the unit vector from tip to hub, LPS mm."""

    tip_mm: ArrayLike
    to_hub: ArrayLike

    def on_grid(self, grid: Grid, start_mm: float, length_mm: float, radius_mm: float, film_w_m2k: float) -> Needle:
        """The part from ``start_mm`` behind the tip, ``length_mm`` long, as the lattice of a grid sees it (metres)."""
        tip, hub = np.asarray(self.tip_mm, dtype=float), np.asarray(self.to_hub, dtype=float)
        hub = hub / np.linalg.norm(hub)
        ends = np.stack([tip + start_mm * hub, tip + (start_mm + length_mm) * hub])
        start, end = (grid.to_index(ends) * grid.spacing_mm / 1000.0).tolist()
        return Needle((start[0], start[1], start[2]), (end[0], end[1], end[2]), radius_mm / 1000.0, film_w_m2k)


@dataclass(slots=True, eq=False)
class HeatRun:
    """A simulation that phases move on: ``problem`` and ``state``, what was followed, and a report of every advance."""

    tissue: TissueMap
    grid: Grid
    problem: HeatProblem
    state: HeatState
    exposure: Exposure
    laws: tuple[str, ...]
    reports: list[HeatReport] = field(default_factory=list)
    _coagulated: NDArray[np.bool_] | None = field(default=None, init=False)
    _coagulated_count: int = field(default=0, init=False)

    @property
    def temperature_c(self) -> NDArray[np.float32]:
        """Temperatures now, ``(ni, nj, nk)``."""
        return temperature_c(self.problem, self.state)

    def temperature_in(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Temperatures now in the voxels of a mask only, in the order of ``argwhere``."""
        return self.tissue.materials.temperature_c(self.state.enthalpy[mask], self.problem.labels[mask])

    @property
    def is_going(self) -> bool:
        """Whether every advance so far reached its time."""
        return all(report.status == "finished" for report in self.reports)

    @property
    def least_vapour_j_m3(self) -> float:
        """The least heat that boils any tissue here dry which holds water at all; infinite where none does."""
        latent = self.tissue.materials.latent_vapour_j_m3
        return float(np.min(latent[latent > 0.0], initial=np.inf))

    def advance(
        self,
        duration_s: float,
        *,
        needles_c: Sequence[HeldTemperature] = (),
        source_w_m3: NDArray[np.float32] | None = None,
        progress: Progress | None = None,
        pace: Pace | None = None,
    ) -> HeatReport:
        """Move on with needles and a source as they are now; coagulated tissue has lost its blood flow."""
        if pace is None:
            pace = COARSE_PACE if self.grid.spacing_mm.min() >= COARSE_MM else FINE_PACE
        report = advance_heat(
            self.problem,
            self.state,
            duration_s,
            source_w_m3=source_w_m3,
            needle_temperatures_c=needles_c,
            exposure=self.exposure,
            coagulated=self.coagulated(),
            progress=progress,
            longest_step_s=pace.longest_s,
            growth=pace.growth,
            first_step_s=pace.first_s,
        )
        self.reports.append(report)
        return report

    def coagulated(self) -> NDArray[np.bool_] | None:
        """Voxels in which every followed rate law has reached Ω = 1; None while there is none.

        The same array as long as there are no more of them: damage is never undone.
        """
        if not self.laws:
            return None
        first, *others = self.exposure.damage
        dead = first >= LETHAL_DAMAGE
        for damage in others:
            dead &= damage >= LETHAL_DAMAGE
        count = int(np.count_nonzero(dead))
        if count > self._coagulated_count:
            self._coagulated, self._coagulated_count = self._whole(dead, np.bool_(False)), count
        return self._coagulated

    def boiled_fraction(self) -> NDArray[np.float32]:
        """Share of each voxel's water that has boiled off, ``(ni, nj, nk)``; straight across the boiling window."""
        materials, labels = self.tissue.materials, self.problem.labels
        low, high = materials.boils_from_c.astype(np.float32), materials.boiled_at_c.astype(np.float32)
        return np.clip((self.temperature_c - low[labels]) / (high - low)[labels], 0.0, 1.0)

    def history(self) -> ThermalHistory:
        """What every voxel has been through; where it was not followed, nothing has happened."""
        followed = self.exposure
        return ThermalHistory(
            coldest_c=self._whole(followed.least_c, np.float32(BODY_C)),
            hottest_c=self._whole(followed.greatest_c, np.float32(BODY_C)),
            dose_min=self._whole(followed.cem43_min, np.float32(0.0)),
            below_s={
                key: self._whole(values, np.float32(0.0))
                for key, values in zip(frozen_thresholds(), followed.below_s, strict=True)
            },
            cooling_k_s=self._whole(followed.cooling_k_s, np.float32(0.0)),
            damage={
                law: self._whole(values, np.float32(0.0))
                for law, values in zip(self.laws, followed.damage, strict=True)
            },
        )

    def _whole(self, part: NDArray[Scalar], elsewhere: Scalar) -> NDArray[Scalar]:
        box = self.exposure.box
        whole = np.full(self.problem.labels.shape, elsewhere, dtype=part.dtype)
        whole[box[0] : box[1], box[2] : box[3], box[4] : box[5]] = part
        return whole


def frozen_thresholds() -> dict[str, float]:
    """Cold thresholds below 0 °C by key: seconds spent below each are followed."""
    cold = load_damage().cold
    return {key: one.temperature_c.value for key, one in cold.items() if one.temperature_c.value < 0.0}


def begin_run(
    tissue: TissueMap,
    grid: Grid,
    needles: Sequence[Needle] = (),
    *,
    start_c: float | NDArray[np.float32] = BODY_C,
    followed: NDArray[np.bool_] | None = None,
    laws: Sequence[str] = ("liver_muscle", "bone"),
    edge: Edge = "held",
) -> HeatRun:
    """A run before anything happened.

    ``start_c`` is one temperature, of blood too, or a field left behind by an earlier run; ``followed`` marks voxels
    whose history is kept (all where None); ``laws`` are keys of ``damage.toml``; the ``edge`` of the box keeps its
    temperature or lets no heat pass.
    """
    i, j, k = (float(step) / 1000.0 for step in grid.spacing_mm)
    arterial_c = float(start_c) if np.ndim(start_c) == 0 else BODY_C
    problem = HeatProblem(tissue.labels, (i, j, k), tissue.materials, arterial_c, tuple(needles), edge)
    state = start_heat(problem, start_c)
    rates = load_damage().arrhenius
    kinetics = tuple((rates[law].frequency_1_s, rates[law].energy_k * GAS_CONSTANT_J_MOLK) for law in laws)
    exposure = start_exposure(
        np.broadcast_to(np.float32(start_c), tissue.labels.shape),
        mask=followed,
        cold_c=tuple(frozen_thresholds().values()),
        kinetics=kinetics,
    )
    return HeatRun(tissue, grid, problem, state, exposure, tuple(laws))

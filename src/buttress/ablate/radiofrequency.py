"""Radiofrequency ablation: current between electrodes, or from one to a pad, heats tissue that conducts as it is hot.

In turns: the potential for the tissue as it now conducts, scaled to what the generator's rule asks; its heat for some
seconds; then again. Conductivity rises with temperature and falls when water boils off (Chang 2003), so drying tissue
lets impedance rise, and the generator answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buttress.ablate.generator import LONGEST_S, START_S, Generator, Reading, Setting
from buttress.ablate.heat_run import HeatRun, Pace, PlacedNeedle, Progress, portion
from buttress.library.load_tissues import load_electrical_tissues
from buttress.numerics.drying import Heating
from buttress.numerics.electrical_conductivity import electrical_conductivity
from buttress.numerics.electrode import Body, Contact, contact_with
from buttress.numerics.extent import extent_of
from buttress.numerics.grid import Grid
from buttress.numerics.heat import HeatReport, Needle
from buttress.numerics.potential import Electrode, PotentialReport, PotentialSolver
from buttress.numerics.widening import widen
from buttress.records.applicator import RfApplicator
from buttress.records.radiofrequency import RadiofrequencyRun

GROWTH = 1.5
"""Ours: an interval is at most so much longer than the last (numerical)."""

UNEASY = 0.04
"""Ours: where impedance changed by a larger share within an interval, the next is shorter (numerical)."""

DRYING, SHORTEST_S = 0.6, 0.02
"""Ours: heat follows the drying of tissue so often that no voxel takes up more than this share of what boils it dry,
and not more often (numerical)."""

SINGLE_MM = 16.0
"""Ours: current is solved voxel by voxel so near an electrode, on wider cells beyond. In a limb about an electrode of
20 mm that moves impedance by 0.10 % and 0.25 % of the heat within 25 mm (numerical)."""

FAINT_K = 0.05
"""Ours: heat that would warm a voxel by less in the whole treatment is counted, not followed (numerical)."""

FAR_S = 10.0
"""Ours: how tissue conducts on those wider cells is looked at again after so long (numerical)."""

TOLERANCE = 2e-2
"""Ours: error allowed in a potential before its last correction, in the energy norm (numerical)."""

PACE = Pace(2.0, 1.5, 12.0)
"""Ours: steps of heat. With the tolerance above, five minutes at 40 W with 18 roll-offs end within 0.02 mm of what
steps of 0.1 to 0.5 s and a tolerance of 1e-4 give, in the radius of a sphere of the volume above 60 °C and of that of
240 equivalent minutes (numerical)."""

PAD_NOTE = "Impedance is that of the simulated tissue alone: the way from its outer faces on to the pad is left out."


@dataclass(frozen=True, slots=True, eq=False)
class Pole:
    """A bare part of a shaft: ``body`` as current sees it, ``needle`` as heat does; ``coolant_c`` None: not cooled."""

    body: Body
    needle: Needle
    coolant_c: float | None = None


@dataclass(frozen=True, slots=True)
class Circuit:
    """Which poles drive current, by number, and to which; to the pad where ``minus`` is empty."""

    plus: tuple[int, ...]
    minus: tuple[int, ...] = ()

    def voltages(self) -> dict[int, float]:
        """Potentials for one volt between the two sides."""
        high = 0.5 if self.minus else 1.0
        return {**dict.fromkeys(self.plus, high), **dict.fromkeys(self.minus, high - 1.0)}


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Poles in tissue and the circuits that take turns, ``dwell_s`` each."""

    poles: tuple[Pole, ...]
    circuits: tuple[Circuit, ...]
    dwell_s: float = LONGEST_S

    def __post_init__(self) -> None:
        named = {n for one in self.circuits for n in (*one.plus, *one.minus)}
        if not self.circuits or not named <= set(range(len(self.poles))) or not all(one.plus for one in self.circuits):
            raise ValueError("every circuit names poles that are there, and one or more of them drive")
        if self.dwell_s <= 0:
            raise ValueError("circuits dwell for a time above zero")


def poles_of(applicator: RfApplicator, grid: Grid, placed: PlacedNeedle) -> tuple[Pole, ...]:
    """The bare parts of a placed shaft, the one at its tip first, on a grid.

    A cooled shaft keeps its surface at its coolant's temperature (the metal's own resistance is left out). Raises
    ``ValueError`` for a part that is not longer than the shaft is thick: its ends are round.
    """
    length, radius = applicator.active_length_mm.value, applicator.diameter_mm.value / 2.0
    if length <= 2.0 * radius:
        raise ValueError("a pole is longer than its diameter")
    gap = applicator.gap_mm.value if applicator.gap_mm else 0.0
    coolant = applicator.coolant_c.value if applicator.coolant_c else None
    found = []
    for start in (n * (length + gap) for n in range(applicator.pole_count)):
        inner = placed.on_grid(grid, start + radius, length - 2.0 * radius, radius, np.inf)
        body = Body(np.array(inner.start_m), np.array(inner.end_m), inner.radius_m)
        found.append(Pole(body, placed.on_grid(grid, start, length, radius, np.inf), coolant))
    return tuple(found)


@dataclass(slots=True, eq=False)
class _Current:
    """Potentials of one run: each circuit keeps its last one to start the next from."""

    run: HeatRun
    probes: Probes
    edge: Literal["insulated", "grounded", "unbounded"]
    solver: PotentialSolver
    contacts: tuple[Contact, ...]
    near: NDArray[np.int64]
    faint_w_m3: float
    source: NDArray[np.float32]
    last: dict[int, PotentialReport] = field(default_factory=dict)
    sigma: NDArray[np.float32] = field(init=False)
    all_seen_s: float = -np.inf
    solved: int = 0
    poor: int = 0

    def conductivity(self) -> NDArray[np.float32]:
        """How the tissue conducts as it is now, S/m; the same array every time."""
        shelf = load_electrical_tissues()
        self.sigma = electrical_conductivity(
            self.run.problem,
            self.run.state,
            self.run.tissue.sigma_s_m,
            per_kelvin=shelf.temperature_coefficient_1_k.value,
            boiled_factor=shelf.boiled_factor.value,
            frozen_factor=shelf.frozen_factor.value,
            out=self.sigma if self.solved else None,
        )
        return self.sigma

    def _changed(self) -> NDArray[np.int64] | None:
        """Where conductivity is to be looked at again: all that is disturbed, or only near the electrodes."""
        if self.run.state.time_s - self.all_seen_s < FAR_S:
            return self.near
        self.all_seen_s = self.run.state.time_s
        return self.run.state.box

    def heated_box(self, potential: PotentialReport, factor: float) -> NDArray[np.int64]:
        """The box of all tissue that is disturbed or that a scaled potential heats."""
        strong, known = extent_of(potential.heat_w_m3, self.faint_w_m3 / factor), self.run.state.box
        boxes = np.stack([box for box in (strong, known) if box is not None] or [np.zeros(6, dtype=np.int64)])
        return np.stack([boxes[:, ::2].min(axis=0), boxes[:, 1::2].max(axis=0)], axis=1).ravel()

    def solve(self, number: int) -> PotentialReport:
        """The potential of a circuit for one volt, in the tissue as it is now."""
        circuit = self.probes.circuits[number]
        driven = [Electrode(self.probes.poles[n].body, volts) for n, volts in circuit.voltages().items()]
        found = self.solver.solve(
            self.conductivity(),
            driven,
            edge=self.edge,
            start=self.last.get(number),
            changed=self._changed(),
            tolerance=TOLERANCE,
        )
        self.last[number] = found
        self.solved += 1
        self.poor += found.status != "solved"
        return found

    def tip_c(self, number: int) -> float:
        """What a thermocouple in the tip of a circuit's hottest pole tells: the mean of what touches its round end.

        Heat that the metal carries along the shaft is left out.
        """
        problem, state = self.run.problem, self.run.state
        found = []
        for n in self.probes.circuits[number].voltages():
            body, contact = self.probes.poles[n].body, self.contacts[n]
            reach = body.radius_m + float(self.solver.spacing_m.max())
            near = np.linalg.norm(contact.cells * self.solver.spacing_m - body.start_m, axis=1) <= reach
            at = tuple(contact.cells[near].T)
            warm = problem.materials.temperature_c(state.enthalpy[at], problem.labels[at])
            found.append(float(np.average(warm, weights=contact.length_m[near])))
        return max(found)


def run_radiofrequency(
    run: HeatRun,
    probes: Probes,
    generator: Generator,
    duration_s: float,
    *,
    edge: Literal["insulated", "grounded", "unbounded"] = "grounded",
    progress: Progress | None = None,
) -> RadiofrequencyRun:
    """Heat for ``duration_s`` as a generator's rule asks. The needles of ``run`` must be those of the poles, in order.

    ``edge`` is what the lattice's outer faces are to the current: the pad's potential (monopolar), closed, or tissue
    without end. Raises ``ValueError`` for needles that are not the poles'.
    """
    if tuple(run.problem.needles) != tuple(pole.needle for pole in probes.poles):
        raise ValueError("the needles of the run are not those of the poles")
    shape = run.problem.labels.shape
    voxels = (shape[0], shape[1], shape[2])
    contacts = tuple(contact_with(pole.body, voxels, run.problem.spacing_m) for pole in probes.poles)
    near = _near(voxels, run.problem.spacing_m, contacts)
    solver = PotentialSolver(voxels, run.problem.spacing_m, widen(voxels, near))
    faint = FAINT_K * float(run.tissue.materials.capacity_thawed_j_m3k.min()) / max(duration_s, 1.0)
    current = _Current(run, probes, edge, solver, contacts, near, faint, np.zeros(voxels, dtype=np.float32))
    log = _Log()
    status, done, pace = "finished", 0.0, START_S
    while duration_s - done > 1e-6 and status == "finished":
        turn = int(done / probes.dwell_s + 1e-9)
        number = turn % len(probes.circuits)
        potential = current.solve(number)
        setting = generator.answer(log.read(done, number, potential, current.tip_c(number)))
        pace = min(GROWTH * pace, setting.seconds) if log.is_calm(number) else max(START_S, pace / 2.0)
        left_of_turn = (turn + 1) * probes.dwell_s - done if len(probes.circuits) > 1 else np.inf
        interval = min(setting.seconds if setting.power_w == 0.0 else pace, left_of_turn, duration_s - done)
        given = _heat(
            current, potential, setting, interval, portion(progress, done / duration_s, interval / duration_s)
        )
        log.note(setting, potential, given)
        done += given.done_s
        if given.outcome:
            status = given.outcome
        elif setting.ends:
            status = "The generator stopped after its last roll-off."
    return log.close(done, status, current, edge)


def _near(voxels: tuple[int, int, int], spacing_m: Sequence[float], contacts: Sequence[Contact]) -> NDArray[np.int64]:
    """The box ``[i0, i1, j0, j1, k0, k1]`` about the electrodes in which current is solved voxel by voxel."""
    touched = np.concatenate([np.concatenate([one.cells, one.inside]) for one in contacts])
    margin = np.ceil(SINGLE_MM / 1000.0 / np.asarray(spacing_m)).astype(np.int64)
    low, high = touched.min(axis=0) - margin, touched.max(axis=0) + 1 + margin
    return np.stack([np.maximum(low, 0), np.minimum(high, voxels)], axis=1).ravel()


def _heat(
    current: _Current, potential: PotentialReport, setting: Setting, interval_s: float, progress: Progress | None
) -> _Given:
    """One interval of heating by a potential scaled to a power.

    The potential stands for the interval. Where tissue boils dry under it, its heat falls with its conductivity, and
    the generator gives that much less.
    """
    run, coolant = current.run, [pole.coolant_c for pole in current.probes.poles]
    factor, given = setting.power_w / potential.power_w, _Given()
    if factor == 0.0:
        part = portion(progress, 0.0, 1.0)
        given.add(run.advance(interval_s, needles_c=coolant, progress=part, pace=PACE), 0.0)
        return given
    source, box = current.source, current.heated_box(potential, factor)
    start = current.sigma[_slices(box)].copy()
    heat = Heating(potential.heat_w_m3, factor, current.faint_w_m3, start, run.problem.voxel_m3)
    while interval_s - given.done_s > 1e-9 and given.outcome == "":
        if given.done_s > 0.0:
            current.conductivity()
        dried = heat.dried(current.sigma, box, source)
        seconds, share = interval_s - given.done_s, 1.0 - dried.lost_w / (factor * potential.heat_w)
        if dried.greatest_w_m3 > 0.0:
            seconds = min(seconds, max(SHORTEST_S, DRYING * run.least_vapour_j_m3 / dried.greatest_w_m3))
        part = portion(progress, given.done_s / interval_s, seconds / interval_s)
        report = run.advance(seconds, needles_c=coolant, source_w_m3=source, progress=part, pace=PACE)
        given.add(report, setting.power_w * share, dried.faint_w)
    return given


def _slices(box: NDArray[np.int64]) -> tuple[slice, slice, slice]:
    i, j, k = (slice(a, b) for a, b in zip(box[::2], box[1::2], strict=True))
    return i, j, k


@dataclass(slots=True)
class _Given:
    """What an interval came to: seconds, joules from the generator and into tissue; why it stopped early, if it did."""

    done_s: float = 0.0
    energy_j: float = 0.0
    heat_j: float = 0.0
    outcome: str = ""

    def add(self, report: HeatReport, power_w: float, faint_w: float = 0.0) -> None:
        """Add a piece heated at a power, of which so much was too faint to follow."""
        self.done_s += report.done_s
        self.energy_j += power_w * report.done_s
        self.heat_j += report.sources_j + faint_w * report.done_s
        self.outcome = "" if report.status == "finished" else report.outcome


@dataclass(slots=True)
class _Log:
    """Readings of a run as it goes."""

    time_s: list[float] = field(default_factory=list)
    circuit: list[int] = field(default_factory=list)
    power_w: list[float] = field(default_factory=list)
    voltage_v: list[float] = field(default_factory=list)
    impedance_ohm: list[float] = field(default_factory=list)
    tip_c: list[float] = field(default_factory=list)
    roll_offs_s: list[float] = field(default_factory=list)
    energy_j: float = 0.0
    heat_j: float = 0.0

    def read(self, time_s: float, circuit: int, potential: PotentialReport, tip_c: float) -> Reading:
        """Note what the generator sees."""
        self.time_s.append(time_s)
        self.circuit.append(circuit)
        self.impedance_ohm.append(potential.resistance_ohm)
        self.tip_c.append(tip_c)
        return Reading(time_s, potential.resistance_ohm, tip_c)

    def is_calm(self, circuit: int) -> bool:
        """Whether impedance hardly changed since the circuit's last reading."""
        own = [ohm for ohm, of in zip(self.impedance_ohm, self.circuit, strict=True) if of == circuit][-2:]
        return len(own) < 2 or abs(own[1] / own[0] - 1.0) < UNEASY

    def note(self, setting: Setting, potential: PotentialReport, given: _Given) -> None:
        """Note what was done."""
        self.power_w.append(setting.power_w)
        self.voltage_v.append(float(np.sqrt(setting.power_w * potential.resistance_ohm)))
        self.energy_j += given.energy_j
        self.heat_j += given.heat_j
        if setting.is_roll_off:
            self.roll_offs_s.append(self.time_s[-1])

    def close(self, done_s: float, status: str, current: _Current, edge: str) -> RadiofrequencyRun:
        """The finished record."""
        to_pad = any(not circuit.minus for circuit in current.probes.circuits)
        notes = [PAD_NOTE] if to_pad and edge != "insulated" else []
        if current.poor:
            notes.append(f"{current.poor} of {current.solved} potentials did not reach their accuracy.")
        return RadiofrequencyRun(
            time_s=tuple(self.time_s),
            power_w=tuple(self.power_w),
            voltage_v=tuple(self.voltage_v),
            impedance_ohm=tuple(self.impedance_ohm),
            tip_c=tuple(self.tip_c),
            roll_offs_s=tuple(self.roll_offs_s),
            energy_j=self.energy_j,
            heat_j=self.heat_j,
            done_s=done_s,
            potentials=current.solved,
            status=status,
            notes=tuple(notes),
        )

"""A problem of heat in tissue, a state of it, and what a report on its advance says; ``heat`` does the advancing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buttress.numerics import stored_heat
from buttress.numerics.label_runs import find_faces, find_runs
from buttress.numerics.needle import LineCoupling, Needle, line_coupling
from buttress.numerics.phase_change import REFERENCE_C, ThermalMaterials

Heat = NDArray[np.float32]
Edge = Literal["held", "insulated"]
Status = Literal["finished", "cancelled", "not finite"]


@dataclass(frozen=True, eq=False)
class HeatProblem:
    """Tissue on a lattice: ``labels`` u8 ``(ni, nj, nk)`` into ``materials``, voxel edges ``spacing_m`` (3,), needles.

    ``edge``: along each axis, or for all, whether the outermost voxels keep their temperature or no heat passes the
    outer faces. Blood arrives at ``arterial_c``. The box of disturbed tissue stays small only where undisturbed tissue
    is in balance: with own heat everywhere it is the whole lattice.
    """

    labels: NDArray[np.uint8]
    spacing_m: tuple[float, float, float]
    materials: ThermalMaterials
    arterial_c: float = REFERENCE_C
    needles: tuple[Needle, ...] = ()
    edge: Edge | tuple[Edge, Edge, Edge] = "held"

    def __post_init__(self) -> None:
        labels = np.array(self.labels, order="C")
        if labels.ndim != 3 or labels.dtype != np.uint8 or labels.size == 0:
            raise ValueError(f"labels must be uint8 (ni, nj, nk), got {labels.dtype} {labels.shape}")
        if int(labels.max()) >= len(self.materials):
            raise ValueError(f"label {labels.max()} has no material: there are {len(self.materials)}")
        spacing = np.asarray(self.spacing_m, dtype=float)
        if spacing.shape != (3,) or not np.isfinite(spacing).all() or spacing.min() <= 0:
            raise ValueError("spacing_m must be three positive lengths")
        edges = (self.edge,) * 3 if isinstance(self.edge, str) else tuple(self.edge)
        if len(edges) != 3 or not set(edges) <= {"held", "insulated"}:
            raise ValueError("edge must be 'held' or 'insulated', one for all or one an axis")
        if any(name == "held" and size < 3 for name, size in zip(edges, labels.shape, strict=True)):
            raise ValueError("an axis with held edges needs three voxels or more")
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "edge", edges)

    @property
    def interior(self) -> NDArray[np.int64]:
        """The cells that may change: ``[i0, i1, j0, j1, k0, k1]``."""
        held = [int(name == "held") for name in self.edge]
        pairs = [(rim, size - rim) for rim, size in zip(held, self.labels.shape, strict=True)]
        return np.array(pairs, dtype=np.int64).ravel()

    @property
    def voxel_m3(self) -> float:
        """Volume of a voxel."""
        return float(np.prod(self.spacing_m))

    @cached_property
    def couplings(self) -> tuple[LineCoupling, ...]:
        """Cells and weights of each needle."""
        i, j, k = self.labels.shape
        return tuple(line_coupling(needle, (i, j, k), self.spacing_m) for needle in self.needles)

    @cached_property
    def table(self) -> Heat:
        """Rows by label, and after them the same without blood flow."""
        rows = self.materials.table.T
        still = rows.copy()
        still[:, stored_heat.PERFUSION] = 0.0
        return np.ascontiguousarray(np.concatenate([rows, still]), dtype=np.float32)

    @cached_property
    def thawed_w_mk(self) -> Heat:
        """Conductivity of thawed tissue by row of the table."""
        return np.ascontiguousarray(self.table[:, stored_heat.K_FROZEN] + self.table[:, stored_heat.K_MELT])

    @cached_property
    def slopes(self) -> Heat:
        """Kirchhoff's variable per stored heat of thawed tissue, by row of the table, W/m per J/m³."""
        return self.thawed_w_mk * self.table[:, stored_heat.PER_THAWED]

    @cached_property
    def faces(self) -> tuple[NDArray[Any], ...]:
        """Where conduction meets another label: see ``find_faces``."""
        return find_faces(self.labels, self.thawed_w_mk, self.table[:, stored_heat.PER_THAWED])

    @cached_property
    def runs(self) -> tuple[NDArray[Any], ...]:
        return find_runs(self.labels)

    @cached_property
    def needle_arrays(self) -> tuple[NDArray[Any], ...]:
        """All couplings in one set of arrays, as the kernels read them."""
        found = self.couplings
        if any(coupling.log_ratio <= 0 for coupling in found):
            raise ValueError("a needle is too thick for its kernel")
        offsets = np.cumsum([0, *(len(one.cells) for one in found)])
        first = [one.first[:-1] + offset for one, offset in zip(found, offsets[:-1], strict=True)]
        return (
            np.concatenate([*first, offsets[-1:]]).astype(np.int64),
            np.concatenate([np.zeros(0, np.int64), *(one.cells for one in found)]),
            np.concatenate([np.zeros(0), *(one.weights for one in found)]),
            np.concatenate([np.zeros(0, np.int64), *(np.full(len(c.length_m), n) for n, c in enumerate(found))]),
            np.concatenate([np.zeros(0), *(one.length_m for one in found)]),
            np.array([one.log_ratio for one in found], dtype=float),
            np.array([2 * np.pi * n.radius_m * n.film_w_m2k for n in self.needles], dtype=float),
        )

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What was found once for a problem."""
        return {}

    @cached_property
    def needle_density(self) -> NDArray[np.float64]:
        """What needles add to the sum of a cell's conductances, per unit of conductivity and volume; flat."""
        if not self.needles:
            return np.zeros(0)
        total = np.zeros(self.labels.size)
        for one in self.couplings:
            share = np.repeat(one.conductance_m, np.diff(one.first)) / self.voxel_m3
            np.add.at(total, one.cells, one.weights * share)
        return total


@dataclass(slots=True, eq=False)
class HeatState:
    """Where a simulation stands: stored heat (J/m³, float32, ``[i, j, k]``, 0 at 37 °C) and the time.

    ``advance_heat`` moves it on. ``box`` bounds the cells disturbed so far, ``step_s`` is the last super-step and
    ``drive`` what was last driven; ``extremes`` the least and greatest heat of all cells once known; ``spare`` are two
    more fields that agree with ``enthalpy`` beyond the box, for the stages of the next advance. Whoever changes
    ``enthalpy`` from outside makes a new state.
    """

    enthalpy: Heat
    time_s: float = 0.0
    box: NDArray[np.int64] | None = None
    step_s: float = 0.0
    drive: tuple[float, ...] = ()
    extremes: tuple[float, float] | None = None
    spare: tuple[Heat, ...] = ()


@dataclass(frozen=True, slots=True)
class HeatReport:
    """What an advance did. Energies in joules into the tissue: from blood, through the faces of the box, from sources
    and own heat, and from each needle; ``stored_j`` is what the tissue gained. ``needle_w`` is each needle's heat at
    the end. ``outcome`` is a sentence."""

    status: Status
    outcome: str
    done_s: float
    super_steps: int
    stages: int
    blood_j: float
    faces_j: float
    sources_j: float
    needles_j: tuple[float, ...]
    needle_w: tuple[float, ...]
    stored_j: float

    @property
    def imbalance_fraction(self) -> float:
        """Heat gained but not accounted for, as a fraction of the largest flow."""
        flows = (self.blood_j, self.faces_j, self.sources_j, *self.needles_j)
        return abs(self.stored_j - sum(flows)) / max(1e-30, abs(self.stored_j), *map(abs, flows))


def start_heat(problem: HeatProblem, temperature_c: ArrayLike) -> HeatState:
    """A state at a temperature: one for all, or ``(ni, nj, nk)``."""
    if np.ndim(temperature_c) == 0:
        by_label = problem.materials.enthalpy_j_m3(temperature_c, np.arange(len(problem.materials)))
        return HeatState(by_label.astype(np.float32)[problem.labels])
    heat = problem.materials.enthalpy_j_m3(temperature_c, problem.labels)
    return HeatState(np.ascontiguousarray(np.broadcast_to(heat, problem.labels.shape), dtype=np.float32))


def temperature_c(problem: HeatProblem, state: HeatState) -> NDArray[np.float32]:
    """Temperatures ``(ni, nj, nk)``, °C."""
    return problem.materials.temperature_c(state.enthalpy, problem.labels).astype(np.float32)

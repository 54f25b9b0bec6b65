"""Steady electric potential between electrodes in tissue: ``div(σ grad V) = 0`` on voxels, and the heat it makes.

Finite volumes, one unknown a voxel, harmonic mean conductance at faces (exact for layers), electrodes thinner or
thicker than a voxel at any angle (``electrode``), solved by conjugate gradients with multigrid (``multigrid``). SI.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buttress.numerics import conduction_kernels as kernel
from buttress.numerics.conduction_kernels import Field
from buttress.numerics.electrode import Body, Contact, contact_with
from buttress.numerics.multigrid import Multigrid
from buttress.numerics.widening import Widening, even

Floats = NDArray[np.float64]
Edge = Literal["insulated", "grounded", "unbounded"]

INSIDE = (slice(1, -1),) * 3


@dataclass(frozen=True, slots=True, eq=False)
class Electrode:
    """A body held at ``voltage_v`` against ground."""

    body: Body
    voltage_v: float


@dataclass(frozen=True, slots=True, eq=False)
class PotentialReport:
    """A solved potential.

    ``heat_w_m3`` ``(ni, nj, nk)`` float32; inside an electrode it is none. ``cells_v``: the potential of the cells of
    the ``lattice``, with a layer of ghosts. ``currents_a``: out of each electrode into the tissue. ``edge_current_a``
    leaves by the lattice's outer faces. ``power_w`` is the sum of voltage times current, ``heat_w`` what the voxels
    take of it, ``beyond_w`` what is lost beyond an unbounded edge, ``resistance_ohm`` the greatest voltage difference
    squared over the power. ``error`` estimates the field's relative error in the energy norm (before the last step: an
    upper bound).
    """

    status: Literal["solved", "not converged", "cancelled"]
    iterations: int
    error: float
    lattice: Widening
    cells_v: Floats
    heat_w_m3: Field
    currents_a: tuple[float, ...]
    edge_current_a: float
    power_w: float
    heat_w: float
    beyond_w: float
    resistance_ohm: float

    @property
    def potential_v(self) -> Field:
        """At every voxel, ``(ni, nj, nk)`` float32; inside an electrode its own."""
        return self.lattice.spread(self.cells_v)


@dataclass(frozen=True, slots=True, eq=False)
class _EdgeFaces:
    """Outer faces: axis, length of the half cell and of all the way to ground, m, ``(n,)`` each.

    ``at``: their cells in an array with ghosts. ``cells``: each of those once; ``owner`` ``(n,)``: which a face is of.
    """

    axis: NDArray[np.intp]
    half_m: Floats
    ground_m: Floats
    at: tuple[NDArray[np.intp], ...]
    cells: tuple[NDArray[np.intp], ...]
    owner: NDArray[np.intp]

    def add(self, values: Floats, to: Field) -> None:
        """Add each face's value to its cell; a cell in a corner has more than one."""
        to[self.cells] += np.bincount(self.owner, weights=values, minlength=len(self.cells[0])).astype(np.float32)


class PotentialSolver:
    """Solves potentials on one lattice, keeping its arrays and its multigrid between calls.

    ``shape`` ``(3,)`` voxels of ``spacing_m``. Voxel ``(i, j, k)`` has its centre at ``(i, j, k) * spacing_m``.
    With a ``widening`` the unknowns are its cells, fewer than voxels; potential and heat are then those of the cell a
    voxel lies in, and every voxel that touches an electrode must be a cell by itself.
    Raises ``ValueError`` for fewer than two cells along an axis or a spacing that is not positive.
    """

    def __init__(
        self, shape: tuple[int, int, int], spacing_m: Sequence[float], widening: Widening | None = None
    ) -> None:
        self.spacing_m = np.asarray(spacing_m, dtype=float)
        if self.spacing_m.shape != (3,) or not np.all(np.isfinite(self.spacing_m)) or self.spacing_m.min() <= 0:
            raise ValueError("spacing: three positive numbers of metres")
        if len(shape) != 3 or min(shape) < 2:
            raise ValueError("a lattice needs two or more voxels along every axis")
        self.shape = shape
        self.widening = even(shape) if widening is None else widening
        if self.widening.voxels != tuple(shape) or min(self.widening.shape) < 2:
            raise ValueError("a widened lattice is that of the same voxels, with two or more cells along every axis")
        widths = self.widening.widths(self.spacing_m)
        self._grid = Multigrid(widths)
        ghosted = [n + 2 for n in self.widening.shape]
        i, j, k = (np.zeros(ghosted, dtype=np.float32) for _ in range(3))
        self._sigma = (i, i, i) if self.widening.is_even else (i, j, k)
        i, j, k = (np.pad(w, 1, mode="edge").astype(np.float32) for w in widths)
        self._widths = (i, j, k)
        self._b = np.zeros(ghosted, dtype=np.float32)
        self._x = np.zeros(ghosted)
        self._whole = np.array([edge for size in shape for edge in (0, size)], dtype=np.int64)
        self._is_filled = False
        self._contacts: dict[Body, Contact] = {}
        self._faces: dict[tuple[object, ...], _EdgeFaces] = {}

    def solve(
        self,
        conductivity_s_m: Field,
        electrodes: Sequence[Electrode],
        *,
        edge: Edge = "insulated",
        start: PotentialReport | None = None,
        changed: NDArray[np.int64] | None = None,
        tolerance: float = 1e-5,
        most_iterations: int = 60,
        cancelled: Callable[[], bool] | None = None,
    ) -> PotentialReport:
        """Potential for ``conductivity_s_m`` ``(ni, nj, nk)`` (0 insulates), starting from an earlier answer.

        ``changed``: the box ``[i0, i1, j0, j1, k0, k1]`` beyond which it is what it was at the last solve here.

        ``edge``: no current crosses the outer faces, or they are at 0 V, or the tissue at them goes on for ever (first
        term of the field's decay: exact far from the electrodes). Raises ``ValueError`` for conductivities that are
        negative or not finite, for no electrodes, and where one potential alone would drive no current.
        """
        self._check(conductivity_s_m, electrodes, edge)
        contacts = [self._contact(one.body) for one in electrodes]
        voltages = [one.voltage_v for one in electrodes]
        faces = self._edge(edge, electrodes)
        self._take(conductivity_s_m, changed)
        touching, towards_edge = self._fill(contacts, voltages, faces)
        if start is None:
            self._x[INSIDE] = 0.0
        else:
            self._x[...] = start.cells_v
        _set_inside(self._x, contacts, [0.0] * len(contacts))
        drive = sum(float(g.sum()) * v**2 for g, v in zip(touching, voltages, strict=True))
        steps, error = self._grid.solve(self._b, self._x, drive, tolerance, most_iterations, cancelled)
        status: Literal["solved", "not converged", "cancelled"] = "solved"
        if error > tolerance:
            status = "cancelled" if cancelled and cancelled() else "not converged"
        return self._report(status, steps, error, contacts, voltages, touching, faces, towards_edge)

    def _check(self, sigma: Field, electrodes: Sequence[Electrode], edge: Edge) -> None:
        if sigma.shape != self.shape:
            raise ValueError(f"conductivity has shape {sigma.shape}, the lattice {self.shape}")
        voltages = {one.voltage_v for one in electrodes} | (set() if edge == "insulated" else {0.0})
        if not all(np.isfinite(voltage) for voltage in voltages):
            raise ValueError("voltages are finite")
        if not electrodes or len(voltages) < 2:
            raise ValueError("one potential alone drives no current")

    def _contact(self, body: Body) -> Contact:
        """How cells touch a body; kept, for bodies stay where they are."""
        if body not in self._contacts:
            found = contact_with(body, self.shape, self.spacing_m)
            cells, inside = self.widening.cells_of(found.cells), self.widening.cells_of(found.inside)
            self._contacts[body] = Contact(cells, found.length_m, inside)
        return self._contacts[body]

    def _edge(self, edge: Edge, electrodes: Sequence[Electrode]) -> _EdgeFaces:
        """The outer faces that current may leave by; kept too."""
        key = (edge, *((one.body, one.voltage_v) for one in electrodes))
        if key not in self._faces:
            self._faces[key] = _edge_faces(self.widening, self.spacing_m, edge, electrodes)
        return self._faces[key]

    def _take(self, sigma: Field, changed: NDArray[np.int64] | None) -> None:
        """Check and note conductivities, of all cells the first time."""
        box = self._whole if changed is None or not self._is_filled else changed
        part = sigma[tuple(slice(a, b) for a, b in zip(box[::2], box[1::2], strict=True))]
        if not (part.min() >= 0.0 and np.isfinite(part.max())):
            raise ValueError("conductivities are finite and not negative")
        if self.widening.is_even:
            voxels, cells = (
                tuple(slice(a + off, b + off) for a, b in zip(box[::2], box[1::2], strict=True)) for off in (0, 1)
            )
            self._sigma[0][cells] = sigma[voxels]
        else:
            self.widening.join(sigma, self._sigma, box)
        self._is_filled = True

    def _fill(self, contacts: list[Contact], voltages: list[float], faces: _EdgeFaces) -> tuple[list[Floats], Floats]:
        """Set up the finest level; returns each contact's conductances and those of the edge's faces, siemens."""
        fine = self._grid.finest
        kernel.harmonic_faces(*self._sigma, *self._widths, fine.gi, fine.gj, fine.gk)
        fine.leak[...] = 0.0
        self._b[...] = 0.0
        across = np.choose(faces.axis, [along[faces.at] for along in self._sigma])
        towards_edge = across.astype(float) * faces.ground_m
        faces.add(towards_edge, fine.leak)
        touching = []
        for contact, voltage in zip(contacts, voltages, strict=True):
            at = tuple((contact.cells + 1).T)
            touching.append(self._sigma[0][at].astype(float) * contact.length_m)
            fine.leak[at] += touching[-1]
            self._b[at] += touching[-1] * voltage
        for contact, conductance in zip(contacts, touching, strict=True):
            self._cut_out(contact)
            conductance[fine.leak[tuple((contact.cells + 1).T)] == 0.0] = 0.0
        taken = fine.leak[faces.at] == 0.0
        towards_edge[taken] = 0.0
        self._grid.refresh()
        return touching, towards_edge

    def _cut_out(self, contact: Contact) -> None:
        """Take a body's own voxels out of the system: no faces, no leak, nothing that drives them."""
        fine = self._grid.finest
        i, j, k = (contact.inside + 1).T
        for faces, (a, b, c) in ((fine.gi, (1, 0, 0)), (fine.gj, (0, 1, 0)), (fine.gk, (0, 0, 1))):
            faces[i, j, k] = 0.0
            faces[i - a, j - b, k - c] = 0.0
        fine.leak[i, j, k] = 0.0
        self._b[i, j, k] = 0.0

    def _report(
        self,
        status: Literal["solved", "not converged", "cancelled"],
        steps: int,
        error: float,
        contacts: list[Contact],
        voltages: list[float],
        touching: list[Floats],
        faces: _EdgeFaces,
        towards_edge: Floats,
    ) -> PotentialReport:
        """Currents, power and heat of the potential now in the arrays."""
        fine, heat = self._grid.finest, self._grid.finest.spare
        kernel.face_losses(*self._sigma, *self._widths, fine.gi, fine.gj, fine.gk, self._x, heat)
        currents = []
        for contact, voltage, conductance in zip(contacts, voltages, touching, strict=True):
            at = tuple((contact.cells + 1).T)
            drop = voltage - self._x[at]
            currents.append(float(np.sum(conductance * drop)))
            heat[at] += conductance * drop**2
        outside = self._x[faces.at]
        lost = towards_edge * outside**2
        share = faces.ground_m / faces.half_m
        faces.add(lost * share, heat)
        heat_w = float(heat[INSIDE].sum(dtype=float))
        kernel.per_volume(heat, *self._widths)
        _set_inside(self._x, contacts, voltages)
        power = float(np.dot(voltages, currents))
        span = max(*voltages, 0.0) - min(*voltages, 0.0) if len(faces.axis) else max(voltages) - min(voltages)
        return PotentialReport(
            status=status,
            iterations=steps,
            error=error,
            lattice=self.widening,
            cells_v=self._x.copy(),
            heat_w_m3=self.widening.spread(heat),
            currents_a=tuple(currents),
            edge_current_a=float(np.sum(towards_edge * outside)),
            power_w=power,
            heat_w=heat_w,
            beyond_w=float(np.sum(lost * (1.0 - share))),
            resistance_ohm=span**2 / power if power > 0 else float("inf"),
        )


def _set_inside(x: Floats, contacts: list[Contact], values: list[float]) -> None:
    for contact, value in zip(contacts, values, strict=True):
        x[tuple((contact.inside + 1).T)] = value


def _edge_faces(widening: Widening, spacing: Floats, edge: Edge, electrodes: Sequence[Electrode]) -> _EdgeFaces:
    """The outer faces through which current may leave; none where the edge is insulated.

    Unbounded: far from the electrodes' middle V falls as 1/r (or, where they drive against each other, as 1/r²), so
    ``-dV/dn = order V (x . n) / |x|²``.
    """
    cells, half, ground = [np.zeros((0, 3), dtype=np.intp)], [np.zeros(0)], [np.zeros(0)]
    voltages = [one.voltage_v for one in electrodes]
    order = 2.0 if min(voltages) < 0.0 < max(voltages) else 1.0
    middle = np.mean([0.5 * (one.body.start_m + one.body.end_m) for one in electrodes], axis=0)
    shape, widths, centres = widening.shape, widening.widths(spacing), widening.centres(spacing)
    for axis in range(3) if edge != "insulated" else ():
        for side in (0, shape[axis] - 1):
            index = np.stack(
                np.meshgrid(*[[side] if a == axis else range(n) for a, n in enumerate(shape)], indexing="ij"), axis=-1
            ).reshape(-1, 3)
            width = np.stack([along[index[:, a]] for a, along in enumerate(widths)], axis=1)
            area = width.prod(axis=1) / width[:, axis]
            near = area / (0.5 * width[:, axis])
            cells.append(index)
            half.append(near)
            if edge == "grounded":
                ground.append(near)
                continue
            away = np.stack([along[index[:, a]] for a, along in enumerate(centres)], axis=1) - middle
            away[:, axis] += (0.5 if side else -0.5) * width[:, axis]
            decay = order * np.abs(away[:, axis]) / np.maximum(np.sum(away**2, axis=1), spacing.min() ** 2)
            ground.append(1.0 / (1.0 / near + 1.0 / np.maximum(area * decay, 1e-30)))
    axis_of = np.repeat([0, 0, 0, 1, 1, 2, 2][: len(cells)], [len(c) for c in cells])
    every = np.concatenate(cells) + 1
    once, owner = np.unique(every, axis=0, return_inverse=True)
    at, where = tuple(every.T), tuple(once.T)
    return _EdgeFaces(axis_of, np.concatenate(half), np.concatenate(ground), at, where, owner.reshape(-1))

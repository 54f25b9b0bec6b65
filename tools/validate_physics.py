"""The paper's physics, seen: figures and the numbers behind them.

``make validate-physics`` writes ``docs/validation/paper-physics.md`` and its pictures; a minute on two cores.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physics_scenes import CORTEX_MM, VOXEL_MM, Energy, Scene, beside_a_vessel, in_tibia, thawing

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "validation" / "paper-physics.md"
IMAGES = DOCS / "images"
ENERGIES: tuple[tuple[Energy, str, float], ...] = (
    ("radiofrequency", "Radiofrequency, 60 °C", 60.0),
    ("microwave", "Microwave, 60 °C", 60.0),
    ("cold", "Cold, edge of the ice", 0.0),
)

TITLE = "# The paper's physics, seen in a CT"
PREFACE = """Made by `make validate-physics` (`tools/physics_scenes.py`); the tests in
`tests/validation/test_paper_physics.py` assert what stands here. The CT is the bundled tibia (Visible Human, National
Library of Medicine) with its synthetic lesion. **These are simulations: they show that the model does what the paper
says of each energy, not how large a zone will be in a patient.**"""


def main() -> None:
    """Draw the pictures, then the page."""
    IMAGES.mkdir(exist_ok=True)
    rows = _cortex()
    radio, micro = _vessel()
    active, passive = _thaw()
    PAGE.write_text(_page(rows, radio, micro, active, passive), "utf-8")
    print(f"wrote {PAGE}")


def _cortex() -> list[tuple[str, float, float]]:
    figure = Figure(figsize=(9.0, 6.0), layout="constrained")
    axes = figure.subplots(2, 3)
    rows = []
    for column, (energy, title, level) in enumerate(ENERGIES):
        reach = []
        for row, intact in enumerate((True, False)):
            scene = in_tibia(energy, intact=intact)
            _section(axes[row, column], scene, level)
            state = "intact" if intact else "broken"
            axes[row, column].set_title(f"{title}\ncortex {state}", fontsize=9)
            reach.append(scene.beyond_bone_mm(level))
        rows.append((title, reach[0], reach[1]))
    figure.savefig(IMAGES / "physics-cortex.png", dpi=100, metadata={"Software": None})
    return rows


def _section(axes: Axes, scene: Scene, level: float) -> None:
    """An axial section through the probe: front of the patient on top, the patient's right on the left."""
    grid = scene.region.grid
    k = round(float(np.argwhere(scene.region.lesion)[:, 2].mean()))
    low, high = grid.to_mm([0, 0, k]), grid.to_mm([*np.array(grid.shape[:2]) - 1, k])
    extent = (low[0], high[0], high[1], low[1])
    axes.imshow(scene.region.hu[:, :, k].T, cmap="gray", vmin=-200, vmax=1200, extent=extent)
    x, y = (np.linspace(low[a], high[a], grid.shape[a]) for a in (0, 1))
    axes.contour(x, y, scene.bone[:, :, k].T.astype(float), [0.5], colors="white", linewidths=0.8)
    colour = "#7FD4FF" if level < 37.0 else "#FF8C1A"
    axes.contour(x, y, scene.extreme_c[:, :, k].T, [level], colors=colour, linewidths=1.8)
    axes.set_xticks([]), axes.set_yticks([])
    axes.text(0.02, 0.5, "R", color="white", transform=axes.transAxes)
    axes.text(0.94, 0.5, "L", color="white", transform=axes.transAxes)
    axes.text(0.5, 0.94, "A", color="white", transform=axes.transAxes)


def _vessel() -> tuple[tuple[float, float], tuple[float, float]]:
    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    found = []
    for axes, (energy, title) in zip(
        figure.subplots(1, 2), (("radiofrequency", "Radiofrequency"), ("microwave", "Microwave")), strict=True
    ):
        scene = beside_a_vessel(energy)
        k = scene.grid.shape[2] // 2
        half = VOXEL_MM * (scene.grid.shape[0] // 2)
        at = np.linspace(-half, half, scene.grid.shape[0])
        dose = np.log10(np.maximum(scene.dose_min[:, :, k].T, 1e-3))
        axes.contourf(at, at, dose, np.linspace(-3.0, 8.0, 23), cmap="inferno", extend="both")
        axes.contour(at, at, dose, [np.log10(240.0)], colors="white")
        turn = np.linspace(0.0, 2.0 * np.pi, 60)
        axes.plot(9.0 + 3.0 * np.cos(turn), 3.0 * np.sin(turn), color="#7FD4FF")
        axes.set_aspect("equal")
        axes.set_title(f"{title}: {scene.towards_mm:.1f} mm towards the vessel, {scene.away_mm:.1f} away", fontsize=8)
        axes.set_xlabel("mm"), axes.set_xlim(-22, 22), axes.set_ylim(-22, 22)
        found.append((scene.towards_mm, scene.away_mm))
    figure.savefig(IMAGES / "physics-vessel.png", dpi=100, metadata={"Software": None})
    return found[0], found[1]


def _thaw() -> tuple[float | None, float | None]:
    figure = Figure(figsize=(6.0, 3.4), layout="constrained")
    axes = figure.add_subplot()
    found = []
    for is_active, colour, word in ((True, "#C0392B", "warmed probe"), (False, "#2471A3", "blood alone")):
        thaw = thawing(is_active=is_active)
        minutes = np.array(thaw.time_s) / 60.0
        axes.plot(minutes, thaw.coldest_c, color=colour, label=f"{word}: coldest of the lesion")
        axes.plot(minutes, thaw.median_c, color=colour, linestyle="dashed", label=f"{word}: median")
        if thaw.warm_s is not None:
            axes.axvline(thaw.warm_s / 60.0, color=colour, linewidth=0.8)
        found.append(thaw.warm_s)
    axes.axhline(0.0, color="black", linewidth=0.5)
    axes.set_ylim(-60.0, 40.0)
    axes.set_xlabel("minutes since the second freeze ended"), axes.set_ylabel("°C")
    axes.legend(fontsize=7)
    figure.savefig(IMAGES / "physics-thaw.png", dpi=100, metadata={"Software": None})
    return found[0], found[1]


def _page(
    rows: list[tuple[str, float, float]],
    radio: tuple[float, float],
    micro: tuple[float, float],
    active: float | None,
    passive: float | None,
) -> str:
    table = "\n".join(f"| {title} | {intact:.1f} | {broken:.1f} |" for title, intact, broken in rows)
    return f"""{TITLE}

{PREFACE}

## Cortex holds current back, not waves and not ice

A probe along the shaft, half the way from the lesion's middle to the wall that it has broken; radiofrequency with a
cooled electrode at 15 W for 8 min, microwave at 40 W for 5 min, one freeze of 10 min; voxels of {VOXEL_MM:g} mm.
"Intact" is the same CT with {CORTEX_MM:g} mm of cortex all round. Reach beyond that wall, mm:

| | cortex intact | cortex broken |
|---|---|---|
{table}

![Zones with the cortex intact and broken](../images/physics-cortex.png)

Intact cortex takes a quarter off the reach of radiofrequency outside the bone; it does not stop it. Between tumour and
muscle it is a series resistance that heats up itself. An electrode that is not cooled and kept at 90 °C at its tip
shows no difference when it stands in the middle of the lesion (4.2 mm both ways), and 1.5 mm near the wall:
there heat arrives by conduction. The rule of the paper (ahmed2019, Heating Techniques) is stronger than this model.

## A vessel bites into radiofrequency more than into microwave

Perfused muscle, a vessel of 6 mm whose middle is 9 mm from the probe; the line is the lethal dose (CEM43 of 240 min).
Times are such that both reach about as far on the other side. The vessel takes {radio[1] - radio[0]:.1f} mm off
radiofrequency ({radio[0]:.1f} of {radio[1]:.1f} mm) and {micro[1] - micro[0]:.1f} mm off microwave ({micro[0]:.1f} of
{micro[1]:.1f} mm). It is taken as blood that is renewed at once: a small vessel bites less.

![Dose beside a vessel](../images/physics-vessel.png)

## Ice must thaw before cement sets

Freeze 10 min, thaw 5, freeze 10, then a warmed probe or blood alone. Cement may come when no ice is left in its place
and it sets not much more slowly than at 37 °C: after {_minutes(active)} with the probe, {_minutes(passive)}
by blood alone (ahmed2019 asks for 15 minutes of active thaw or more).

![Temperature of the lesion while it thaws](../images/physics-thaw.png)

## Metal raises the monopolar warning

Metal in the simulated box (above 3000 HU, or given as a mask) with a monopolar electrode puts a warning that begins
with IMPLANT first, with its distance from the lesion; microwave, bipolar electrodes and cold raise none
(`tests/unit/test_simulate_ablation.py`). The current through metal is simulated as that of a good conductor.
"""


def _minutes(seconds: float | None) -> str:
    return "not within 25 min" if seconds is None else f"{seconds / 60.0:.0f} min"


if __name__ == "__main__":
    main()

"""``buttress bench-device``: a device in a uniform medium, and how large its zones become."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from buttress.ablate.bench_run import BenchRun, BenchSetup, run_on_bench, usual_schedule
from buttress.ablate.schedule import parse_schedule
from buttress.app.device_cli import find_device
from buttress.records.device import Device

Medium = Literal["agar", "muscle", "liver", "bone"]


def bench_device(
    wanted: Annotated[
        str, typer.Argument(metavar="DEVICE", help="A device of the shelf (buttress device list), or its TOML file.")
    ],
    medium: Annotated[Medium, typer.Option(help="Bone is cancellous bone with its marrow.")] = "agar",
    probes: Annotated[int, typer.Option(min=1, max=12, help="Side by side: a line, a triangle, a square, rings.")] = 1,
    spacing_mm: Annotated[float, typer.Option(min=0.0, max=60.0, help="Between neighbours; for two or more.")] = 0.0,
    schedule: Annotated[
        str | None,
        typer.Option(help='"freeze 600", or "heat 5 min at 40 W"; left out: the first setting of the chart.'),
    ] = None,
    start_c: Annotated[float, typer.Option(min=0.0, max=45.0, help="Of the medium and its blood.")] = 37.0,
    perfused: Annotated[
        bool, typer.Option("--perfused/--no-perfused", help="With the medium's own blood flow.")
    ] = False,
    voxel_mm: Annotated[float, typer.Option(min=0.5, max=4.0, help="Edge of a voxel.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Run a device in a uniform medium and print the size of its zones, beside its published ones."""
    device, _ = find_device(wanted)
    phases = parse_schedule(schedule) if schedule else usual_schedule(device)
    setup = BenchSetup(medium, phases, probes, spacing_mm, start_c, perfused, voxel_mm)
    started, last = time.monotonic(), [-1]

    def told(fraction: float) -> bool:
        if int(4 * fraction) > last[0]:
            last[0] = int(4 * fraction)
            typer.echo(f"buttress: {25 * last[0]} %", err=True)
        return True

    found = run_on_bench(device, setup, told)
    seconds = time.monotonic() - started
    if as_json:
        rows = [asdict(row) for row in found.rows]
        told_also = {"status": found.status, "notes": found.notes, "drawn_j": found.drawn_j, "given_j": found.given_j}
        typer.echo(json.dumps({"device": device.key, "zones": rows, **told_also}, indent=2, ensure_ascii=False))
    else:
        for line in _lines(device, setup, found):
            typer.echo(line)
    typer.echo(f"buttress: took {seconds:.1f} s", err=True)
    raise typer.Exit(0 if found.status == "finished" else 1)


def _lines(device: Device, setup: BenchSetup, found: BenchRun) -> Iterator[str]:
    what = "probe" if setup.probes == 1 else f"probes {setup.spacing_mm:g} mm apart"
    blood = "with its blood flow" if setup.is_perfused else "no blood flow"
    yield f"{device.title}: {setup.probes} {what} in {setup.medium} at {setup.start_c:g} °C, {blood}"
    yield f"{', '.join(str(phase) for phase in setup.schedule)}; voxels of {setup.voxel_mm:g} mm; {found.status}"
    wide = max(len(row.title) for row in found.rows)
    yield f"{'zone':<{wide}}{'across, mm':>14}{'along, mm':>11}{'circle, mm':>12}{'volume, mL':>12}"
    for row in found.rows:
        size = row.size
        across = f"{size.longer_mm:.1f} x {size.shorter_mm:.1f}"
        edge = "  reaches the edge of what was simulated" if row.reaches_edge else ""
        numbers = f"{across:>14}{size.length_mm:>11.1f}{size.diameter_mm:>12.1f}{size.volume_ml:>12.1f}"
        yield f"{row.title:<{wide}}{numbers}{edge}"
    if any(found.drawn_j):
        yield f"heat drawn by the probes: {', '.join(f'{j / 1000:.1f}' for j in found.drawn_j)} kJ"
    if found.given_j:
        yield f"heat given to the medium: {found.given_j / 1000:.1f} kJ"
    yield from found.notes
    for zone in device.zones:
        if zone.probes == setup.probes:
            published = f"{zone.width_mm.value:g} x {zone.length_mm.value:g} mm"
            yield f"published: {zone.setting}: {published}; {zone.criterion}; {zone.medium}"

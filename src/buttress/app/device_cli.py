"""``buttress device``: the devices of the shelf, what is known of each, and a device fitted to its chart."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from buttress.ablate.calibrate import Calibration, calibrate
from buttress.app.outputs import replace_text
from buttress.exchange.device_file import read_device, with_fitted
from buttress.library.load import load_devices, shelf
from buttress.records.device import Device
from buttress.records.document import ButtressError
from buttress.records.number import Assumed, Fitted, Number

device_app = typer.Typer(
    help="Ablation devices: which are known, with which numbers, and how they are fitted to a chart.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
Wanted = Annotated[str, typer.Argument(metavar="KEY|FILE", help="A device of the shelf, or a device's TOML file.")]


def find_device(wanted: str) -> tuple[Device, str]:
    """A device of the shelf by key, or from a file, with the text it stands in. Raises ``ButtressError``."""
    if wanted in load_devices():
        return load_devices()[wanted], shelf().joinpath(f"devices/{wanted}.toml").read_text("utf-8")
    if wanted.endswith(".toml"):
        return read_device(Path(wanted))
    raise ButtressError(
        f'no device "{wanted}" is on the shelf', ", ".join(load_devices()), "name one of these, or a .toml file"
    )


@device_app.command("list")
def list_devices(as_json: AsJson = False) -> None:
    """List the devices: which can be simulated, which are only drawn from a chart, which need the user's numbers."""
    rows = [{"key": one.key, "title": one.title, "modality": one.modality, "can": _can(one)}
            for one in load_devices().values()]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    wide = max(len(row["key"]) for row in rows)
    for row in rows:
        typer.echo(f"{row['key']:<{wide}}  {row['modality']:<14}  {row['can']}  ({row['title']})")


def _can(device: Device) -> str:
    if device.user_supplied:
        return f"nothing yet: {device.user_supplied}"
    count = len(device.zones)
    drawn = f"drawn from {count} published zone{'s' if count > 1 else ''}" if count else "no published zone"
    return f"simulated; {drawn}" if device.applicator is not None else drawn


@device_app.command("show")
def show_device(wanted: Wanted, as_json: AsJson = False) -> None:
    """Show every number of a device with unit, range and source, and its published zones."""
    device, _ = find_device(wanted)
    if as_json:
        typer.echo(device.model_dump_json(indent=2))
        return
    typer.echo(f"{device.title} ({device.key}, {device.modality}): {_can(device)}")
    if device.note:
        typer.echo(device.note)
    for name, number in _numbers(device):
        typer.echo(f"  {name:<22} {_in_words(number)}")
    for zone in device.zones:
        typer.echo(
            f"  zone: {zone.setting}: {zone.width_mm.value:g} x {zone.length_mm.value:g} mm; {zone.criterion}; "
            f"{zone.medium} [{zone.width_mm.evidence.source}]"
        )


def _numbers(device: Device) -> Iterator[tuple[str, Number]]:
    for name in type(device.applicator).model_fields if device.applicator is not None else ():
        value = getattr(device.applicator, name)
        if hasattr(value, "unit"):
            yield name, value


def _in_words(number: Number) -> str:
    unit = "" if number.unit == "1" else f" {number.unit}"
    span = f" [{number.low:g} to {number.high:g}]" if number.low is not None and number.high is not None else ""
    told = f"{number.value:g}{unit}{span}"
    if isinstance(number, Assumed):
        return f"{told}  ours: {number.ours}"
    place = f"[{number.evidence.source}, {number.evidence.place}]"
    if isinstance(number, Fitted):
        return f"{told}  fitted to {number.fitted_to}; misfit {number.misfit} {place}"
    return f"{told}  {place}"


@device_app.command("calibrate")
def calibrate_device(
    wanted: Wanted,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the file with the fitted numbers here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a device to its chart: the numbers its file calls free, to the settings it names; predict the others."""
    device, text = find_device(wanted)
    if output is not None and output.exists():
        raise ButtressError("the file exists already", "a new file name", "choose another name", where=str(output))
    found = calibrate(device, lambda spent: typer.echo(f"buttress: zones simulated so far: {spent}", err=True))
    if output is not None:
        replace_text(output, with_fitted(text, _as_fitted(device, found)))
    if as_json:
        typer.echo(json.dumps(_as_row(found), indent=2, ensure_ascii=False))
        return
    for line in _told(found):
        typer.echo(line)
    if output is not None:
        typer.echo(f"wrote {output}", err=True)


def _as_fitted(device: Device, found: Calibration) -> dict[str, Fitted]:
    assert device.bench is not None and device.applicator is not None  # noqa: PT018
    names = " and ".join(device.zones[k].setting for k in device.bench.fitted_settings)
    sizes = " and ".join(device.bench.sizes)
    told = f"{found.misfit_mm:.1f} mm"
    if not math.isnan(found.prediction_error_mm):
        told += f"; predicted settings: {found.prediction_error_mm:.1f} mm"
    evidence = device.zones[device.bench.fitted_settings[0]].width_mm.evidence
    return {
        name: Fitted(
            value=value,
            unit=getattr(device.applicator, name).unit,
            fitted_to=f"{sizes} of {names}",
            misfit=told,
            evidence=evidence,
        )
        for name, value in found.fitted.items()
    }


def _told(found: Calibration) -> Iterator[str]:
    yield f"{found.device}: {found.status}, {found.simulations} zones simulated"
    for name, value in found.fitted.items():
        yield f"  {name} = {value:.4g}"
    yield "  setting: published, ours, miss (mm, width x length)"
    for one in found.results:
        kind = "fitted" if one.was_fitted else "predicted"
        ours = f"{one.simulated.longer_mm:.1f} x {one.simulated.length_mm:.1f}"
        yield (
            f"  {one.setting}: {one.published_width_mm:g} x {one.published_length_mm:g}, {ours}, "
            f"{one.width_miss_mm:+.1f} x {one.length_miss_mm:+.1f} ({kind})"
        )
    yield f"  what is left of the fitted widths: {found.misfit_mm:.1f} mm" + (
        ""
        if math.isnan(found.prediction_error_mm)
        else f"; predicted widths miss by {found.prediction_error_mm:.1f} mm"
    )


def _as_row(found: Calibration) -> dict[str, Any]:
    return {
        "device": found.device,
        "status": found.status,
        "fitted": dict(found.fitted),
        "simulations": found.simulations,
        "misfit_mm": round(found.misfit_mm, 3),
        "settings": [
            {
                "setting": one.setting,
                "was_fitted": one.was_fitted,
                "published_mm": [one.published_width_mm, one.published_length_mm],
                "simulated_mm": [round(one.simulated.longer_mm, 2), round(one.simulated.length_mm, 2)],
                "miss_mm": [round(one.width_miss_mm, 2), round(one.length_miss_mm, 2)],
            }
            for one in found.results
        ],
    }

"""``buttress verify``: the equations against exact answers, on this machine."""

from __future__ import annotations

import json
import math
import time
from collections import ChainMap
from dataclasses import asdict
from typing import Annotated

import typer

from buttress.ablate.ladder.climb import LADDER as HEAT
from buttress.numerics.rung import Rung, climb
from buttress.records.document import ButtressError
from buttress.reinforce.ladder import LADDER as MECHANICS

LADDER = ChainMap(MECHANICS, HEAT)
"""Both ladders; listed as heat, then mechanics."""


def verify(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="CHECK", help="One check, such as V6 or M2 (may be repeated); left out: all."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Check the equations against exact answers: case, exact, ours, error, limit, pass. It takes a minute or two."""
    keys = [key.upper() for key in only] if only else list(LADDER)
    if unknown := [key for key in keys if key not in LADDER]:
        raise ButtressError(f'no check "{unknown[0]}"', ", ".join(LADDER), "name one of these")
    found, started = list[Rung](), time.monotonic()
    for key in keys:
        for rung in climb(LADDER, key):
            found.append(rung)
            if not as_json:
                typer.echo(_line(rung))
    failed = sum(not rung.passed for rung in found)
    if as_json:
        rows = [_finite(asdict(rung)) | {"passed": rung.passed} for rung in found]
        typer.echo(json.dumps({"rungs": rows, "failed": failed}, indent=2, ensure_ascii=False))
    else:
        seconds = time.monotonic() - started
        typer.echo(f"{len(found) - failed} of {len(found)} hold; {seconds:.0f} s. These are equations, not patients.")
    raise typer.Exit(1 if failed else 0)


def _finite(row: dict[str, object]) -> dict[str, object]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def _line(rung: Rung) -> str:
    unit = "" if rung.unit == "1" else f" {rung.unit}"
    held = "pass" if rung.passed else "FAIL"
    what = f"{rung.of} ({rung.parameters})" if rung.parameters else rung.of
    numbers = f"exact {rung.exact:.5g}, ours {rung.ours:.5g}, error {rung.error:.2g}{unit} of {rung.limit:.2g}"
    return f"{rung.key:<4}{held}  {what}: {numbers}"

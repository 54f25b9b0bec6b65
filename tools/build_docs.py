"""Write the generated pages: one per verb of the command line, one per device file, one of all rules, one of all codes.

``make docs`` writes them; ``make check`` runs this with ``--check`` and fails when a page is not what the code says.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from buttress.app.cli import app
from buttress.evidence.source import Evidence, bibliography
from buttress.library.load import load_devices
from buttress.records.device import Applicator, ChartZone, Device
from buttress.records.number import Assumed, Fitted, Number, Published
from code_page import codes_page
from protocol_page import disagreements_page, steps_page
from rule_pages import rules_page

DOCS = Path(__file__).resolve().parents[1] / "docs"
MADE = "<!-- made by tools/build_docs.py: change the code or the library, then run `make docs` -->"


def group_page(name: str, group: TyperGroup) -> str:
    """A verb with verbs of its own: what it is for, then each of them."""
    inner = [verb_lines(f"{name} {key}", one, "##") for key, one in commands_of(group).items()]
    return "\n".join([MADE, f"# buttress {name}", "", group.help or "", "", *(line for one in inner for line in one)])


def verb_page(name: str, command: TyperCommand) -> str:
    """One verb on a page of its own."""
    return "\n".join([MADE, *verb_lines(name, command, "#")])


def verb_lines(name: str, command: TyperCommand, level: str) -> list[str]:
    """One verb: what it does, how it is called, its arguments and options; ``level`` is the heading's mark."""
    arguments = [argument_name(one) for one in command.params if isinstance(one, TyperArgument)]
    usage = " ".join(["buttress", name, "[OPTIONS]", *arguments])
    lines = [f"{level} buttress {name}", "", command.help or "", "", "```", usage, "```", ""]
    lines += ["| argument or option | meaning | default |", "|---|---|---|"]
    return [*lines, *(parameter_row(one) for one in command.params if isinstance(one, TyperArgument | TyperOption)), ""]


def commands_of(group: TyperGroup) -> dict[str, TyperCommand]:
    """The plain verbs of a group, by name."""
    return {name: one for name, one in group.commands.items() if isinstance(one, TyperCommand)}


def argument_name(argument: TyperArgument) -> str:
    """How an argument is written in a usage line."""
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required else f"[{name}]"


def parameter_row(parameter: TyperArgument | TyperOption) -> str:
    """One parameter as a table row."""
    if isinstance(parameter, TyperArgument):
        label = argument_name(parameter)
    else:
        label = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
    default = "" if parameter.default in (None, False) or parameter.required else str(parameter.default)
    cells = (label, parameter.help or "", default)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def device_page(device: Device) -> str:
    """One device: every published zone with its medium, criterion and source."""
    lines = [MADE, f"# {device.title}", "", f"Modality: {device.modality.replace('_', ' ')}. Key: `{device.key}`.", ""]
    lines += [device.note, ""] if device.note else []
    if device.user_supplied:
        lines += [f"Not drawn and not simulated: {device.user_supplied}.", ""]
    keys = {published.evidence.source for zone in device.zones for published in (zone.width_mm, zone.length_mm)}
    if device.zones:
        lines += [
            "| setting | probes | width mm | length mm | edge measured | medium | source |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [zone_row(zone) for zone in device.zones]
        lines += ["", "The zones are drawn as published. None of them was measured in bone with a metastasis.", ""]
    if device.applicator is not None:
        lines += ["## In simulation", "", *applicator_lines(device.applicator), ""]
        numbers = [getattr(device.applicator, name) for name in type(device.applicator).model_fields]
        keys |= {one.evidence.source for one in numbers if isinstance(one, Published | Fitted)}
    if device.bench is not None:
        lines += [f"Bench: {device.bench.medium} at {device.bench.start_c:g} °C; {device.bench.ours}.", ""]
    if keys:
        lines += ["## Sources", "", *(f"- `{key}`: {bibliography()[key].citation}" for key in sorted(keys)), ""]
    return "\n".join(lines[:-1]) + "\n"


def applicator_lines(applicator: Applicator) -> list[str]:
    """What of a device enters a simulation, number by number, and what each rests on."""
    lines = ["| number | value | unit | rests on |", "|---|---|---|---|"]
    for name in type(applicator).model_fields:
        one = getattr(applicator, name)
        if isinstance(one, Published):
            rests = place_of(one.evidence)
        elif isinstance(one, Fitted):
            rests = f"fitted to {one.fitted_to}; {one.misfit}"
        elif isinstance(one, Assumed):
            rests = f"ours: {one.ours}"
        else:
            continue
        lines.append(f"| {name} | {number(one)} | {one.unit} | {rests} |")
    return lines


def zone_row(zone: ChartZone) -> str:
    """One published zone as a table row."""
    places = "; ".join(dict.fromkeys(place_of(p.evidence) for p in (zone.width_mm, zone.length_mm)))
    sizes = (number(zone.width_mm), number(zone.length_mm))
    return f"| {zone.setting} | {zone.probes} | {sizes[0]} | {sizes[1]} | {zone.criterion} | {zone.medium} | {places} |"


def number(published: Number) -> str:
    """A number of the shelf with its range."""
    if published.low is None or published.high is None:
        return f"{published.value:g}"
    return f"{published.value:g} ({published.low:g} to {published.high:g})"


def place_of(evidence: Evidence) -> str:
    """Source key and place."""
    return f"`{evidence.source}`, {evidence.place}"


def pages() -> dict[Path, str]:
    """Every generated page by path."""
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the command line has verbs")
    groups = {name: one for name, one in group.commands.items() if isinstance(one, TyperGroup)}
    made = {DOCS / "cli" / f"{name}.md": verb_page(name, command) for name, command in commands_of(group).items()}
    made |= {DOCS / "cli" / f"{name}.md": group_page(name, one) for name, one in groups.items()}
    made[DOCS / "reference" / "rules.md"] = rules_page(MADE)
    made[DOCS / "reference" / "codes.md"] = codes_page(MADE)
    made[DOCS / "reference" / "protocol.md"] = steps_page(MADE)
    made[DOCS / "reference" / "disagreements.md"] = disagreements_page(MADE)
    made |= {DOCS / "devices" / f"{key}.md": device_page(device) for key, device in load_devices().items()}
    return made


def main() -> int:
    """Write the pages, or with ``--check`` compare them."""
    made = pages()
    found = [path for folder in ("cli", "devices", "reference") for path in (DOCS / folder).glob("*.md")]
    present = {path for path in found if path.read_text("utf-8").startswith(MADE)}  # the others are written by hand
    stale = sorted(path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text)
    stale += sorted(present - made.keys())
    if "--check" in sys.argv:
        print("\n".join(f"{path.relative_to(DOCS)} is stale: run make docs" for path in stale) or "docs: up to date")
        return 1 if stale else 0
    for path in present - made.keys():
        path.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    print(f"docs: wrote {len(made)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())

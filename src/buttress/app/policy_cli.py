"""``buttress policy``: what a site may decide for itself, to be written, checked and read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from buttress.exchange.policy_file import read_policy
from buttress.exchange.policy_template import policy_template
from buttress.library.default_uses import load_uses
from buttress.records.policy import PolicyChange, SitePolicy

policy_app = typer.Typer(
    help="Change our own choices for a site; a source's number is never changed.", no_args_is_help=True
)
out = Console(highlight=False)

PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="A site's policy: see buttress policy template.")
]


@policy_app.command("template")
def template() -> None:
    """Print a policy to fill in: every choice of ours, with its value, range, reason and uses."""
    typer.echo(policy_template(), nl=False)


@policy_app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The policy.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON (also when it is not a terminal).")] = False,
) -> None:
    """Say what a policy changes, and which rules and steps use it."""
    policy = read_policy(file)
    if as_json or not sys.stdout.isatty():
        typer.echo(json.dumps(_as_json(policy), indent=2, ensure_ascii=False))
        return
    out.print(f"[bold]{escape(policy.name)}[/]  SHA-256 {policy.sha256}")
    for change in policy.changes:
        out.print(f"\n[bold]{change.key}[/]  {escape(change.label)}: {escape(change.told)}")
        out.print(f"  [dim]used by:[/] {escape(load_uses()[change.key].in_words())}")
        if change.reason:
            out.print(f"  [dim]reason:[/] {escape(change.reason)}")
    out.print(f"\n{len(policy.changes)} changed" if policy.changes else "\nIt changes nothing.")


def _as_json(policy: SitePolicy) -> dict[str, Any]:
    return {**policy.model_dump(mode="json"), "changes": [_change(change) for change in policy.changes]}


def _change(change: PolicyChange) -> dict[str, Any]:
    uses = load_uses()[change.key]
    return {**change.model_dump(mode="json"), "rules": uses.rules, "steps": uses.steps, "places": uses.places}

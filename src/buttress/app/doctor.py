"""What is installed and what is missing."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Literal

import buttress
from buttress.library.example_cases import example_names
from buttress.library.load import load_bones, load_devices
from buttress.library.load_rules import load_rules


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the diagnosis."""

    name: str
    state: Literal["ok", "missing", "optional"]
    found: str


def diagnose() -> tuple[Check, ...]:
    """Look at the interpreter, every dependency by extra, and the library."""
    python = Check("Python", "ok" if sys.version_info >= (3, 11) else "missing", platform.python_version())
    cores = Check("processor cores", "ok", str(os.cpu_count()))
    return (Check("buttress", "ok", buttress.__version__), python, cores, *_packages(), *_library())


def as_rows(checks: tuple[Check, ...]) -> list[dict[str, str]]:
    """The diagnosis for machines."""
    return [asdict(check) for check in checks]


def _packages() -> list[Check]:
    checks = []
    for requirement in metadata.requires("buttress") or []:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"](\w+)['\"]", requirement)
        label = f"{name} [{extra[1]}]" if extra else name
        try:
            checks.append(Check(label, "ok", metadata.version(name)))
        except metadata.PackageNotFoundError:
            state: Literal["missing", "optional"] = "optional" if extra else "missing"
            remedy = f"pip install 'buttress[{extra[1]}]'" if extra else "pip install --force-reinstall buttress"
            checks.append(Check(label, state, f"not installed: {remedy}"))
    return checks


def _library() -> list[Check]:
    return [
        Check("examples", "ok" if example_names() else "missing", ", ".join(example_names())),
        Check("bones", "ok", str(len(load_bones()))),
        Check("devices with published zones", "ok", str(sum(bool(d.zones) for d in load_devices().values()))),
        Check("rules", "ok", str(len(load_rules()))),
    ]

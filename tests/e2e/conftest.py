"""The command line in this process, for the end-to-end tests."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from buttress.app import cli

Ran = tuple[int, str, str]
Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``buttress ARGUMENTS`` in this process; returns exit code, standard output, standard error."""

    def runner(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["buttress", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    return runner

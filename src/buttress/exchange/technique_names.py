"""Techniques that a board chose, against those on the shelf."""

from __future__ import annotations

from collections.abc import Mapping

from buttress.exchange.document_errors import nearest, wrong_value
from buttress.exchange.toml_lines import Path
from buttress.library.load_rules import load_techniques
from buttress.records.case import Case


def check_techniques(case: Case, name: str, lines: Mapping[Path, int], *, inside: Path = ()) -> None:
    """Raise ``ButtressError`` for a chosen technique that is not in the table; ``inside`` as in ``check_anatomy``."""
    known = load_techniques()
    for place, key in enumerate(case.board.chosen_techniques or ()):
        if key not in known:
            raise wrong_value(
                (*inside, "board", "chosen_techniques", place),
                f'unknown technique "{key[:40]}"',
                f"one of {', '.join(known)}",
                nearest(key, known) or "name the nearest, and say the rest in decision",
                name,
                lines,
            )

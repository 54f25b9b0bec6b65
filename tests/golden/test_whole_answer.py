"""Did the whole answer change? Reviews of the bundled examples against the kept ones (``make regold`` writes them)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regold import EXAMPLES, answer

RELATIVE, ABSOLUTE = 1e-3, 1e-3
"""Wider than the rounding of the kept files, narrower than any difference that a reader would see."""


def differences(kept: Any, found: Any, path: str) -> Iterator[str]:
    """Places where two documents differ, numbers within the tolerance aside."""
    if isinstance(kept, dict) and isinstance(found, dict):
        for key in sorted(kept.keys() | found.keys()):
            yield from differences(kept.get(key), found.get(key), f"{path}.{key}")
    elif isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        for place, (old, new) in enumerate(zip(kept, found, strict=True)):
            yield from differences(old, new, f"{path}[{place}]")
    elif isinstance(kept, float) and isinstance(found, float):
        if found != pytest.approx(kept, rel=RELATIVE, abs=ABSOLUTE):
            yield f"{path}: was {kept}, is {found}"
    elif kept != found:
        yield f"{path}: was {kept!r}, is {found!r}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_review_of_a_bundled_example_is_what_it_was(name: str) -> None:
    kept = json.loads((Path(__file__).parent / f"{name}.json").read_text("utf-8"))
    found = json.loads(json.dumps(answer(name)))
    assert not list(differences(kept, found, name))[:20]


def test_a_changed_number_and_a_changed_word_are_seen() -> None:
    kept = {"a": [1.0, {"b": "x"}]}
    assert list(differences(kept, {"a": [1.0005, {"b": "x"}]}, "d")) == []
    assert list(differences(kept, {"a": [1.01, {"b": "y"}]}, "d")) == [
        "d.a[0]: was 1.0, is 1.01",
        "d.a[1].b: was 'x', is 'y'",
    ]

"""Fixtures that several folders of tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real CTs beside the checkout; the test skips, saying so, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("real CTs not here: ../shared/data is absent")
    return SHARED

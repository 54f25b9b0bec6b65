"""One comparison of the ladder: what was asked, the exact answer, ours, and how far apart they may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rung:
    """``error`` is in ``unit``; ``of`` says what was compared, ``parameters`` for which numbers."""

    key: str
    of: str
    parameters: str
    exact: float
    ours: float
    error: float
    limit: float
    unit: str

    def __post_init__(self) -> None:
        for name in ("exact", "ours", "error", "limit"):  # plain numbers: a numpy scalar cannot be written as JSON
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def passed(self) -> bool:
        """Whether the error is within its limit; not a number never is."""
        return self.error <= self.limit


def apart(key: str, of: str, parameters: str, exact: float, ours: float, limit: float, unit: str) -> Rung:
    """A rung whose error is the distance of two numbers."""
    return Rung(key, of, parameters, exact, ours, abs(ours - exact), limit, unit)


def relative(key: str, of: str, parameters: str, exact: float, ours: float, limit: float) -> Rung:
    """A rung whose error is a share of the exact answer."""
    return Rung(key, of, parameters, exact, ours, abs(ours / exact - 1.0), limit, "1")


Rungs = Callable[[], Iterator[Rung]]


def climb(ladder: Mapping[str, tuple[Rungs, ...]], key: str) -> Iterator[Rung]:
    """The rungs of one check of a ladder. Raises ``KeyError`` for a name that is not there."""
    for rungs in ladder[key]:
        yield from (rung for rung in rungs() if rung.key == key)

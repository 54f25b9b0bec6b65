"""Compiled loops over planes, shared among a few threads.

A loop that is compiled to share itself among threads takes several times as long to compile. Kernels that many others
stand beside are compiled as plain loops over a range of planes that let go of Python's lock, and are called here for
one part of the planes on every thread. What they write is the same however many threads there are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numba

FAST = {"contract", "reassoc", "nsz", "arcp", "nnan", "ninf"}
"""What the compiler may assume in sums of finite numbers."""

by_planes = numba.njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy", boundscheck=False)
"""Compiles a function ``(first, last, ...)`` over planes ``first`` to ``last``."""


@cache
def thread_count() -> int:
    """Threads that numba would use."""
    return int(numba.get_num_threads())


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, thread_count() - 1), thread_name_prefix="planes")


def share(kernel: Callable[..., Any], planes: int, threads: int, *given: Any) -> None:
    """Call ``kernel(first, last, *given)`` for all planes, on so many threads; returns when all is done."""
    parts = max(1, min(threads, planes))
    ends = [planes * n // parts for n in range(parts + 1)]
    others = [_pool().submit(kernel, ends[n], ends[n + 1], *given) for n in range(1, parts)]
    kernel(ends[0], ends[1], *given)
    for other in others:
        other.result()

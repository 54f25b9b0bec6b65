"""Compressed images are unpacked in a process of their own: a decoder that crashes, hangs or swells takes only that.

The decoders (JPEG, JPEG-LS, JPEG 2000) are native libraries fed bytes from anywhere.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import IO

MAX_SECONDS = 10.0
"""Ours: a 4096 x 4096 image unpacks in about one."""

MAX_START_SECONDS = 60.0
"""Ours: the process starts in a quarter of a second, and in many on a machine that is short of processors."""

_WORKER = "buttress.exchange.dicom.decoding_worker"
READY = b"ready"
"""What the process says first, once everything is loaded."""

_LENGTH = struct.Struct("<I")


class DecodingError(Exception):
    """An image could not be unpacked. Its text, if any, goes on the sentence "... cannot be decoded"."""


class Decoder(AbstractContextManager["Decoder"]):
    """The process, started when first needed and ended with the block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, codestream: bytes, options: dict[str, int | str]) -> bytes:
        """Unpack one image: little-endian numbers of ``options["bits_allocated"]`` bits, row by row.

        Raises ``DecodingError`` where the decoder fails, dies, or takes longer than ``MAX_SECONDS``.
        """
        process = self._running()
        wanted = int(options["rows"]) * int(options["columns"]) * int(options["bits_allocated"]) // 8
        answer = self._within(
            MAX_SECONDS, process, lambda: _exchange(process, wanted, json.dumps(options).encode(), codestream)
        )
        if not answer:
            raise DecodingError
        return answer

    def _within(self, seconds: float, process: subprocess.Popen[bytes], ask: Callable[[], bytes]) -> bytes:
        """An answer within a time; else the process is ended and ``DecodingError`` raised."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(seconds, give_up)
        watch.start()
        try:
            return ask()
        except (OSError, EOFError):
            self._end()
            raise DecodingError(f" within {seconds:g} s" if late.is_set() else "") from None
        finally:
            watch.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._within(MAX_START_SECONDS, process, lambda: _exchange(process, len(READY)))
        return process

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


def _exchange(process: subprocess.Popen[bytes], wanted: int, *parts: bytes) -> bytes:
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise EOFError
    for part in parts:
        write_part(stdin, part)
    stdin.flush()
    return read_part(stdout, wanted)


def write_part(stream: IO[bytes], part: bytes) -> None:
    """A length, then as many bytes."""
    stream.write(_LENGTH.pack(len(part)))
    stream.write(part)


def read_part(stream: IO[bytes], most: int) -> bytes:
    """A length, then as many bytes; raises ``EOFError`` where fewer come or more than ``most`` are announced."""
    head = stream.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else most + 1
    part = stream.read(length) if length <= most else b""
    if len(part) != length:
        raise EOFError
    return part

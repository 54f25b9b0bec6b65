"""The process that unpacks compressed images, one after another, within a bound of memory. Started by ``decoding``."""

from __future__ import annotations

import json
import os
import sys

from buttress.exchange.dicom.decoding import READY, read_part, write_part
from buttress.exchange.dicom.files import MAX_FILE_BYTES
from buttress.exchange.dicom.unpacking import unpack

MAX_MEMORY_BYTES = 1 << 30
"""Ours: of address space, about 300 MB of which Python and the decoders take."""


def main() -> None:
    """Answer until nobody asks any more."""
    _bound_memory()
    questions = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # decoders print warnings, which must not mix with answers
    write_part(answers, READY)
    answers.flush()
    while True:
        try:
            options, codestream = json.loads(read_part(questions, MAX_FILE_BYTES)), read_part(questions, MAX_FILE_BYTES)
        except EOFError:
            return
        write_part(answers, unpack(codestream, options))
        answers.flush()


def _bound_memory() -> None:
    if sys.platform == "win32":  # no such bound there; the image's announced size was checked before
        return
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


if __name__ == "__main__":
    main()

"""Feed damaged files of every format to the readers: each must end in a volume or in a refusal, soon and small.

``make fuzz`` damages 5,040 files: 240 of each of 21 forms. Processes of their own read them; one that crashes, computes
for more than 10 s (or answers not within a minute) or needs more than 1 GB is a finding, and so is any error but
``ButtressError``. Prints a table and ends with 1 where there are findings; ``--seed`` makes other files.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume
from damaged_files import FORMS, Read, damaged

MAX_SECONDS = 10.0
"""Of computing, its decoders' included: the clock alone would count what else the machine does."""

MAX_WAIT_SECONDS = 60.0
MAX_BYTES = 1 << 30
_OUTCOMES = ("refused", "unharmed", "another volume", "FINDING")


def read_damaged(name: str, number: int, seed: int, whole: Path, folder: Path, truth: Read) -> str:
    """The outcome of damaged file ``number`` of a form: refused, unharmed, another volume; or raises what it met."""
    form = FORMS[name]
    rng = np.random.default_rng([seed, list(FORMS).index(name), number])
    path = folder / form.damaged
    content = (whole / form.damaged).read_bytes()
    harmed = damaged(content, rng)
    others = [one for one in sorted(whole.iterdir()) if one.suffix == ".dcm" and rng.random() < 0.1]
    changed = {path: harmed} | {folder / one.name: damaged(one.read_bytes(), rng) for one in others}
    for one, data in changed.items():
        one.write_bytes(data)
    try:
        return judged(form.read(folder), truth)
    except ButtressError as error:
        if not (error.found and error.expected and error.remedy) or "Doe" in error.message or "123456" in error.message:
            raise ValueError(f"not a helpful refusal: {error.message}") from error
        return "refused"
    finally:
        for one in changed:
            shutil.copyfile(whole / one.name, one)


def judged(read: Read, truth: Read) -> str:
    """Whether a volume is the whole file's, or another one that is sound in itself. Raises where it is not sound."""
    values = read.inside if isinstance(read, Mask) else read.values
    wanted = truth.inside if isinstance(truth, Mask) else truth.values
    if isinstance(read, Volume) and not (np.isfinite(read.values).all() and -1500 <= read.values.min() < -50):
        raise ValueError("a volume that is not HU")
    if isinstance(read, Mask) and not 0 < read.inside.sum() < read.inside.size:
        raise ValueError("a mask that is empty or full")
    if read.grid.is_close(truth.grid) and np.array_equal(values, wanted):
        return "unharmed"
    return "another volume"


def work(name: str, first: int, last: int, seed: int) -> None:
    """Read damaged files one after another, a line of JSON for each, within a bound of memory."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as home:
        whole, folder = Path(home) / "whole", Path(home) / "damaged"
        whole.mkdir()
        FORMS[name].write(whole)
        shutil.copytree(whole, folder)
        truth = FORMS[name].read(whole)
        here = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (here + MAX_BYTES, here + MAX_BYTES))
        for number in range(first, last):
            start, detail = computed_seconds(), ""
            try:
                outcome = read_damaged(name, number, seed, whole, folder, truth)
            except BaseException:  # everything that escapes is a finding
                outcome, detail = "FINDING", traceback.format_exc()[-1500:]
            peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            print(json.dumps([number, outcome, computed_seconds() - start, peak, detail]), flush=True)


def computed_seconds() -> float:
    """Seconds that this process and those it started have computed."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def supervise(name: str, count: int, seed: int) -> list[tuple[int, str, float, int, str]]:
    """Run one form's files in a process; where it dies or hangs, note the file and go on behind it."""
    found: list[tuple[int, str, float, int, str]] = []
    while len(found) < count:
        command = [sys.executable, __file__, "--work", name, str(len(found)), str(count), "--seed", str(seed)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
        )
        lines = process.stdout
        if lines is None:
            raise OSError("no pipe")
        while len(found) < count:
            watch = threading.Timer(MAX_WAIT_SECONDS, process.kill)
            watch.start()
            line = lines.readline()
            watch.cancel()
            if not line:
                found.append((len(found), "FINDING", MAX_SECONDS, 0, f"the process died or hung: {process.wait()}"))
                break
            number, outcome, seconds, peak, detail = json.loads(line)
            late = seconds > MAX_SECONDS
            found.append((number, "FINDING" if late else outcome, seconds, peak, "slow" if late else detail))
        process.kill()
        process.wait()
    return found


def main() -> int:
    """Damage, read, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=240, help="damaged files of each form")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=FORMS, help="one form")
    parser.add_argument("--work", nargs=3, metavar=("FORM", "FIRST", "LAST"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work[0], int(given.work[1]), int(given.work[2]), given.seed)
        return 0
    names = [given.only] if given.only else list(FORMS)
    with ThreadPoolExecutor(given.jobs) as pool:
        results = dict(zip(names, pool.map(lambda name: supervise(name, given.count, given.seed), names), strict=True))
    return report(results, given.seed)


def report(results: dict[str, list[tuple[int, str, float, int, str]]], seed: int) -> int:
    """Print outcomes by form, the slowest and the largest, and every finding; 1 where there is one."""
    print(f"| form | files | {' | '.join(_OUTCOMES)} | slowest (s) | peak (MB) |\n|---|{'---|' * (len(_OUTCOMES) + 3)}")
    everything = [row for rows in results.values() for row in rows]
    for name, rows in [*results.items(), ("all", everything)]:
        counts = Counter(row[1] for row in rows)
        numbers = " | ".join(str(counts[outcome]) for outcome in _OUTCOMES)
        print(
            f"| {name} | {len(rows)} | {numbers} | {max(r[2] for r in rows):.1f} | {max(r[3] for r in rows) // 1024} |"
        )
    findings = [(name, row) for name, rows in results.items() for row in rows if row[1] == "FINDING"]
    for name, row in findings:
        print(f"\n{name}, file {row[0]}, seed {seed}:\n{row[4]}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

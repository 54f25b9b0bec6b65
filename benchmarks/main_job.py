"""Where the time of the main job goes: seconds and share of each step, and peak memory, for each bundled example.

Each example runs in a process of its own, as a user would run it; imports count. ``make bench`` prints the table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = """
import json, resource, sys, time
start = time.perf_counter()
from pathlib import Path
from buttress.app.jobs import demo_job
marks = [("imports", start)]
demo_job(sys.argv[1], Path(sys.argv[2]), lambda step: marks.append((step, time.perf_counter())))
marks.append(("", time.perf_counter()))
# The first mark opened with the process; every later one closes the step before it.
steps = [(name, later - at) for (name, at), (_, later) in zip(marks, marks[1:])]
# Linux counts ru_maxrss in KiB, macOS in bytes.
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"steps": steps, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}))
"""


def run(name: str) -> tuple[list[tuple[str, float]], float]:
    """Steps with their seconds, and peak memory in GB, of one example."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", CHILD, name, str(Path(folder) / "out")]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [(step, seconds) for step, seconds in answer["steps"]], answer["peak"] / 1e9


def main() -> None:
    """Print one table per example."""
    for name in ("tibia", "sternum"):
        steps, peak_gb = run(name)
        total = sum(seconds for _, seconds in steps)
        print(f"{name}: {total:.1f} s, peak {peak_gb:.2f} GB")
        for step, seconds in steps:
            print(f"  {step:<32} {seconds:6.2f} s  {100 * seconds / total:4.0f} %")


if __name__ == "__main__":
    main()

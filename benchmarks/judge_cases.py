"""How fast the rules are: random cases judged per second on one core, without and with what would change each.

Cases are made beforehand; only judging is timed, in seconds of processor time, with the garbage collector as the
command line sets it. What would change is timed on a twentieth of the cases.
``python benchmarks/judge_cases.py [CASES]``
"""

from __future__ import annotations

import gc
import random
import sys
import time
from pathlib import Path

from buttress.app.collector import ease_collector
from buttress.assess.judge import judge
from buttress.library.load import load_bones
from buttress.records.case import Case, Lesion
from buttress.records.findings import LesionFindings

sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))
from random_cases import random_case

SEED = 7


def main() -> None:
    """Print cases per second, without and with what would change each; a case beforehand reads the library."""
    ease_collector()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    dice = random.Random(SEED)
    cases = [random_case(dice) for _ in range(count)]
    gc.collect()
    gc.freeze()  # the cases themselves are not what is measured: do not look through them again and again
    for with_changes, part in ((False, cases), (True, cases[: max(1, count // 20)])):
        judge_all(cases[:1], with_changes=with_changes)
        start = time.process_time()
        judge_all(part, with_changes=with_changes)
        seconds = time.process_time() - start
        what = "judged, with what would change" if with_changes else "judged"
        print(f"{what}: {len(part)} cases in {seconds:.2f} s, {len(part) / seconds:.0f} cases/s")


def judge_all(cases: list[tuple[Case, Lesion, LesionFindings]], *, with_changes: bool) -> None:
    """Judge every case and forget the answer."""
    bones = load_bones()
    for case, lesion, found in cases:
        judge(case, lesion, found, bones[lesion.bone], with_changes=with_changes)


if __name__ == "__main__":
    main()

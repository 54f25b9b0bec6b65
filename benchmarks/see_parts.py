"""Where the time of seeing goes, for a CT of 512 x 512 x 200 voxels with one lesion, against our limits.

Each run is a process of its own, with the machine's numba cache warm (the first run of all is not shown). Wall seconds
depend on what else the machine does; processor seconds (user and system, with child processes) hardly do.
``python benchmarks/see_parts.py [nifti] [dicom] [click]``: all three when none is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1] / "tools"
sys.path.append(str(TOOLS))
from thighs_phantom import SEED_MM, save_series, thighs  # noqa: E402 (tools stand outside the package)

LIMITS = {"nifti": (20.0, 3.0), "dicom": (20.0, 3.0), "click": (2.0, 3.0)}
"""Issue 4: load to measures within 20 s and 3 GB on two cores, a click to a mask within 2 s once the bone is known."""

CASE = """
id = "thighs"
[images]
ct = "{ct}"
[[lesions]]
id = "L1"
bone = "femur"
side = "left"
{lesion}
"""

CHILD = """
import importlib, json, resource, sys, time
from pathlib import Path

def seconds():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.perf_counter(), own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

parts, depth = [], [0]

def timed(name, function):
    def run(*given, **named):
        place, start = len(parts), seconds()
        parts.append(None)
        depth[0] += 1
        try:
            return function(*given, **named)
        finally:
            depth[0] -= 1
            wall, cpu = (b - a for a, b in zip(start, seconds()))
            parts[place] = ("  " * depth[0] + name, wall, cpu)
    return run

def time_all_called_from(module):
    for name, one in list(vars(module).items()):
        ours = getattr(one, "__module__", "").startswith("buttress.measure")
        if ours and callable(one) and not isinstance(one, type):
            setattr(module, name, timed(name, one))

kind, path = sys.argv[1], Path(sys.argv[2])
begin = seconds()
from buttress.app.sources import load_input
from buttress.exchange.images import read_imaging
from buttress.library.load import load_bones
# By name: the room hands on a function that is called like its module.
names = ("lesion", "measure_lesion", "target")
lesion, measure_lesion, target = (importlib.import_module(f"buttress.measure.{name}") for name in names)
parts.append(("imports", *(b - a for a, b in zip(begin, seconds()))))
loaded = load_input(str(path))
imaging = timed("read the images", read_imaging)(loaded.case, loaded.folder)
one = loaded.case.lesions[0]
bone = load_bones()[one.bone]
if kind == "click":
    lesion.segment_from_seed(imaging.ct, one, bone, imaging.bones.get(one.id))  # fills the caches
    parts.clear()
    time_all_called_from(lesion)
    draft = timed("click to mask", lesion.segment_from_seed)(imaging.ct, one, bone, imaging.bones.get(one.id))
    said = draft if isinstance(draft, str) else f"{draft.mask.volume_ml:.2f} ml drafted"
else:
    time_all_called_from(measure_lesion)
    time_all_called_from(target)
    seen = timed("measure the lesion", measure_lesion.measure_lesion)(loaded.case, one, imaging, bone)
    said = f"axial involvement {seen.findings.axial_cortical_involvement_mm.value:.1f} mm"
total = [b - a for a, b in zip(begin, seconds())]
# Linux counts ru_maxrss in KiB, macOS in bytes.
unit = 1 if sys.platform == "darwin" else 1024
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * unit
print(json.dumps({"parts": parts, "total": total, "peak": peak / 1e9, "said": said}))
"""


def make_cases(folder: Path, kinds: list[str]) -> None:
    """Write the phantom once: as NIfTI, as a DICOM series, and the case files that name them."""
    from buttress.exchange.nifti import write_nifti_mask, write_nifti_volume

    ct, lesion, bone = thighs()
    write_nifti_volume(ct, folder / "ct.nii.gz")
    write_nifti_mask(lesion, folder / "lesion.nii.gz")
    write_nifti_mask(bone, folder / "bone.nii.gz")
    if "dicom" in kinds:
        save_series(ct, folder / "series")
    masked = 'mask = "../lesion.nii.gz"'
    clicked = f'seed_mm = {list(SEED_MM)}\nbone_mask = "../bone.nii.gz"'
    for kind, source, lesion_lines in (
        ("nifti", "../ct.nii.gz", masked),
        ("dicom", "../series", masked),
        ("click", "../ct.nii.gz", clicked),
    ):
        (folder / kind).mkdir()
        (folder / kind / "case.toml").write_text(CASE.format(ct=source, lesion=lesion_lines))


def run(kind: str, case: Path) -> dict:
    """The parts of one run, its totals, and its peak memory in GB."""
    answer = subprocess.run([sys.executable, "-c", CHILD, kind, str(case)], capture_output=True, text=True)
    if answer.returncode:
        sys.exit(answer.stderr)
    return json.loads(answer.stdout)


def main() -> None:
    """Print a table for each kind of run."""
    kinds = sys.argv[1:] or list(LIMITS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_cases(folder, kinds)
        run("nifti", folder / "nifti" / "case.toml")  # compiles what is not compiled yet
        for kind in kinds:
            show(kind, run(kind, folder / kind / "case.toml"))


def show(kind: str, found: dict) -> None:
    """One table: every part, then the total against its limits."""
    most_s, most_gb = LIMITS[kind]
    wall, cpu = found["parts"][0][1:] if kind == "click" else found["total"]
    print(f"{kind}: {found['said']}")
    print(f"  {'part':<38} {'wall s':>7} {'CPU s':>7}")
    for part, part_wall, part_cpu in found["parts"]:
        if part_wall >= 0.005:
            print(f"  {part:<38} {part_wall:7.2f} {part_cpu:7.2f}")
    verdict = "within" if wall <= most_s and found["peak"] <= most_gb else "OVER"
    print(f"  {'in all':<38} {wall:7.2f} {cpu:7.2f}   peak {found['peak']:.2f} GB")
    print(f"  {verdict} the limits of {most_s:.0f} s (wall) and {most_gb:.0f} GB\n")


if __name__ == "__main__":
    main()

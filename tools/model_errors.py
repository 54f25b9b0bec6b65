"""Print the errors of drawn zones and rigidities against their closed forms: the numbers in ``docs/models``.

Run with ``python tools/model_errors.py`` (15 s). The phantoms and closed forms are those of ``tests/verification``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from buttress.ablate.zone import draw_chart_zone
from buttress.reinforce.rigidity import measure_rigidity
from buttress.reinforce.section import section_rigidity

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "verification"))

import test_ablate_zone as zones
import test_reinforce_rigidity as shafts


def print_sections() -> None:
    """Sections given in closed form: relative errors."""
    hollow = section_rigidity(*shafts.sections(lambda x, y: (np.hypot(x, y) > 8).astype(float)))
    least = hollow.principal_bending[0, 0] / 26954.9 - 1
    print(f"hollow shaft 28/16: EA {hollow.axial[0] / 414.69 - 1:+.3%}, EI {least:+.3%}")
    off = section_rigidity(*shafts.sections(lambda x, y: (np.hypot(x - 3, y) > 8).astype(float)))
    least = off.principal_bending[0, 0] / 24267.9 - 1
    print(f"canal 3 mm off: centroid {off.centroid_mm[0, 0]:.4f} mm, least EI {least:+.3%}")
    for modulus, axial, bending in ((0.0, 7.050e6, 458.2), (2500.0, 7.552e6, 466.3)):
        found = section_rigidity(
            *shafts.sections(lambda x, y, e=modulus: np.where(np.hypot(x, y) > 8, 17000.0, e))  # type: ignore[misc]
        )
        errors = found.axial[0] / axial - 1, found.principal_bending[0, 0] * 1e-6 / bending - 1
        print(f"cortex 17 GPa, canal {modulus:g} MPa: EA {errors[0]:+.3%}, EI {errors[1]:+.3%}")


def print_shafts() -> None:
    """Voxel shafts with a sector gone: axial, bending, polar; closed form and error in points."""
    for name, axis in (("straight", shafts.Z), ("tilted 30", shafts.TILTED)):
        for gap, spacing in ((40.0, 1.0), (90.0, 1.0), (90.0, 0.5)):
            if spacing < 1.0 and name != "straight":
                continue
            seen, ct = shafts.notched(axis, gap, spacing)
            truth = np.array(shafts.sector_ratios(np.deg2rad(gap)))
            linear = np.array(shafts.linear_ratios(seen, ct)) - truth
            found = measure_rigidity(seen, ct)
            measures = (found.axial_ratio, found.bending_ratio, found.torsion_polar_ratio)
            power = np.array([m.value for m in measures], dtype=float) - truth
            ranges = " ".join(f"[{m.low:.3f} {m.high:.3f}]" for m in measures)
            print(f"{name}, gap {gap:g} deg, {spacing:g} mm: truth {truth.round(4)}")
            print(
                f"  points: linear law {(100 * linear).round(2)}, measured {(100 * power).round(2)}; intervals {ranges}"
            )


def print_thinned() -> None:
    """A voxel shaft with its cortex thinned from 6 to 3 mm all around: axial and bending, error in points."""
    seen, ct = shafts.thinned(3.0)
    truth = np.array([(14**2 - 11**2) / (14**2 - 8**2), (14**4 - 11**4) / (14**4 - 8**4)])
    linear = np.array(shafts.linear_ratios(seen, ct)[:2]) - truth
    found = measure_rigidity(seen, ct)
    measures = (found.axial_ratio, found.bending_ratio)
    power = np.array([m.value for m in measures], dtype=float) - truth
    ranges = " ".join(f"[{m.low:.3f} {m.high:.3f}]" for m in measures)
    print(f"thinned to 3 mm, 1 mm: truth {truth.round(4)}")
    print(f"  points: linear law {(100 * linear).round(2)}, measured {(100 * power).round(2)}; intervals {ranges}")


def print_zones() -> None:
    """Balls in balls on 0.5 mm voxels: error of the least margin (mm) and of the coverage."""
    grid = zones.Grid.aligned((70, 70, 70), 0.5, (-17.25, -17.25, -17.25))
    lesion = zones.mask_of(grid, zones.ball((0, 0, 0), 10.0))
    for offset in (0.0, 1.5, 4.0):
        plan = zones.plan_with(zones.number(32.0), zones.number(32.0), (offset, 0.0, 0.0), zones.OBLIQUE)
        margin = draw_chart_zone(plan, zones.seen_lesion(lesion, lesion), {}, 5.0).margin_mm.value
        print(f"ball 10 in ball 16, {offset:g} mm off: least margin {margin - (6.0 - offset):+.2f} mm")
    plan = zones.plan_with(zones.number(24.0), zones.number(24.0), (0.0, 8.0, 0.0), zones.OBLIQUE)
    held = draw_chart_zone(plan, zones.seen_lesion(lesion, lesion), {}, 3.0).coverage_fraction.value
    print(f"ball 10 and ball 12, 8 mm apart: coverage {held - zones.lens_ml(12, 10, 8) / (4 / 3 * np.pi):+.2%}")


if __name__ == "__main__":
    print_sections()
    print_shafts()
    print_thinned()
    print_zones()

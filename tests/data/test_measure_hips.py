"""The upper end of the femur in real CTs: all of the head, nothing of the socket, the same bone from every seed in it.

Middles of heads and places in the socket were read off pictures (LPS mm), to about 2 mm.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone

Point = tuple[float, float, float]

CORE_MM = 18.0
"""The least radius of an adult's head less the doubt of its middle: all of it is head, the fovea's floor too."""
SAME_DICE = 0.95
"""Of one bone found from two seeds: their voxels are laid elsewhere, so that surfaces differ by part of a voxel."""
HIPS: list[tuple[str, Point, list[Point], list[Point]]] = [
    # name, middle of the head, seeds in trochanter or shaft, places in roof, inner wall and ischium
    (
        "STS_044",
        (-85, 20, -737),
        [(-128, 16, -771), (-107, -54, -869)],
        [(-81, 20, -707), (-51, 20, -739), (-60, 65, -762)],
    ),
    ("STS_046", (-88, 3, 957), [(-116, 15, 886), (-112, 1, 772)], [(-60, 45, 935)]),
    ("STS_036", (83, 34, -652), [(116, 18, -698)], [(80, 34, -620)]),
    ("STS_015", (-88, 30, -656), [(-125, 31, -693), (-108, -24, -768)], [(-88, 30, -625), (-85, 58, -668)]),
    ("STS_007", (-85, -7, -701), [(-125, 5, -731)], [(-85, 0, -670), (-50, 0, -700)]),
    ("STS_011", (-91, 35, -648), [(-128, 25, -690), (-126, -28, -752)], [(-88, 32, -620)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "head_mm", "seeds_mm", "socket_mm"), HIPS, ids=[hip[0] for hip in HIPS])
def test_a_femur_holds_its_whole_head_and_no_socket_from_every_seed(
    shared_data: Path, name: str, head_mm: Point, seeds_mm: list[Point], socket_mm: list[Point]
) -> None:
    ct, _ = read_nifti_volume(shared_data / "sts-ibsi" / name / "ct.nii.gz")
    found = [segment_bone(ct, load_bones()["femur"], seed_mm=np.array(seed)) for seed in (head_mm, *seeds_mm)]
    at_mm = ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1))
    core = np.linalg.norm(at_mm - np.array(head_mm), axis=-1) < CORE_MM
    masks = []
    for one in found:
        assert one is not None
        assert one.bone.inside[core].all()
        assert not any(one.bone.holds(point) for point in socket_mm)
        assert all(one.bone.holds(point) for point in seeds_mm)
        masks.append(one.bone.inside)
    for first, second in pairwise(masks):
        assert 2.0 * (first & second).sum() / (first.sum() + second.sum()) >= SAME_DICE

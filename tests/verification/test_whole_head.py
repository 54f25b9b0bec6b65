"""A drawn femur in its socket: the mask holds all of the head and nothing of the pelvis, on either side of the body."""

from __future__ import annotations

import numpy as np
import pytest

from buttress.library.load import load_bones
from buttress.measure.skeleton import segment_bone
from socket_phantom import Hip, draw_hip

EDGE_MM = 1.5
"""Half of a slice of 3 mm: a surface is drawn no nearer."""


@pytest.mark.parametrize(
    ("hip", "spacing_mm"),
    [
        (Hip(), (0.98, 0.98, 1.5)),
        (Hip(radius_mm=26.0, side="right", centre_mm=(-5.0, 4.0, 1.3)), (0.98, 0.98, 3.27)),
        (Hip(gap_mm=2.0, centre_mm=(0.4, 0.2, -3.1)), (0.98, 0.98, 3.27)),
    ],
    ids=["left", "right, 3 mm slices", "narrow joint space, 3 mm slices"],
)
@pytest.mark.parametrize("seed", ["head", "neck"])
def test_the_mask_of_a_femur_holds_its_head_and_no_socket(
    hip: Hip, spacing_mm: tuple[float, float, float], seed: str
) -> None:
    ct = draw_hip(hip, spacing_mm, 20.0, seed=3)
    down = 0.0 if seed == "head" else 34.0 / np.sqrt(2.0)
    at = np.array(hip.centre_mm) + down * np.array([-hip.medial, 0.0, -1.0])
    found = segment_bone(ct, load_bones()["femur"], seed_mm=at)
    assert found is not None
    inside = found.bone.inside
    off = ct.grid.to_mm(np.moveaxis(np.indices(ct.grid.shape), 0, -1)) - np.array(hip.centre_mm)
    far = np.linalg.norm(off, axis=-1)
    assert inside[far < hip.radius_mm - EDGE_MM].mean() >= 0.995
    medial_or_above = (off[..., 0] * hip.medial > 0.0) | (off[..., 2] > 0.0)
    socket = medial_or_above & (far > hip.radius_mm + hip.gap_mm) & (ct.values > 150.0)
    assert socket.sum() > 1000
    assert inside[socket].mean() <= 0.002

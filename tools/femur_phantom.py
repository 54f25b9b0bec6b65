"""A drawn femur whose every place is known, and balls of tumour in any femur that is cut to be loaded at its hip."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from buttress.numerics.grid import Grid
from buttress.records.image import Mask, Volume
from buttress.records.proximal_femur import ProximalFemur
from buttress.reinforce.block import BoneBlock
from buttress.reinforce.femur_block import cut_femur

HEAD_MM, RADIUS_MM, OFFSET_MM, DROP_MM = np.array([5.0, -8.0, 12.0]), 22.0, 44.0, 35.0
SHAFT_MM, CORTEX_MM, CORTEX_HU, SPONGY_HU, MARROW_HU = 13.0, 5.0, 1500.0, 400.0, 0.0
TUMOUR_HU = 40.0


def frame_of(side: str, flexed_deg: float = 25.0) -> np.ndarray:
    """Rows medial, anterior, distal in LPS of a thigh that is flexed on the table."""
    turn = np.deg2rad(flexed_deg)
    medial = np.array([1.0 if side == "right" else -1.0, 0.0, 0.0])
    distal = np.array([0.0, -np.sin(turn), -np.cos(turn)])
    anterior = np.array([0.0, -np.cos(turn), np.sin(turn)])
    return np.stack([medial, anterior, distal])


def to_segment(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distance of points to the line between two places."""
    along = end - start
    share = np.clip((points - start) @ along / (along @ along), 0.0, 1.0)
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1)


@cache
def drawn(side: str) -> tuple[ProximalFemur, Volume]:
    """A femur: a tube with a spongy neck, head and trochanter."""
    axes = frame_of(side)
    shape = (110, 130, 150)
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = HEAD_MM + axes.T @ [-20.0, 0.0, 70.0] - 0.75 * np.array(shape)
    grid = Grid(shape, affine)
    rel = (grid.to_mm(np.moveaxis(np.indices(shape), 0, -1)) - HEAD_MM) @ axes.T
    shaft = to_segment(rel, np.array([-OFFSET_MM, 0.0, DROP_MM]), np.array([-OFFSET_MM, 0.0, 300.0]))
    head = np.linalg.norm(rel, axis=-1) - RADIUS_MM
    neck = to_segment(rel, np.zeros(3), np.array([-OFFSET_MM, 0.0, DROP_MM])) - 15.0
    trochanter = np.linalg.norm(rel - np.array([-OFFSET_MM - 6.0, 0.0, 22.0]), axis=-1) - 18.0
    outside = np.minimum.reduce([shaft - SHAFT_MM, head, neck, trochanter])
    hu = np.where(outside > 0, -50.0, np.where(outside > -CORTEX_MM / 2, 900.0, SPONGY_HU))
    tube = (rel[..., 2] > DROP_MM + 20.0) & (outside <= 0)
    hu = np.where(tube, np.where(shaft > SHAFT_MM - CORTEX_MM, CORTEX_HU, MARROW_HU), hu)
    x, y, z = HEAD_MM.tolist()
    return ProximalFemur(Mask(grid, outside <= 0), (x, y, z), RADIUS_MM), Volume(grid, hu.astype(np.float32))


def block(side: str = "right", spacing_mm: float = 2.0) -> BoneBlock:
    femur, ct = drawn(side)
    return cut_femur(femur, Mask(ct.grid, np.zeros(ct.grid.shape, dtype=bool)), ct, spacing_mm=spacing_mm)


def with_ball(whole: BoneBlock, centre_mm: np.ndarray, radius_mm: float) -> BoneBlock:
    """A ball of tumour in a block of sound bone, which stays as it is where it is healed."""
    places = whole.grid.to_mm(np.moveaxis(np.indices(whole.grid.shape), 0, -1))
    ball = (np.linalg.norm(places - centre_mm, axis=-1) < radius_mm) & whole.solid
    return replace(
        whole, hu=np.where(ball, np.float32(TUMOUR_HU), whole.hu), healed_hu=whole.hu, cavity=ball.astype(np.float32)
    )


def place(side: str, medial_mm: float, anterior_mm: float, distal_mm: float) -> np.ndarray:
    """A place of the drawn femur from its head's middle, LPS mm."""
    return HEAD_MM + frame_of(side).T @ np.array([medial_mm, anterior_mm, distal_mm])

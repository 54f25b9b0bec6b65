"""Lytic, mixed, blastic or permeative: each from its own evidence."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from buttress.measure.matrix import measure_density
from buttress.numerics.grid import Grid
from buttress.records.findings import Observation
from buttress.records.image import Volume

GRID = Grid.aligned((60, 60, 60), 1.0, (-29.5, -29.5, -29.5))
AWAY = np.linalg.norm(GRID.to_mm(np.moveaxis(np.indices(GRID.shape), 0, -1)), axis=-1)
LESION, BONE = AWAY < 10.0, AWAY < 26.0


def matrix(hu: np.ndarray) -> Observation:
    return measure_density(Volume(GRID, hu.astype(np.float32)), LESION, BONE)[1]


def edged(inside_hu: float, width_mm: float) -> np.ndarray:
    """A ball in bone of 300 HU with an edge that rises over ``width_mm``."""
    return inside_hu + (300.0 - inside_hu) * np.clip(0.5 + (AWAY - 10.0) / width_mm, 0.0, 1.0)


def test_classes_by_mean_and_dense_share():
    assert matrix(edged(60.0, 1.0)).value == "lytic"
    assert matrix(edged(250.0, 1.0)).value == "mixed"
    assert matrix(edged(700.0, 1.0)).value == "blastic"
    half = np.where(np.indices(GRID.shape)[0] < 28, 400.0, 20.0)
    assert matrix(np.where(LESION, half, 300.0)).value == "mixed"


def test_a_permeative_lesion_needs_a_wide_margin_and_holes_in_the_rim():
    holes = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(GRID.shape), 0.9)
    scattered = (holes > np.quantile(holes, 0.7)) & (AWAY > 9.0) & (AWAY < 18.0)
    wide, narrow = edged(60.0, 7.0), edged(60.0, 1.0)
    assert matrix(np.where(scattered, 60.0, wide)).value == "permeative"
    assert matrix(wide).value == "lytic"
    assert matrix(np.where(scattered, 60.0, narrow)).note.count("holes in") == 1


def test_the_numbers_behind_the_class_are_said_and_a_close_call_is_called_one():
    sure, close = matrix(edged(60.0, 1.0)), matrix(np.where(LESION, 165.0, 400.0))
    assert "margin about" in sure.note
    assert "doubt" not in sure.note
    assert "doubt" in close.note


def test_without_contrast_to_the_rim_a_permeative_margin_cannot_be_told():
    assert "could not be told" in matrix(np.full(GRID.shape, 60.0)).note

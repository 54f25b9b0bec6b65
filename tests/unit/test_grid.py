"""A grid says where voxels lie, and refuses what cannot be a place in a patient."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from buttress.numerics.grid import Grid
from buttress.records.image import Mask, Volume


def oblique() -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", (31, -12, 7), degrees=True).as_matrix() @ np.diag((0.8, 0.9, 3.0))
    affine[:3, 3] = (-12.0, 40.0, -700.0)
    return Grid((4, 5, 6), affine)


def test_an_index_goes_to_the_patient_and_back() -> None:
    grid = oblique()
    index = np.array([[0, 0, 0], [3, 4, 5], [1.25, 2.5, 0.125]])
    np.testing.assert_allclose(grid.to_index(grid.to_mm(index)), index, atol=1e-12)
    np.testing.assert_allclose(grid.to_mm([0, 0, 0]), (-12.0, 40.0, -700.0))


def test_spacing_and_volume_survive_rotation() -> None:
    np.testing.assert_allclose(oblique().spacing_mm, (0.8, 0.9, 3.0))
    assert oblique().voxel_volume_ml == pytest.approx(0.8 * 0.9 * 3.0 / 1000)


def test_a_crop_keeps_every_voxel_where_it_was() -> None:
    grid = oblique()
    np.testing.assert_allclose(grid.crop((1, 2, 3), (4, 5, 6)).to_mm([0, 0, 0]), grid.to_mm([1, 2, 3]))
    assert grid.crop((1, 2, 3), (4, 5, 6)).shape == (3, 3, 3)


def test_a_grid_contains_its_voxels_up_to_their_outer_faces() -> None:
    grid = Grid.aligned((10, 10, 10), 2.0)
    inside = grid.contains([[-0.99, 0, 0], [-1.01, 0, 0], [18.99, 0, 0], [19.01, 0, 0]])
    assert inside.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("matrix", "complaint"),
    [
        (np.diag((-1.0, 1.0, 1.0)), "right-handed"),
        (np.diag((1.0, 0.0, 1.0)), "spacing"),
        (np.array([[1.0, 0, 0], [0, 1.0, 0.2], [0, 0, 1.0]]), "orthogonal"),
        (np.diag((1.0, np.nan, 1.0)), "spacing"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(matrix: np.ndarray, complaint: str) -> None:
    affine = np.eye(4)
    affine[:3, :3] = matrix
    with pytest.raises(ValueError, match=complaint):
        Grid((2, 2, 2), affine)


def test_the_affine_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        oblique().affine[0, 0] = 5.0


def test_grids_differ_by_shape_by_shift_and_by_rotation() -> None:
    grid = Grid.aligned((100, 100, 100), 1.0)
    turned = np.eye(4)
    turned[:3, :3] = Rotation.from_euler("z", 0.1, degrees=True).as_matrix()
    assert grid.is_close(Grid.aligned((100, 100, 100), 1.0, (0.009, 0, 0)))
    assert not grid.is_close(Grid.aligned((100, 100, 100), 1.0, (0.02, 0, 0)))
    assert not grid.is_close(Grid.aligned((100, 100, 99), 1.0))
    assert not grid.is_close(Grid((100, 100, 100), turned))


def test_voxels_must_fit_their_grid() -> None:
    grid = Grid.aligned((2, 3, 4), 1.0)
    with pytest.raises(ValueError, match="fit"):
        Volume(grid, np.zeros((4, 3, 2), np.float32))
    with pytest.raises(ValueError, match="bool"):
        Mask(grid, np.zeros((2, 3, 4), np.uint8))  # type: ignore[arg-type]


def test_a_mask_knows_its_volume_and_its_points() -> None:
    grid = Grid.aligned((3, 3, 3), (1.0, 2.0, 5.0), (100, 0, -50))
    inside = np.zeros((3, 3, 3), np.bool_)
    inside[2, 1, 0] = True
    assert Mask(grid, inside).volume_ml == pytest.approx(0.01)
    np.testing.assert_allclose(Mask(grid, inside).points_mm(), [[102.0, 2.0, -50.0]])


def test_a_mask_holds_the_points_of_its_voxels_and_none_outside_the_grid() -> None:
    inside = np.zeros((3, 3, 3), np.bool_)
    inside[2, 1, 0] = True
    mask = Mask(Grid.aligned((3, 3, 3), (1.0, 2.0, 5.0), (100, 0, -50)), inside)
    assert mask.holds([[102.4, 2.9, -48.0], [101.4, 2.0, -50.0], [105.0, 2.0, -50.0], [99.0, 0.0, -50.0]]).tolist() == [
        True,
        False,
        False,
        False,
    ]

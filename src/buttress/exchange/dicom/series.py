"""A DICOM CT series in a folder becomes one volume in the patient, or a sentence that says why not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.dicom.folder import choose_series, read_folder
from buttress.exchange.dicom.image_checks import check_images
from buttress.exchange.dicom.pixels import read_hu, read_stored_bytes
from buttress.exchange.dicom.stack import (
    Stack,
    duplicate_places,
    refuse_gaps,
    stack_images,
    uniform_positions,
    usual_gap,
)
from buttress.exchange.hounsfield import pad_with_air, refuse_unless_hu
from buttress.exchange.orientation import to_patient_axes
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Volume

_FEWEST_IMAGES = 3
_UNSEEN_RATIO = 1.2  # ours: rounding of the two tags stays below

Notes = tuple[str, ...]


def read_dicom_series(
    folder: Path, series_uid: str | None = None, *, where: str = ""
) -> tuple[Volume, tuple[str, ...]]:
    """Read the one CT series below ``folder`` (or the one named): HU as float32 ``[i, j, k]``, and sentences.

    Images are ordered by position along their normal. Localisers, reports, contours and files that are not DICOM are
    passed over with a sentence; uneven spacing is resampled linearly with a sentence. Raises ``ButtressError`` (place:
    ``where``, or the folder) for another modality, several series, missing or differing images, tilt, truncated files,
    a missing rescale, a compression that is not read, and numbers that cannot be HU.
    """
    where = where or str(folder)
    headers, skipped = read_folder(folder, where)
    series, passed_over = choose_series(headers, series_uid, where)
    check_images(series, where)
    stack, dropped = _drop_identical(stack_images(series, where), where)
    if len(stack.headers) < _FEWEST_IMAGES:
        raise ButtressError(
            f"the series has {len(stack.headers)} image(s)",
            f"at least {_FEWEST_IMAGES}",
            "export the whole series",
            where=where,
        )
    refuse_gaps(stack, where)
    grid, values, moved = _build(stack, where)
    refuse_unless_hu(values, where)
    values, padded = pad_with_air(values)
    named = f"DICOM series {series[0].series_uid}: {len(stack.headers)} images."
    return Volume(grid, values), (named, *skipped, *passed_over, *dropped, *moved, *_unseen(stack), *padded)


def _drop_identical(stack: Stack, where: str) -> tuple[Stack, Notes]:
    """Drop images that repeat their neighbour; refuse two different images at one place."""
    places = duplicate_places(stack)
    for place in places:
        if _fingerprint(stack, place, where) != _fingerprint(stack, place - 1, where):
            raise ButtressError(
                f"{len(places)} position(s) hold two different images, the first at {stack.along_mm[place]:.2f} mm "
                "(two phases or two reconstructions in one series)",
                "one image at each position",
                "export one phase or one reconstruction",
                where=where,
            )
    note = (f"{len(places)} image(s) were in the folder twice; one of each was used.",) if places else ()
    return stack.without(set(places)), note


def _fingerprint(stack: Stack, place: int, where: str) -> tuple[str, float | None, float | None]:
    header = stack.headers[place]
    data = read_stored_bytes(header, f"the image at {stack.along_mm[place]:.2f} mm", where)
    return hashlib.sha256(data).hexdigest(), header.slope, header.intercept


def _build(stack: Stack, where: str) -> tuple[Grid, NDArray[np.float32], Notes]:
    """Read all pixels into ``[i, j, k]`` on one uniform grid along the patient's axes."""
    first = stack.headers[0]
    values = np.empty((first.columns or 0, first.rows or 0, len(stack.headers)), dtype=np.float32)
    for place, header in enumerate(stack.headers):
        values[:, :, place] = read_hu(header, f"the image at {stack.along_mm[place]:.2f} mm", where)
    spacing, even = uniform_positions(stack)
    if not even:
        values = _resampled(values, stack.along_mm, spacing)
    turned, affine, turn = to_patient_axes(values, _affine(stack, spacing))
    i, j, k = turned.shape
    notes = () if even else (_uneven_in_words(stack, spacing),)
    return Grid((i, j, k), affine), np.ascontiguousarray(turned, dtype=np.float32), (*notes, *([turn] if turn else []))


def _unseen(stack: Stack) -> Notes:
    """A sentence when the images are thinner than their distance, so that tissue between them was not imaged."""
    thickness, gap = stack.headers[0].thickness_mm, usual_gap(stack)
    if not thickness or gap <= _UNSEEN_RATIO * thickness:
        return ()
    return (f"Images {thickness:.4g} mm thick lie {gap:.4g} mm apart: what lies between them was not imaged.",)


def _affine(stack: Stack, spacing: float) -> NDArray[np.float64]:
    """Column index, row index, image index to LPS mm (DICOM PS3.3, C.7.6.2.1.1)."""
    between_rows, between_columns = stack.headers[0].spacing_mm or (1.0, 1.0)
    affine = np.eye(4)
    affine[:3, 0] = stack.row * between_columns
    affine[:3, 1] = stack.column * between_rows
    affine[:3, 2] = stack.normal * spacing
    affine[:3, 3] = stack.headers[0].position_mm
    return affine


def _resampled(values: NDArray[np.float32], along: NDArray[np.float64], spacing: float) -> NDArray[np.float32]:
    """Linear interpolation between neighbouring images at every ``spacing`` mm, from the first to the last."""
    count = int(np.floor((along[-1] - along[0]) / spacing + 1e-6)) + 1
    wanted = along[0] + spacing * np.arange(count)
    upper = np.clip(np.searchsorted(along, wanted, side="right"), 1, len(along) - 1)
    weight = ((wanted - along[upper - 1]) / (along[upper] - along[upper - 1])).astype(np.float32)
    return np.asarray(values[:, :, upper - 1] * (1 - weight) + values[:, :, upper] * weight)


def _uneven_in_words(stack: Stack, spacing: float) -> str:
    gaps = stack.gaps_mm
    return (
        f"The distance between images varies from {gaps.min():.4g} to {gaps.max():.4g} mm; they were resampled "
        f"linearly to {spacing:.4g} mm."
    )

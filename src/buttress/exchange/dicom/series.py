"""A DICOM CT series in a folder becomes one volume in the patient, or a sentence that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from buttress.exchange.axes import refuse_bad_axes, refuse_implausible_spacing
from buttress.exchange.dicom.folder import choose_series, read_folder
from buttress.exchange.dicom.image_checks import check_images, refuse_too_many_voxels
from buttress.exchange.dicom.one_stack import FEWEST_IMAGES, keep_one_stack
from buttress.exchange.dicom.pixels import read_hu
from buttress.exchange.dicom.stack import (
    Stack,
    duplicate_places,
    refuse_gaps,
    stack_images,
    uniform_positions,
    usual_gap,
)
from buttress.exchange.dicom.tilt import Frame, frame_of, placed
from buttress.exchange.hounsfield import AIR_HU, pad_with_air, refuse_unless_hu
from buttress.exchange.orientation import laid_out, to_patient_axes
from buttress.numerics.grid import Grid
from buttress.records.document import ButtressError
from buttress.records.image import Volume

_UNSEEN_RATIO = 1.2  # ours: rounding of the two tags stays below

Notes = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedCt:
    """A CT in HU, the sentences of its reading, and the UID of the patient's coordinate system ("" if unnamed)."""

    volume: Volume
    notes: Notes
    frame_of_reference: str


def read_dicom_series(
    folder: Path, series_uid: str | None = None, *, where: str = ""
) -> tuple[Volume, tuple[str, ...]]:
    """Read the one CT series below ``folder`` (or the one named): HU as float32 ``[i, j, k]``, and sentences.

    Raises ``ButtressError`` as ``read_dicom_ct`` does.
    """
    read = read_dicom_ct(folder, series_uid, where=where)
    return read.volume, read.notes


def read_dicom_ct(folder: Path, series_uid: str | None = None, *, where: str = "") -> PlacedCt:
    """Read the one CT series below ``folder`` (or the one named), of classic or multi-frame files.

    Images are ordered by position along their normal. Localisers, reformatted images, reports, contours and files that
    are not DICOM are passed over with a sentence; uneven spacing and gantry tilt are resampled linearly with a
    sentence. Raises ``ButtressError`` (place: ``where``, or the folder) for another modality, several series or
    stacks, missing or differing images, truncated files, a missing rescale, a compression that is not read, and
    numbers that cannot be HU.
    """
    where = where or str(folder)
    headers, skipped = read_folder(folder, where)
    series, passed_over = choose_series(headers, series_uid, where)
    series, other_ways = keep_one_stack(series, where)
    check_images(series, where)
    stack, dropped = _drop_identical(stack_images(series, where), where)
    if len(stack.headers) < FEWEST_IMAGES:
        raise ButtressError(
            f"the series has {len(stack.headers)} image(s)",
            f"at least {FEWEST_IMAGES}",
            "export the whole series",
            where=where,
        )
    refuse_gaps(stack, where)
    grid, values, moved = _build(stack, where)
    refuse_unless_hu(values, where)
    values, padded = pad_with_air(values)
    named = f"DICOM series {series[0].series_uid}: {len(stack.headers)} images."
    notes = (named, *skipped, *passed_over, *other_ways, *dropped, *moved, *_unseen(stack), *padded)
    return PlacedCt(Volume(grid, values), notes, _one_frame_of_reference(stack, where))


def _one_frame_of_reference(stack: Stack, where: str) -> str:
    uids = {header.frame_of_reference for header in stack.headers}
    if len(uids) > 1:
        raise ButtressError(
            f"the images of the series lie in {len(uids)} frames of reference",
            "one frame of reference: else their positions cannot be compared",
            "export one acquisition",
            where=where,
        )
    return uids.pop()


def _drop_identical(stack: Stack, where: str) -> tuple[Stack, Notes]:
    """Drop images that repeat their neighbour; refuse two different images at one place."""
    places = duplicate_places(stack)
    for place in places:
        pair = (stack.headers[place - 1], stack.headers[place])
        (one, _), (other, _) = read_hu(pair, (_place(stack, place - 1), _place(stack, place)), where)
        if not np.array_equal(one, other):
            raise ButtressError(
                f"{len(places)} position(s) hold two different images, the first at {stack.along_mm[place]:.2f} mm "
                "(two phases or two reconstructions in one series)",
                "one image at each position",
                "export one phase or one reconstruction",
                where=where,
            )
    note = (f"{len(places)} image(s) were in the folder twice; one of each was used.",) if places else ()
    return stack.without(set(places)), note


def _place(stack: Stack, place: int) -> str:
    return f"the image at {stack.along_mm[place]:.2f} mm"


def _build(stack: Stack, where: str) -> tuple[Grid, NDArray[np.float32], Notes]:
    """Read all pixels into ``[i, j, k]`` on one uniform grid along the patient's axes."""
    frame = frame_of(stack)
    refuse_too_many_voxels(len(stack.headers), *frame.size, where)
    spacing, even = uniform_positions(stack)
    stored_affine = _affine(stack, spacing, frame)
    refuse_bad_axes(stored_affine, where)
    refuse_implausible_spacing(stored_affine, where)
    values, padding = _filled(stack, frame, where)
    if not even:
        values = _resampled(values, stack.along_mm, spacing)
    turned, affine, turn = to_patient_axes(values, stored_affine)
    i, j, k = turned.shape
    notes = (
        *(() if even else (_uneven_in_words(stack, spacing),)),
        *((_tilt_in_words(stack),) if stack.slides_mm.any() else ()),
        *((f"{padding} pixels marked as padding were replaced by {AIR_HU:g} HU.",) if padding else ()),
        *((turn,) if turn else ()),
    )
    return Grid((i, j, k), affine), laid_out(turned, np.float32), notes


def _filled(stack: Stack, frame: Frame, where: str) -> tuple[NDArray[np.float32], int]:
    """Every image at its place; nothing is allocated before the first image could be read."""
    values, padding = None, 0
    images = read_hu(stack.headers, [_place(stack, place) for place in range(len(stack.headers))], where)
    for place, (image, outside) in enumerate(images):
        if values is None:
            values = np.empty((*frame.size, len(stack.headers)), dtype=np.float32, order="F")
        values[:, :, place] = placed(image, frame.starts[place], frame.size)
        padding += outside
    if values is None:
        raise ValueError("a stack without images")
    return values, padding


def _tilt_in_words(stack: Stack) -> str:
    return (
        f"The gantry was tilted by {stack.tilt_deg:.1f} degrees: the images were moved sideways by up to "
        f"{np.linalg.norm(stack.slides_mm, axis=1).max():.1f} mm to where they were taken, between pixels by linear "
        "interpolation, with air around them."
    )


def _unseen(stack: Stack) -> Notes:
    """A sentence when the images are thinner than their distance, so that tissue between them was not imaged."""
    thickness, gap = stack.headers[0].thickness_mm, usual_gap(stack)
    if not thickness or gap <= _UNSEEN_RATIO * thickness:
        return ()
    return (f"Images {thickness:.4g} mm thick lie {gap:.4g} mm apart: what lies between them was not imaged.",)


def _affine(stack: Stack, spacing: float, frame: Frame) -> NDArray[np.float64]:
    """Column index, row index, image index to LPS mm (DICOM PS3.3, C.7.6.2.1.1)."""
    between_rows, between_columns = stack.headers[0].spacing_mm or (1.0, 1.0)
    affine = np.eye(4)
    affine[:3, 0] = stack.row * between_columns
    affine[:3, 1] = stack.column * between_rows
    affine[:3, 2] = stack.normal * spacing
    affine[:3, 3] = np.array(stack.headers[0].position_mm) + affine[:3, :2] @ frame.first
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

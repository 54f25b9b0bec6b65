"""How much cement the cavity of a lesion could take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.evidence.source import Evidence
from buttress.numerics.grid import voxel_indices
from buttress.records.findings import Measure, SeenLesion
from buttress.records.image import Volume
from buttress.records.plan import CementFill
from buttress.reinforce.leaks import leak_sites

USUAL_VOLUME_ML = 8.8
USUAL_VOLUME = Evidence(
    source="garnon2019",
    place="abstract, mean cement volume",
    population="761 extraspinal lesions of 652 patients",
    note="context only: no target",
)


def estimate_cement_fill(seen: SeenLesion, cement: str = "pmma", ct: Volume | None = None) -> CementFill:
    """Volume of the lesion inside the bone, in millilitres: what a complete fill without leak would take.

    The interval moves the lesion's surface half a voxel in and out. How far cement really fills is not simulated;
    with a ``ct`` the places where it could leave are told. ``cement`` is a key of the library's cements.
    """
    inside = seen.intraosseous
    if not inside.any():
        return CementFill(
            cement=cement,
            target="no part of the lesion lies inside the bone",
            volume_ml=Measure.missing("no part of the lesion lies inside the bone", unit="mL", applicable=False),
        )
    low, value, high = _volumes_ml(inside, seen.bone.inside, seen.lesion.grid.voxel_volume_ml)
    return CementFill(
        cement=cement,
        target="the whole part of the lesion inside the bone",
        leak_sites=None if ct is None else leak_sites(seen, ct),
        volume_ml=Measure(
            value=value,
            low=low,
            high=high,
            unit="mL",
            method="lesion voxels inside the restored bone; interval: surface moved half a voxel in and out",
            note=(
                "A complete fill of the cavity. Tumour in place, fill and leaks are not simulated. "
                f"For context, the mean in a review of 761 extraspinal lesions was {USUAL_VOLUME_ML} mL (garnon2019)."
            ),
        ),
    )


def _volumes_ml(inside: NDArray[np.bool_], bone: NDArray[np.bool_], voxel_ml: float) -> tuple[float, float, float]:
    """Volume with the surface half a voxel in, as it is, and half a voxel out (inside the bone)."""
    where = voxel_indices(inside)
    start, stop = np.maximum(where.min(axis=0) - 1, 0), where.max(axis=0) + 2
    window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    core, cavity = inside[window], bone[window]
    eroded = int(ndimage.binary_erosion(core).sum())
    grown = int((ndimage.binary_dilation(core) & cavity).sum())
    count = int(core.sum())
    return 0.5 * (count + eroded) * voxel_ml, count * voxel_ml, 0.5 * (count + max(grown, count)) * voxel_ml

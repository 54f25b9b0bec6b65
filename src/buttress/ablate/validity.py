"""What a simulated ablation rests on, where it was checked and where not, and what a reader must not miss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from buttress.ablate.lethal_zone import ThermalHistory
from buttress.ablate.region import BEYOND_HU, SimulatedRegion
from buttress.evidence.source import Evidence
from buttress.library.load_tissues import load_thermal_tissues
from buttress.records.device import Device
from buttress.records.number import Fitted, Number

NOT_IN_BONE = (
    "Not validated in bone: the solver meets exact answers, and no measured zone of this device in bone was found"
)

TOO_COARSE_TO_DRY_MM = 1.5
"""Ours: from here on voxels are too coarse for the drying at an electrode (a preview has 2 mm, a final run 1 mm)."""


def validity_of(device: Device) -> str:
    """Where a simulation with this device was checked, in a sentence or two."""
    fits = dict.fromkeys(
        f"fitted to {one.fitted_to} ({one.misfit})" for one in _numbers(device) if isinstance(one, Fitted)
    )
    if device.bench is None or not fits:
        return f"{NOT_IN_BONE}; nothing of the device was fitted: its numbers are taken as they stand in its file."
    return f"{NOT_IN_BONE}; the device was {'; '.join(fits)}, in {device.bench.medium.replace('_', ' ')}."


def limits_of(region: SimulatedRegion, device: Device, ensemble_mm: float | None = None) -> tuple[str, ...]:
    """What the simulation leaves out or takes for granted; ``ensemble_mm``: voxels of its ensemble, if any."""
    found = [
        "The middle of each probe's active part is put where its path ends, in the lesion: the plan tells no depth.",
        "Tissue comes from HU and the masks; blood flow, and all that no mask shows, from tables of resting tissue.",
        "The faces of the simulated box stay at 37 °C, 35 mm from lesion and probes (ours).",
        "What the ensemble varies: blood flow 0.5 to 2 times, the tumour's conductivities, power or cooling ±10 %, "
        "each tip up to 3 mm off. It holds no error of segmentation, nor of the model itself.",
    ]
    if region.is_cut:
        found.append(
            f"The image ends inside the simulated box: beyond it tissue is taken as muscle ({BEYOND_HU:g} HU)."
        )
    if not any(kind == "large_vessel" for kind in region.kinds.values()):
        found.append("No vessel was outlined: none carries heat away here but the tissue's own blood flow.")
    if device.modality == "rfa_monopolar":
        found.append("The box's faces stand for the pad: current leaves evenly, whatever lies between.")
    if device.modality.startswith("rfa"):
        found.extend(_coarse_limits(region.spacing_mm, ensemble_mm))
    return tuple(found)


def _coarse_limits(spacing_mm: float, ensemble_mm: float | None) -> Iterator[str]:
    """What coarse voxels do to radiofrequency: the tissue that dries first is thinner than they are."""
    if spacing_mm >= TOO_COARSE_TO_DRY_MM:
        yield (
            f"A preview at {spacing_mm:g} mm: in voxels so coarse tissue at the electrode dries too early, the "
            "generator then gives less, and the zone comes out too small. Judge radiofrequency by the final quality "
            "(1 mm)."
        )
    if ensemble_mm is not None and ensemble_mm >= TOO_COARSE_TO_DRY_MM:
        yield (
            f"The ranges and chances come from an ensemble at {ensemble_mm:g} mm, where radiofrequency zones come out "
            "too small: they say how much the zone may vary, and lie too low."
        )


def warnings_of(region: SimulatedRegion, device: Device, history: ThermalHistory) -> tuple[str, ...]:
    """What a reader must not miss: metal near a monopolar electrode, tissue above boiling."""
    found = []
    metal = region.tissue.where("metal")
    if device.modality == "rfa_monopolar" and metal.any():
        apart = ndimage.distance_transform_edt(~metal, sampling=region.grid.spacing_mm)[region.lesion].min()
        found.append(
            f"IMPLANT: metal lies {apart:.0f} mm from the lesion. Monopolar radiofrequency is not to be used there: "
            "the metal may act as ground and burn (ahmed2019)."
        )
    boils = load_thermal_tissues().water.boiled_at_c.value
    if history.hottest_c is not None and float(np.max(history.hottest_c)) >= boils:
        dried = float(np.sum(history.hottest_c >= boils) * region.grid.voxel_volume_ml)
        found.append(f"{dried:.1f} mL of tissue boil dry: steam and charring are simulated crudely.")
    return tuple(found)


def sources_of(device: Device) -> tuple[Evidence, ...]:
    """The sources of the device's numbers, once each."""
    own = (number.evidence for number in _numbers(device) if not hasattr(number, "ours"))
    return tuple(dict.fromkeys(own))


def _numbers(device: Device) -> Iterator[Number]:
    """The numbers of the applicator, in the order of its record."""
    for name in type(device.applicator).model_fields if device.applicator is not None else ():
        value = getattr(device.applicator, name)
        if hasattr(value, "unit"):
            yield value

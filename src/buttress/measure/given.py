"""What the case's author typed in, for lesions or measures that could not be measured."""

from __future__ import annotations

from buttress.measure.surroundings.typed import given_nearby
from buttress.records.case import Lesion
from buttress.records.findings import LesionFindings, Measure, Observation

UNITS = {
    "longest_diameter_mm": "mm",
    "axial_cortical_involvement_mm": "mm",
    "circumferential_cortical_involvement_fraction": "1",
    "cortical_destruction_fraction": "1",
    "width_fraction": "1",
}


def given_or_missing(lesion: Lesion, name: str, reason: str, *, applicable: bool = True) -> Measure:
    """The typed-in value of a measure, or its absence with the reason."""
    value = getattr(lesion.given, name)
    if value is None:
        return Measure.missing(reason, unit=UNITS[name], applicable=applicable)
    source = lesion.given.source or "typed into the case, source not stated"
    return Measure(value=value, unit=UNITS[name], status="given", method=source, note=f"not measured: {reason}")


def given_breach(lesion: Lesion, reason: str, *, applicable: bool = True) -> Observation:
    """Whether the cortex is destroyed, as typed in."""
    if lesion.given.cortex is None:
        return Observation.missing(reason, applicable=applicable)
    source = lesion.given.source or "typed into the case, source not stated"
    return Observation(
        value=lesion.given.cortex == "destroyed",
        status="given",
        method=source,
        note=f"the case calls the cortex {lesion.given.cortex}; not measured: {reason}",
    )


def unmeasured(lesion: Lesion, reason: str) -> LesionFindings:
    """Findings of a lesion that no image shows: what the case gives, and ``reason`` for the rest."""
    typed = {name: given_or_missing(lesion, name, reason) for name in UNITS}
    return LesionFindings(
        lesion_id=lesion.id,
        **typed,
        orthogonal_diameter_mm=Measure.missing(reason, unit="mm"),
        volume_ml=Measure.missing(reason, unit="ml"),
        intraosseous_volume_ml=Measure.missing(reason, unit="ml"),
        mean_hu=Measure.missing(reason, unit="HU"),
        cortical_breach=given_breach(lesion, reason),
        matrix=Observation.missing(reason),
        harrington_group=Observation.missing(reason),
        soft_tissue_extension_ml=Measure.missing(reason, unit="ml"),
        side=Observation.missing(reason),
        nearby=given_nearby(lesion, reason),
        fracture_seen=Observation.missing(reason),
        bone_density=Measure.missing(reason, unit="g/cm3"),
    )

"""One lesion, measured: the bone restored, the cortex unrolled, everything read off with its interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from buttress.measure.acetabulum import harrington_observation, measure_acetabulum
from buttress.measure.bone_axis import describe_axis
from buttress.measure.bone_density import lesion_levels_mm, measure_bone_density
from buttress.measure.calibration import calibrate
from buttress.measure.cortex import fit_thickness, unroll_cortex
from buttress.measure.cortical_measures import CorticalMeasures, measure_cortex
from buttress.measure.describe_cortex import describe_cortex
from buttress.measure.expected_cortex import ExpectedCortex, expect_cortex, no_expected_cortex
from buttress.measure.extension import measure_extension
from buttress.measure.flat_cortex import observe_breach
from buttress.measure.flat_thickness import measure_thickness_loss
from buttress.measure.fracture import observe_fracture
from buttress.measure.given import given_or_missing, unmeasured
from buttress.measure.lesion import Draft, draft_lesion
from buttress.measure.matrix import measure_density
from buttress.measure.outline import outline_outside
from buttress.measure.side import observe_side
from buttress.measure.size import measure_inside, measure_size, widen_draft
from buttress.measure.surroundings import measure_near
from buttress.measure.target import TargetBone, find_target
from buttress.measure.width import measure_width
from buttress.numerics.grid import Points
from buttress.records.acetabulum import AcetabulumFindings
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings, Measure, Observation, SeenLesion
from buttress.records.image import Imaging, Mask, Volume
from buttress.records.unrolled import UnrolledCortex

Progress = Callable[[str], None]

LESION_TISSUE_HU = (-50.0, 150.0)
"""Ours: the range within which the lesion's own mean HU is taken as the foot of cortical mineral; a denser lesion holds
mineral itself."""
HARRINGTON_SUBSITE = "Harrington's groups are for the acetabulum: give the subsite periacetabular to have it read"
HARRINGTON_ELSEWHERE = "Harrington's groups are for the acetabulum"


def measure_lesion(
    case: Case, lesion: Lesion, imaging: Imaging | None, bone: Bone, progress: Progress | None = None
) -> SeenLesion | LesionFindings:
    """Measure one lesion of a case, or say why nothing could be measured (findings without voxels).

    ``progress`` is told each step in a few words. Raises :class:`ButtressError` for an empty mask, a mask or seed
    outside bone, and a side that contradicts the images.
    """
    tell = progress or (lambda _: None)
    if imaging is None:
        return unmeasured(lesion, "the case has no images")
    given = imaging.lesions.get(lesion.id)
    if given is None and lesion.seed_mm is None and lesion.box_mm is None:
        return unmeasured(lesion, "the case gives neither a mask of the lesion nor a seed or box to outline it from")
    where = f"lesion {lesion.id}"
    draft: Draft | None = None
    if given is None:
        tell("outlining the lesion")
        drafted = draft_lesion(imaging.ct, lesion, bone, imaging.bones.get(lesion.id))
        if isinstance(drafted, str):
            return unmeasured(lesion, drafted)
        draft, given = drafted, drafted.mask
    if not given.inside.any():
        raise ButtressError("the lesion mask is empty", "at least one voxel", "check the mask file", where=where)
    tell("restoring the bone around the lesion")
    target = find_target(imaging.ct, given, bone, imaging.bones.get(lesion.id), where)
    tell("measuring")
    return _measured(lesion, imaging, bone, given, target, draft)


def _measured(
    lesion: Lesion, imaging: Imaging, bone: Bone, mask: Mask, target: TargetBone, draft: Draft | None
) -> SeenLesion:
    ct, notes = imaging.ct, draft.notes if draft else ()
    mask, extension = _with_outside(ct, mask, target.mask, draft)
    side = observe_side(ct, target.mask, lesion, bone)
    mean_hu, matrix = measure_density(ct, mask.inside, target.mask.inside)
    cortical, width, unrolled, intact = _cortical(ct, lesion, bone, target, mask, mean_hu)
    longest, orthogonal, volume, width = widen_draft(measure_size(mask), width, _volumes_ml(draft, extension))
    socket = measure_acetabulum(ct, lesion, mask) if _periacetabular(lesion, bone) else None
    centre = mask.points_mm().mean(axis=0)
    axis = _axis_at_lesion(target)
    known_side = "left" if side.value == "left" else "right" if side.value == "right" else lesion.side
    near = measure_near(lesion, mask, target.mask, imaging, known_side, axis)
    calibration = calibrate(ct, lesion_levels_mm(mask), imaging.kvp)
    findings = LesionFindings(
        lesion_id=lesion.id,
        centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
        longest_diameter_mm=longest,
        orthogonal_diameter_mm=orthogonal,
        volume_ml=volume,
        mean_hu=mean_hu,
        axial_cortical_involvement_mm=cortical.axial_mm,
        circumferential_cortical_involvement_fraction=cortical.circumferential_fraction,
        cortical_destruction_fraction=cortical.destruction_fraction,
        width_fraction=width,
        cortical_breach=cortical.breach,
        matrix=matrix,
        harrington_group=_harrington(bone, socket),
        soft_tissue_extension_ml=extension,
        intraosseous_volume_ml=measure_inside(mask, target.mask, volume),
        side=side,
        bone_axis=describe_axis(target.shaft.bone) if target.shaft else None,
        thickness_loss_fraction=None if target.shaft else measure_thickness_loss(target.mask, mask),
        acetabulum=socket if isinstance(socket, AcetabulumFindings) else None,
        nearby=near.clearances,
        fracture_seen=observe_fracture(ct, target.shaft, target.no_shaft),
        bone_density=measure_bone_density(ct, mask.inside, target.mask.inside, calibration),
        density_calibration=calibration,
        expected_cortex_mm=intact.expected_mm,
        mirrored_cortex_mm=intact.mirrored_mm,
        mirrored_cortex_difference_mm=intact.difference_mm,
        notes=(
            *notes[:1],
            *filter(None, [target.note]),
            *(f"cortical involvement: {doubt}" for doubt in (cortical.doubt, intact.doubt) if doubt),
            *notes[1:],
        ),
    )
    affected = target.shaft.affected_mm if target.shaft else None
    return SeenLesion(
        findings=findings,
        bone=target.mask,
        lesion=mask,
        affected_mm=affected,
        unrolled=unrolled,
        confidence=_confidence(draft, mask),
        other_side=intact.other_side,
        estimated=near.estimated,
    )


def _with_outside(ct: Volume, mask: Mask, bone: Mask, draft: Draft | None) -> tuple[Mask, Measure]:
    """The whole lesion and how much of it lies outside the bone; a draft is followed there, a mask is not."""
    if draft is None:
        return mask, measure_extension(mask, bone)
    outside = outline_outside(ct, bone, mask)
    if outside.part is None:
        return mask, outside.volume_ml
    return Mask(mask.grid, mask.inside | outside.part.inside), outside.volume_ml


def _volumes_ml(draft: Draft | None, extension: Measure) -> tuple[float, float] | None:
    """The volumes (low, high) that a drafted lesion may have, with what was drawn of it outside the bone."""
    if draft is None:
        return None
    return draft.volume_ml[0] + (extension.low or 0.0), draft.volume_ml[1] + (extension.high or 0.0)


def _confidence(draft: Draft | None, mask: Mask) -> Volume | None:
    """How sure the draft is; what was drawn outside the bone is no more than likelier than not."""
    if draft is None:
        return None
    values = np.where(mask.inside, np.maximum(draft.confidence.values, 0.5), draft.confidence.values)
    return Volume(draft.confidence.grid, values.astype(np.float32), draft.confidence.quantity)


def _axis_at_lesion(target: TargetBone) -> Points | None:
    """Unit direction of the bone's axis at the lesion (LPS), where it has one."""
    if target.shaft is None:
        return None
    curve = target.shaft.bone.curve
    return np.asarray(curve.tangents[int(np.argmin(np.abs(curve.arc_mm)))])


def _cortical(
    ct: Volume, lesion: Lesion, bone: Bone, target: TargetBone, mask: Mask, mean_hu: Measure
) -> tuple[CorticalMeasures, Measure, UnrolledCortex | None, ExpectedCortex]:
    """The cortical measures along the axis and the map behind them; where there is none, what was given or why not."""
    if target.shaft is not None:
        foot_hu = float(np.clip(mean_hu.value if mean_hu.value is not None else 0.0, *LESION_TISSUE_HU))
        cortex, thickness = fit_thickness(ct, target.shaft, unroll_cortex(ct, target.shaft, mask, foot_hu), foot_hu)
        measures = measure_cortex(cortex, target.shaft, ct.grid)
        intact = expect_cortex(ct, target.shaft, cortex, thickness, sided=bone.sided)
        return measures, measure_width(target.shaft, mask), describe_cortex(cortex, target.shaft), intact
    reason, applicable = target.no_shaft, not target.no_shaft.endswith("has no shaft")
    names = (
        "axial_cortical_involvement_mm",
        "circumferential_cortical_involvement_fraction",
        "cortical_destruction_fraction",
        "width_fraction",
    )
    axial, around, lost, width = (given_or_missing(lesion, n, reason, applicable=applicable) for n in names)
    measures = CorticalMeasures(axial, around, lost, observe_breach(ct, target.mask, mask))
    return measures, width, None, no_expected_cortex(reason, applicable=applicable)


def _periacetabular(lesion: Lesion, bone: Bone) -> bool:
    """Whether the case puts the lesion at the acetabulum."""
    return bone.key == "acetabulum" or (lesion.subsite == "periacetabular" and "periacetabular" in bone.subsites)


def _harrington(bone: Bone, socket: AcetabulumFindings | str | None) -> Observation:
    if socket is None:
        reason = HARRINGTON_SUBSITE if "periacetabular" in bone.subsites else HARRINGTON_ELSEWHERE
        return Observation.missing(reason, applicable=False)
    return harrington_observation(socket)

"""Read, run, write: the only imperative code. Every verb of the command line is one function here."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

import buttress
from buttress.app.outputs import (
    REVIEW,
    MaskFormat,
    check_masks_folder,
    check_output_folder,
    read_cortices,
    read_simulated,
    read_voxels,
    replace_bytes,
    replace_text,
    write_segmentation,
    write_voxels,
)
from buttress.app.sources import Loaded, load_input, path_from, relative_folder
from buttress.exchange.documents import write_review
from buttress.exchange.images import hash_inputs, read_imaging
from buttress.exchange.nifti import write_nifti_volume
from buttress.library.example_cases import example_folder, example_names
from buttress.library.load import library_sha256
from buttress.library.load_defaults import defaults_under, parameters_of
from buttress.planning.candidates import wanted_margin
from buttress.records.document import ButtressError
from buttress.records.findings import LesionFindings
from buttress.records.image import Imaging
from buttress.records.implant import StrengthQuestion
from buttress.records.policy import SitePolicy
from buttress.records.provenance import Provenance
from buttress.records.review import Review
from buttress.records.simulation import SimulatedVoxels
from buttress.records.unrolled import UnrolledCortex
from buttress.report.figures import render_pictures
from buttress.report.html import render_html
from buttress.report.pdf import render_pdf
from buttress.report.preview import render_preview
from buttress.report.subject import subjects
from buttress.workflow.code_concepts import code_concepts
from buttress.workflow.plan_case import judge_case, plan_case
from buttress.workflow.see_case import SeenCase, see_case
from buttress.workflow.segment_case import SegmentedCase, segment_case
from buttress.workflow.simulate_case import SimulationChoice, simulate_plans
from buttress.workflow.strength_case import strengths_of, with_strengths

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a job left on disk."""

    review: Review
    folder: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the pictures are drawn from: the images with the masks found, the unrolled cortices by lesion id, and the
    voxels of simulations by plan.
    """

    imaging: Imaging | None
    unrolled: Mapping[str, UnrolledCortex]
    simulated: Mapping[str, SimulatedVoxels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SegmentedLesion:
    """The files of one lesion by what they hold, volumes of its masks, the case's line that gives the lesion back.

    ``reason`` says why there are none.
    """

    lesion_id: str
    files: Mapping[str, Path]
    volumes_ml: Mapping[str, float]
    case_lines: str
    reason: str


def measure_job(loaded: Loaded, home: Path, progress: Progress) -> Review:
    """Measure the lesions of a case: a review at stage "measured". ``home`` is where the review will lie."""
    seen = see_case(loaded.case, _read_images(loaded, progress), progress)
    return Review(
        stage="measured",
        case=loaded.case,
        case_folder=relative_folder(loaded.folder, home),
        findings=seen.findings,
        codes=code_concepts(loaded.case, seen.findings, (), ()),
        provenance=_provenance(loaded),
    )


def assess_job(loaded: Loaded, home: Path, progress: Progress) -> Review:
    """Judge a case, which is measured first. A review keeps its findings, and its policy unless another is named."""
    review = loaded.review or measure_job(loaded, home, progress)
    progress("judging by the paper's rules")
    assessments = judge_case(review.case, review.findings, loaded.policy_in_force)
    return Review(
        stage="assessed",
        case=review.case,
        case_folder=relative_folder(loaded.folder, home),
        findings=review.findings,
        assessments=assessments,
        codes=code_concepts(review.case, review.findings, assessments, ()),
        provenance=_judged_again(loaded, review),
    )


def judged_review(loaded: Loaded) -> Review | None:
    """The review that came in, if it was judged, and under the policy in force; else none."""
    review = loaded.review
    same = review is not None and review.provenance.policy == loaded.policy_in_force
    return review if review is not None and same and review.assessments else None


def plan_job(loaded: Loaded, folder: Path, progress: Progress, *, pdf: bool = True) -> Written:
    """The main job: everything of one case, written as ``review.json``, report and masks into ``folder``."""
    check_output_folder(folder, loaded.case.id)
    imaging = _read_images(loaded, progress)
    review, seen = _planned(loaded, imaging, progress)
    return _write_report(review, _shown(imaging, seen), loaded.folder, folder, progress, pdf=pdf)


def _planned(loaded: Loaded, imaging: Imaging | None, progress: Progress) -> tuple[Review, SeenCase]:
    """A case measured, judged and planned, with the voxels that were measured."""
    planned = plan_case(loaded.case, imaging, progress, loaded.policy_in_force)
    review = Review(
        stage="planned",
        case=loaded.case,
        findings=planned.seen.findings,
        assessments=planned.assessments,
        plans=planned.plans,
        zones=planned.zones,
        rigidities=planned.rigidities,
        appraisals=planned.appraisals,
        codes=code_concepts(loaded.case, planned.seen.findings, planned.assessments, planned.plans),
        provenance=_provenance(loaded),
    )
    return review, planned.seen


def report_job(loaded: Loaded, folder: Path, progress: Progress, *, pdf: bool = True) -> Written:
    """Write the report of a review as it stands; a case is planned first.

    Masks are read from beside the review; where it has none (it came through a pipe) the lesions are measured again,
    which gives the same masks. Raises ``ButtressError`` when the images are not those that were reviewed.
    """
    review = loaded.review
    if review is None:
        return plan_job(loaded, folder, progress, pdf=pdf)
    check_output_folder(folder, review.case.id)
    _check_inputs_unchanged(loaded, review)
    if note := _not_applied(loaded, review):
        progress(note)
        review = review.model_copy(update={"provenance": review.provenance.model_copy(update={"policy_note": note})})
    imaging = _read_images(loaded, progress)
    if imaging is not None and review.voxels:
        lesions, bones = (read_voxels(review.voxels, role, loaded.home, imaging.ct.grid) for role in ("lesion", "bone"))
        unrolled = read_cortices(review.voxels, loaded.home)
        simulated = read_simulated(review.voxels, loaded.home, imaging.ct.grid)
        shown = Shown(replace(imaging, lesions=lesions, bones=bones), unrolled, simulated)
    else:
        shown = _shown(imaging, see_case(review.case, imaging, progress))
    return _write_report(review, shown, loaded.folder, folder, progress, pdf=pdf)


def simulate_job(
    loaded: Loaded, folder: Path, choice: SimulationChoice, progress: Progress, *, pdf: bool = True
) -> Written:
    """Simulate the planned ablations of a case (planned first) or a review, and write the report with them.

    A review keeps its plans and what was simulated of other plans; its lesions are measured again, which gives the same
    masks. Raises ``ButtressError`` for a case without CT, or what cannot be simulated.
    """
    review, seen, imaging = _planned_or_reviewed(loaded, folder, progress)
    told = _told(progress)
    found = simulate_plans(
        loaded.case, review.plans, seen, imaging, choice, defaults_under(loaded.policy_in_force), told
    )
    new = {one.record.plan_id: one for one in found}
    kept = tuple(one for one in review.simulations if one.plan_id not in new)
    before = read_simulated(review.voxels, loaded.home, imaging.ct.grid)
    simulated = {key: one for key, one in before.items() if key not in new}
    simulated |= {key: one.voxels(imaging.ct.grid) for key, one in new.items()}
    review = review.model_copy(update={"simulations": (*kept, *(one.record for one in found))})
    shown = replace(_shown(imaging, seen), simulated=simulated)
    return _write_report(review, shown, loaded.folder, folder, progress, pdf=pdf)


def strength_job(
    loaded: Loaded, folder: Path, asked: StrengthQuestion, progress: Progress, *, pdf: bool = True
) -> Written:
    """Compute the what-if tables of a case (planned first) or a review, and write the report with them.

    ``asked`` are rows of the user's own: implants and trocars that were placed, alone and with cement. A review keeps
    its plans and simulations; its lesions are measured again, which gives the same masks. Raises ``ButtressError``
    for a case without CT.
    """
    review, seen, imaging = _planned_or_reviewed(loaded, folder, progress)
    found = strengths_of(review.case, seen, imaging, asked, progress)
    review = with_strengths(review, found)
    simulated = read_simulated(review.voxels, loaded.home, imaging.ct.grid)
    shown = replace(_shown(imaging, seen), simulated=simulated)
    return _write_report(review, shown, loaded.folder, folder, progress, pdf=pdf)


def _planned_or_reviewed(loaded: Loaded, folder: Path, progress: Progress) -> tuple[Review, SeenCase, Imaging]:
    """A review as it came in or of a case planned now, with what is measured on its images."""
    check_output_folder(folder, loaded.case.id)
    if loaded.review is not None:
        _check_inputs_unchanged(loaded, loaded.review)
    imaging = _read_images(loaded, progress)
    if imaging is None:
        raise ButtressError("the case names no CT", "images.ct", 'add  [images]  ct = "ct.nii.gz"', where="images.ct")
    if loaded.review is not None and loaded.review.stage == "planned":
        return loaded.review, see_case(loaded.case, imaging, progress), imaging
    return *_planned(loaded, imaging, progress), imaging


def _told(progress: Progress) -> Callable[[str, float], bool]:
    """Simulation's progress, told when a quarter more of a part is done."""
    seen: set[str] = set()

    def told(what: str, fraction: float) -> bool:
        step = f"simulating {what}: {25 * int(4.0 * fraction)} %"
        if step not in seen:
            seen.add(step)
            progress(step)
        return True

    return told


def segment_job(loaded: Loaded, folder: Path, form: MaskFormat, progress: Progress) -> tuple[SegmentedLesion, ...]:
    """Outline the lesions of a case and their bones: masks, how sure they are, and a preview of each, in ``folder``."""
    check_masks_folder(folder)
    imaging = _read_images(loaded, progress)
    if imaging is None:
        raise ButtressError("the case names no CT", "images.ct", 'add  [images]  ct = "ct.nii.gz"', where="images.ct")
    found = segment_case(loaded.case, imaging, progress)
    progress("writing masks")
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write_segmented(loaded, imaging, found, one, folder, form) for one in found.seen.findings.lesions)


def _write_segmented(
    loaded: Loaded, imaging: Imaging, found: SegmentedCase, seen: LesionFindings, folder: Path, form: MaskFormat
) -> SegmentedLesion:
    """The files of one lesion; where it could not be outlined, why not."""
    key = seen.lesion_id
    if key not in found.masks:
        return SegmentedLesion(key, {}, {}, "", seen.longest_diameter_mm.note)
    masks = found.masks[key]
    files = write_segmentation(masks, key, folder, form)
    if key in found.confidence:
        files["confidence"] = folder / f"{key}-confidence.nii.gz"
        write_nifti_volume(found.confidence[key], files["confidence"])
    review = Review(
        stage="measured", case=loaded.case, findings=found.seen.findings, provenance=_provenance(loaded)
    )  # fmt: skip
    shown = _shown(imaging, found.seen)
    subject = next(one for one in subjects(review, shown.imaging or imaging) if one.lesion_id == key)
    files["preview"] = replace_bytes(folder / f"{key}-preview.png", render_preview(subject))
    line = f'mask = "{path_from(loaded.folder, files["lesion"])}"' + (
        '\nmask_label = "lesion"' if form == "seg.nrrd" else ""
    )
    return SegmentedLesion(key, files, {name: mask.volume_ml for name, mask in masks.items()}, line, "")


def demo_job(name: str, folder: Path, progress: Progress, *, pdf: bool = True) -> Written:
    """Copy a bundled example into ``folder/case`` and plan it there, so that a newcomer can change it and run again."""
    if name not in example_names():
        raise ButtressError(f"there is no example {name!r}", ", ".join(example_names()), "name one of these")
    check_output_folder(folder, load_input(str(example_folder(name))).case.id)
    _copy_example(name, folder / "case", progress)
    return plan_job(load_input(str(folder / "case")), folder, progress, pdf=pdf)


def _copy_example(name: str, folder: Path, progress: Progress) -> None:
    """Copy the files of an example; one that the user has changed is kept, and this is said."""
    folder.mkdir(parents=True, exist_ok=True)
    with resources.as_file(example_folder(name)) as example:
        for source in sorted(example.iterdir()):
            target = folder / source.name
            if target.exists() and target.read_bytes() != source.read_bytes():
                progress(f"keeping the changed {target}")
            else:
                shutil.copyfile(source, target)


def _write_report(
    review: Review, shown: Shown, case_folder: Path, folder: Path, progress: Progress, *, pdf: bool
) -> Written:
    """Write masks, pictures, pages and last ``review.json``: whoever finds it finds the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    review = review.model_copy(
        update={
            "case_folder": relative_folder(case_folder, folder),
            "voxels": write_voxels(shown.imaging, shown.unrolled, folder, shown.simulated) if shown.imaging else (),
        }
    )
    progress("drawing pictures")
    pictures = render_pictures(review, shown.imaging, shown.unrolled, shown.simulated)
    progress("writing the report")
    files = [replace_text(folder / "report.html", render_html(review, pictures))]
    if pdf:
        files.append(replace_bytes(folder / "report.pdf", render_pdf(review, pictures)))
    files += [folder / file.file for file in review.voxels]
    write_review(review, folder / REVIEW)
    return Written(review, folder, (*files, folder / REVIEW))


def _read_images(loaded: Loaded, progress: Progress) -> Imaging | None:
    if loaded.case.images.ct is None:
        return None
    progress("reading images")
    return read_imaging(loaded.case, loaded.folder)


def _shown(imaging: Imaging | None, seen: SeenCase) -> Shown:
    """The images with the masks that the measuring found, in place of those that were given."""
    if imaging is None:
        return Shown(None, {})
    lesions = {key: one.lesion for key, one in seen.lesions.items()}
    bones = {key: one.bone for key, one in seen.lesions.items()}
    unrolled = {key: one.unrolled for key, one in seen.lesions.items() if one.unrolled is not None}
    return Shown(replace(imaging, lesions=lesions, bones=bones), unrolled)


def _check_inputs_unchanged(loaded: Loaded, review: Review) -> None:
    if hash_inputs(loaded.case, loaded.folder) != review.provenance.inputs:
        raise ButtressError(
            "the images beside the case are not those that were reviewed",
            "files with the same SHA-256 as in the review",
            "run buttress plan on the case again",
            where="provenance.inputs",
        )


def _not_applied(loaded: Loaded, review: Review) -> str:
    """That a review is reported as it was made, where another policy was named; empty where none was."""
    made, named = review.provenance.policy, loaded.policy
    if named is None or (made and made.sha256 == named.sha256):
        return ""
    return f"Named for this report and not applied: {_named(named)}; the review was made {_under(made)}"


def _judged_again(loaded: Loaded, review: Review) -> Provenance:
    """The provenance of a review that is judged, or judged again under another policy."""
    before, policy = review.provenance, loaded.policy_in_force
    if loaded.review is None or (before.policy == policy):
        return before
    note = f"The review was judged {_under(before.policy)} before" if review.assessments else None
    update = {"policy": policy, "policy_note": note, "parameters": _parameters(loaded)}
    return before.model_copy(update=update)


def _under(policy: SitePolicy | None) -> str:
    return f"under {_named(policy)}" if policy else "without a site policy"


def _named(policy: SitePolicy) -> str:
    return f'the site policy "{policy.name}" (SHA-256 {policy.sha256})'


def _parameters(loaded: Loaded) -> dict[str, float | int | str | bool]:
    defaults = defaults_under(loaded.policy_in_force)
    numbers = {"wanted_margin_mm": wanted_margin(loaded.case, defaults), **parameters_of(defaults)}
    return dict(sorted(numbers.items()))


def _provenance(loaded: Loaded) -> Provenance:
    return Provenance(
        software="buttress",
        version=buttress.__version__,
        library_sha256=library_sha256(),
        inputs=hash_inputs(loaded.case, loaded.folder),
        parameters=_parameters(loaded),
        policy=loaded.policy_in_force,
        created=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
    )

"""What a review says, in the words of shared terminologies: so that other systems can read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.assess.prognosis_facts import primary_kind
from buttress.library.load import load_bones
from buttress.library.load_codes import load_codes
from buttress.records.case import Case, Lesion
from buttress.records.code import Code, CodedConcept
from buttress.records.findings import Clearance, Findings, LesionFindings
from buttress.records.plan import Plan
from buttress.records.score import Assessment

_MEASURES = (
    "longest_diameter_mm",
    "orthogonal_diameter_mm",
    "volume_ml",
    "mean_hu",
    "axial_cortical_involvement_mm",
    "circumferential_cortical_involvement_fraction",
    "cortical_destruction_fraction",
    "width_fraction",
    "soft_tissue_extension_ml",
)
_PATIENT = {"ecog": "ECOG performance status", "kps": "Karnofsky performance status", "inr": "INR"}
_NO_FRACTURE_CODE = "no code was found for this bone and side: none is made up"


def code_concepts(
    case: Case, findings: Findings, assessments: Sequence[Assessment], plans: Sequence[Plan]
) -> tuple[CodedConcept, ...]:
    """Every concept of a review for which the library has codes, in the review's own order.

    Unknown facts carry no code. A concept without codes is told only where a reader would look for one.
    """
    return (
        *_of_patient(case),
        *(one for i, lesion in enumerate(case.lesions) for one in _of_lesion(case, lesion, f"case.lesions[{i}]")),
        *(one for i, found in enumerate(findings.lesions) for one in _of_findings(found, f"findings.lesions[{i}]")),
        *(one for i, judged in enumerate(assessments) for one in _of_assessment(judged, f"assessments[{i}]")),
        *(one for i, plan in enumerate(plans) for one in _of_plan(plan, f"plans[{i}]")),
        *(_said("document for the tumour board", "format", "document", "for_tumor_board") if assessments else ()),
    )


def _said(concept: str, path: str, group: str, key: str | None, note: str = "") -> Iterator[CodedConcept]:
    """The concept with the codes of the book, or nothing where the book has none."""
    codes = load_codes().codes(group, key)
    if codes:
        yield CodedConcept(concept=concept, path=path, codes=codes, note=note)


def _of_patient(case: Case) -> Iterator[CodedConcept]:
    patient = case.patient
    for name, words in _PATIENT.items():
        if getattr(patient, name) is not None:
            yield from _said(words, f"case.patient.{name}", "observation", name)
    if patient.pacemaker:
        note = "a defibrillator has another code: the case does not tell which"
        yield from _said("pacemaker or defibrillator", "case.patient.pacemaker", "history", "pacemaker", note)
    if patient.previous_chemotherapy:
        yield from _said("earlier chemotherapy", "case.patient.previous_chemotherapy", "history", "chemotherapy")
    for i, intent in enumerate(case.intent or ()):
        yield from _said(f"intent: {intent}", f"case.intent[{i}]", "intent", intent)
    for i, treatment in enumerate(case.prior_treatments or ()):
        yield from _said(f"earlier {treatment.kind}", f"case.prior_treatments[{i}].kind", "history", treatment.kind)
    if case.images.ct is not None:
        yield from _said("images that the board's document was made from", "case.images.ct", "document", "input_used")


def _of_lesion(case: Case, lesion: Lesion, path: str) -> Iterator[CodedConcept]:
    yield from _diagnosis(case, path)
    bone = load_bones()[lesion.bone].title
    yield from _said(f"bone: {bone}", f"{path}.bone", "bone", lesion.bone)
    where = (lesion.subsite or "").replace("_", " ")
    yield from _said(f"part of the {bone}: {where}", f"{path}.subsite", lesion.bone, lesion.subsite)
    yield from _said(f"side: {lesion.side}", f"{path}.side", "side", lesion.side)
    yield from _said(f"lesion type: {lesion.matrix}", f"{path}.matrix", "matrix", lesion.matrix)
    if lesion.pain_nrs is not None:
        yield from _said("pain, 0 to 10", f"{path}.pain_nrs", "observation", "pain_nrs")
    if lesion.fracture.status == "actual":
        yield _fracture(lesion, f"{path}.fracture.status")
    if lesion.given.longest_diameter_mm is not None:
        units = load_codes().codes("unit", "mm")
        for one in _said(
            "longest diameter, typed in", f"{path}.given.longest_diameter_mm", "measure", "given_diameter"
        ):
            yield one.model_copy(update={"codes": one.codes + units})


def _diagnosis(case: Case, path: str) -> Iterator[CodedConcept]:
    """Bone metastasis; for myeloma its own code, and for lymphoma only that there is a lesion."""
    kind = primary_kind(case.patient.primary)
    proof = "" if case.patient.histology_proven else "no tissue proof is recorded"
    if kind == "myeloma":
        note = "remission is no fact of the case: it is assumed not to be reached"
        yield from _said("myeloma in bone", path, "diagnosis", "myeloma", note)
    elif kind == "lymphoma":
        note = "lymphoma of bone is not coded as a metastasis, and no code of it was found"
        yield from _said("lesion of bone", path, "diagnosis", "lesion", note)
    else:
        yield from _said("bone metastasis", path, "diagnosis", "bone_metastasis", proof)


def _fracture(lesion: Lesion, path: str) -> CodedConcept:
    """A pathological fracture, with a code only for the bones and sides whose code was found."""
    book = load_codes()
    codes = book.codes("fracture", f"{lesion.bone} {lesion.side}") or book.codes("fracture", f"{lesion.bone} any")
    note = "the letter A stands for an initial encounter: ours" if codes else _NO_FRACTURE_CODE
    return CodedConcept(concept="pathological fracture", path=path, codes=codes, note=note)


def _of_findings(found: LesionFindings, path: str) -> Iterator[CodedConcept]:
    for name in _MEASURES:
        measure = getattr(found, name)
        if measure.value is not None:
            yield _measured(name, measure.unit, f"{path}.{name}")
    if isinstance(found.matrix.value, str):
        yield from _said(f"lesion type: {found.matrix.value}", f"{path}.matrix", "matrix", found.matrix.value)
    if isinstance(found.side.value, str):
        yield from _said(f"side: {found.side.value}", f"{path}.side", "side", found.side.value)
    for i, near in enumerate(found.nearby):
        yield from _near(near, f"{path}.nearby[{i}]")


def _measured(name: str, unit: str, path: str) -> CodedConcept:
    """What was measured, for a mean that it is one, and the unit."""
    book = load_codes()
    mean = book.codes("role", "mean") if name == "mean_hu" else ()
    codes = (*book.codes("measure", name), *mean, *book.codes("unit", unit.replace("mL", "ml")))
    words = name.removesuffix("_mm").removesuffix("_ml").removesuffix("_hu").removesuffix("_fraction").replace("_", " ")
    return CodedConcept(concept="mean attenuation" if name == "mean_hu" else words, path=path, codes=codes)


def _near(near: Clearance, path: str) -> Iterator[CodedConcept]:
    """A structure to spare, by its own name or else its kind, and its distance from the lesion where there is one."""
    book = load_codes()
    codes = (*book.codes("structure_name", near.name.casefold()), *_kind(near))
    codes = tuple(dict.fromkeys((*codes, *book.codes("role", "organ_at_risk"))))
    yield CodedConcept(concept=f"near: {near.name}", path=f"{path}.name", codes=codes)
    if near.distance_mm.value is not None:
        role = book.codes("role", "distance_from_skin" if near.kind == "skin" else "distance")
        units = book.codes("unit", near.distance_mm.unit)
        yield CodedConcept(concept=f"distance to {near.name}", path=f"{path}.distance_mm", codes=role + units)


def _kind(near: Clearance) -> tuple[Code, ...]:
    """The code of its kind; air inside the body may be lung or bowel, and is called neither."""
    return () if near.name == "air in lung or bowel" else load_codes().codes("structure", near.kind)


def _of_assessment(judged: Assessment, path: str) -> Iterator[CodedConcept]:
    for i, view in enumerate(judged.techniques):
        yield from _said(f"technique: {view.title}", f"{path}.techniques[{i}].key", "technique", view.key)


def _of_plan(plan: Plan, path: str) -> Iterator[CodedConcept]:
    if plan.ablation is not None:
        modality = plan.ablation.modality
        yield from _said(f"device: {plan.ablation.title}", f"{path}.ablation.modality", "device", modality)
    for i, fill in enumerate(plan.fills):
        yield from _said(f"cement: {fill.cement}", f"{path}.fills[{i}].cement", "device", fill.cement)
    for i, metal in enumerate(plan.fixations):
        yield from _said(f"fixation: {metal.kind}", f"{path}.fixations[{i}].kind", "device", metal.kind)
    for i, key in enumerate(plan.techniques):
        yield from _said(f"technique: {key.replace('_', ' ')}", f"{path}.techniques[{i}]", "technique", key)

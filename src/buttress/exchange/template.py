"""The commented case that ``buttress new-case`` writes: every field, its meaning, its values, in the paper's order."""

from __future__ import annotations

from buttress.exchange.anatomy_names import known_bone
from buttress.library.load import load_bones
from buttress.records.device import Bone

_EXAMPLE_BONE = "femur"


def case_template(bone: str | None) -> str:
    """A case in TOML for a lesion of ``bone`` (or of the femur, to be changed), valid as it stands.

    Facts follow the five considerations of ahmed2019. Raises ``ButtressError`` for an unknown bone.
    """
    shelf = known_bone(bone or _EXAMPLE_BONE, "new-case")
    return _TEMPLATE.format(
        bone=shelf.key,
        change="" if bone else "   # CHANGE ME",
        bones=_wrapped(sorted(load_bones()), "#              "),
        sides=_sides(shelf),
        subsites=_wrapped(shelf.subsites, "#   ") if shelf.subsites else "#   any words",
        near=", ".join(shelf.structures) or "say what lies near",
    )


def _sides(bone: Bone) -> str:
    return '"left" or "right"' if bone.sided else '"midline": there is one ' + bone.title


def _wrapped(words: list[str] | tuple[str, ...], margin: str) -> str:
    """Words in comment lines of at most a hundred signs."""
    lines = [margin]
    for word in words:
        if len(lines[-1]) + len(word) > 98:
            lines.append(margin)
        lines[-1] += word + ", "
    return "\n".join(line.rstrip() for line in lines).rstrip(",")


_TEMPLATE = """# A case for buttress: what is known of one patient at one decision. Research use only.
#
# Fill in what you know. Leave "unknown" (or leave the line out) where you do not: unknown is a value here, and the
# report says what it would change. Write no name and no birth date. Lines that begin with # are remarks; remove the #
# to use an optional line. Check the file with:  buttress assess case.toml

format = "buttress.case/1"
id = "case-1"              # letters, digits, . _ - (no blanks)
title = ""                 # a line for the report's head
notes = []                 # remarks that travel into the report: ["MRI of the same week shows no more"]
facts_from = "unknown"     # what these facts were taken from: letters, laboratory, the patient
# facts_on = 2024-06-30    # day for which they were put together (no quotes)
intent = "unknown"         # (belongs to 3, below) list of "palliative", "curative", "stabilise"

[images]                   # paths are relative to this file
ct = "unknown"             # a NIfTI or NRRD file (.nii, .nii.gz, .nrrd) or a folder with one DICOM CT series
series_uid = "unknown"     # SeriesInstanceUID, when the folder holds several series
credit = "unknown"         # whom to credit for the images; printed in the report
modality = "unknown"       # what was looked at: "CT without contrast, 1 mm; MRI"
whole_bone_films = "unknown"     # true, false: were plain films of the whole bone seen?
# date = 2024-06-21        # day the images were taken (no quotes)

[board]                    # the tumour board
question = "unknown"       # what the board is asked
urgency = "unknown"        # "routine", "urgent", "emergency"
reviewed = "unknown"       # true, false: has the board reviewed the case? Only this opens the gate to scheduling
members = []               # of "medical_oncologist", "orthopaedic_oncologist", "radiation_oncologist",
                           # "interventional_radiologist", "patient"
# The rest is filled in after the meeting. A signature, techniques and dissent need a decision.
# date = 2024-07-02        # day of the meeting (no quotes)
attendance = "unknown"     # who was there; role: as under members, or "radiologist", "pathologist",
                           # "palliative_physician", "nurse", "other";  who: initials, never the patient's name
                           # [{{ role = "orthopaedic_oncologist", who = "A.B." }}]
decision = "unknown"       # what was decided, in the board's words
chosen_techniques = "unknown"    # [] for none of them, or keys: ["cryoablation", "cement"]
dissent = "unknown"        # [] for none, or: [{{ role = "radiation_oncologist", reason = "why" }}]
follow_up = "unknown"      # what is looked at, when, and by whom
signed_by = "unknown"      # the person who answers for this record
# signed_on = 2024-07-02   # day of the signature (no quotes)

# ---- 1. Prior management -----------------------------------------------------------------------------------------
# One [[prior_treatments]] table for each. For none at all, write  prior_treatments = []  above [images].
#
# [[prior_treatments]]
# kind = "radiotherapy"    # "radiotherapy", "systemic", "bisphosphonate", "opioid", "surgery", "ablation",
#                          # "cementoplasty", "other"
# description = "unknown"  # what was given
# lesion = "lesion-1"      # id of the lesion it was aimed at; leave out if it was not for one lesion
# date = 2024-05-31        # day it ended (no quotes), or:
# weeks_ago = 12           # weeks since it ended
# dose_gy = 20             # total dose, gray (radiotherapy)
# fractions = 5            # number of fractions (radiotherapy)
# outcome = "unknown"      # "failed", "partial", "responded"

# ---- 2. Patient fitness ------------------------------------------------------------------------------------------
[patient]
pseudonym = "anonymous"    # a code, never a name
age_y = "unknown"          # years, 0 to 120
sex = "unknown"            # "female", "male", "other"
ecog = "unknown"           # ECOG performance status, 0 to 4
kps = "unknown"            # Karnofsky performance status, 0 to 100 in tens
ambulation = "unknown"     # in words: "walks with a cane"
surgical_candidate = "unknown"   # "candidate", "poor", "declined" (the patient's own wish)
platelets_e9_per_l = "unknown"   # platelets, 10^9 per litre (the same number as thousands per microlitre)
inr = "unknown"            # international normalised ratio
anticoagulants = "unknown"       # [] for none, or: ["apixaban 5 mg twice a day"]
allergies = "unknown"      # [] for none known, or: ["bone cement", "iodinated contrast"]
infection = "unknown"      # true, false: an active infection, anywhere
pacemaker = "unknown"      # true, false: pacemaker or defibrillator
implants = "unknown"       # [] for none, or:
                           # [{{ description = "nail, left femur", in_treated_region = false }}]
                           # in_treated_region: true, false: in the treated bone or in the path of a grounding current
systemic_therapy = "unknown"     # what, and whether it is ongoing
needs_systemic_therapy_now = "unknown"   # true, false: would an operation delay it?
crp_mg_per_dl = "unknown"  # C-reactive protein, mg/dL (a tenth of mg/L)
ldh_iu_per_l = "unknown"   # lactate dehydrogenase, IU/L
albumin_g_per_dl = "unknown"     # g/dL (a tenth of g/L)
calcium_mg_per_dl = "unknown"    # mg/dL (4 times mmol/L)
bilirubin_mg_per_dl = "unknown"  # total bilirubin, mg/dL
preference = "unknown"     # what the patient wants, in the patient's terms: "to walk to the garden; no long stay"

# ---- 3. Intention of therapy (intent stands at the top) ----------------------------------------------------------
primary = "unknown"        # primary tumour: "renal cell carcinoma"
histology_proven = "unknown"     # true, false: tissue proof of metastasis, or a known primary
staging = "unknown"        # stage in words, and on what it rests: "stage IV, CT of chest and abdomen of this month"
radiosensitivity = "unknown"     # "sensitive", "intermediate", "resistant"
displaceable_by_cement = "unknown"   # true, false: soft tumour that cement pushes aside (lymphoma, myeloma)
n_metastases = "unknown"   # number of all metastases, in all organs, 1 or more
widely_metastatic = "unknown"    # true, false
life_expectancy = "unknown"      # weeks, from a tool or a person:
                           # {{ low_weeks = 26, high_weeks = 52, source = "the tool or person" }}
visceral_metastases = "unknown"  # "none", "nodular", "disseminated" (pleural, peritoneal)
cerebral_metastases = "unknown"  # "none", "nodular", "disseminated" (leptomeningeal)
n_skeletal_metastases = "unknown"      # number of metastases in bone, 1 or more; or, where nobody counted:
multiple_skeletal_metastases = "unknown"   # true, false
previous_chemotherapy = "unknown"      # true, false
katagiri_primary_group = "unknown"     # "slow", "moderate", "rapid": by how treatable the tumour is (docs/scores)

# One [[prognosis]] table for each survival estimate that another tool gave; buttress does not compute these.
#
# [[prognosis]]
# tool = "PATHFx"          # "PATHFx", "SORG-MLA", "2013-SPRING", "OPTIModel", "Janssen", "other"
# source = "Dr A, on the tool's page"  # who ran it, where, which version
# result = "unknown"       # in words, or as a number:
# survival_fraction = 0.6  # 0 to 1: share expected to be alive at
# at_months = 6            # months
# date = 2024-06-30        # day it was run (no quotes)

# ---- 4. Architecture of the lesion -------------------------------------------------------------------------------
# One [[lesions]] table for each lesion. Give a mask or a seed point to have it measured on the CT.
[[lesions]]
id = "lesion-1"
bone = "{bone}"{change}
#   known bones:
{bones}
side = "unknown"           # {sides}
subsite = "unknown"        # of this bone:
{subsites}
mask = "unknown"           # path of a lesion mask on the CT's grid: NIfTI, NRRD (.seg.nrrd), DICOM SEG or RTSTRUCT
mask_label = "unknown"     # name or number of the segment, where that file holds several
seed_mm = "unknown"        # or a point in the lesion, mm: [x, y, z],
                           # x to the patient's LEFT, y to the back, z to the head (LPS)
box_mm = "unknown"         # or two opposite corners of a box about it, mm: [[x, y, z], [x, y, z]]
bone_mask = "unknown"      # path of a starting mask of the bone, if there is one
bone_mask_label = "unknown"      # name or number of its segment, where that file holds several
matrix = "unknown"         # "lytic", "mixed", "blastic", "permeative"
diffuse = "unknown"        # true, false: too diffuse to be encompassed by one ablation zone
pain_nrs = "unknown"       # pain, 0 to 10
mirels_pain = "unknown"    # "none", "mild", "moderate", "functional" (worse with use: Mirels' own class)
stress_pain_after_radiotherapy = "unknown"   # true, false: pain on load that remains after radiotherapy
opioid_mg_per_day = "unknown"    # oral morphine equivalent, mg a day
weight_bearing = "unknown"       # true, false; unknown: the usual for the bone
load = "unknown"           # main load at the site: "compression", "torsion", "bending", "shear", "mixed"
soft_tissue_outside_cortex = "unknown"   # true, false: a mass beyond the cortex
screw_corridor = "unknown"       # true, false: a clear path for screws along or across the fracture
fracture.status = "unknown"      # "none", "impending", "actual"
fracture.displacement = "unknown"    # "none", "minimal", "marked"
fracture.angulation = "unknown"      # "none", "minimal", "marked"
fracture.plane = "unknown"       # "transverse", "oblique", "spiral", "longitudinal"
fracture.reaches_joint = "unknown"   # true, false
fracture.lesser_trochanter_avulsion = "unknown"   # true, false (femur)

# Acetabulum only; true means destroyed (collapse: collapsed).
acetabulum.subchondral = "unknown"   # true, false
acetabulum.medial_wall = "unknown"   # true, false
acetabulum.roof = "unknown"          # true, false
acetabulum.lateral_rim = "unknown"   # true, false
acetabulum.collapse = "unknown"      # true, false
acetabulum.resectable_for_cure = "unknown"   # true, false

# Measures taken by hand: used where nothing can be measured here, and compared where it can.
given.longest_diameter_mm = "unknown"    # mm
given.axial_cortical_involvement_mm = "unknown"   # mm of cortex along the bone's own axis
given.circumferential_cortical_involvement_fraction = "unknown"   # 0 to 1 of the circumference, across the bone's axis
given.cortical_destruction_fraction = "unknown"   # 0 to 1 of the cortex's thickness
given.width_fraction = "unknown"     # 0 to 1: width of the lesion over width of the bone
given.cortex = "unknown"             # "intact", "eroded", "destroyed"
given.source = "unknown"             # who measured, and on what

# ---- 5. Nearby critical structures -------------------------------------------------------------------------------
precise_zone_needed = "unknown"      # true, false: must the ablation zone be seen while it grows?
critical_structures = "unknown"      # [] for none, or a list; usual for this bone:
                           #   {near}
                           # [{{ name = "sciatic nerve", kind = "nerve", mask = "nerve.nii.gz" }},
                           #  {{ name = "skin", kind = "skin", distance_mm = 22 }}]
                           # kind: "nerve", "cord", "joint", "skin", "bowel", "lung", "heart", "large_vessel",
                           #       "cartilage", "other";  mask: on the CT's grid, overrides distance_mm (mm)
"""

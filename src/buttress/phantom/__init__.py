"""PROVE: bones and lesions with known answers, to check the measuring by. It shares no code with the measuring room."""

from buttress.phantom.build import Notch, Phantom, build_phantom, ellipsoid_at
from buttress.phantom.lytic_lesion import LesionSpec
from buttress.phantom.spec import PhantomSpec
from buttress.phantom.truth import LesionTruth, bone_truth, lesion_truth, truth_sheet

__all__ = [
    "LesionSpec",
    "LesionTruth",
    "Notch",
    "Phantom",
    "PhantomSpec",
    "bone_truth",
    "build_phantom",
    "ellipsoid_at",
    "lesion_truth",
    "truth_sheet",
]

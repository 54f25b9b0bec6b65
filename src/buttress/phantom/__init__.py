"""PROVE: bones and lesions with known answers, to check the measuring by. It shares no code with the measuring room."""

from buttress.phantom.bones import coordinates_in
from buttress.phantom.build import Notch, Phantom, build_phantom, ellipsoid_at
from buttress.phantom.insert import SIZE_CLASSES, Inserted, insert_lesion, insert_sheet
from buttress.phantom.lytic_lesion import LesionSpec
from buttress.phantom.spec import PhantomSpec
from buttress.phantom.truth import LesionTruth, bone_truth, lesion_truth, truth_sheet

__all__ = [
    "SIZE_CLASSES",
    "Inserted",
    "LesionSpec",
    "LesionTruth",
    "Notch",
    "Phantom",
    "PhantomSpec",
    "bone_truth",
    "build_phantom",
    "coordinates_in",
    "ellipsoid_at",
    "insert_lesion",
    "insert_sheet",
    "lesion_truth",
    "truth_sheet",
]

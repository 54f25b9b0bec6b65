"""Real lytic lesions of a rib and an ilium (BLDS, 1 mm voxels): outlined within the box that came with the data.

There are no outlines to compare with; the central HU are those of the note lesions.md. The pictures were looked at.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from buttress.exchange.nifti import read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.records.case import Case, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging

RIB_LARGE = ("3.nii.gz", "rib", (-32.90, 92.76, -265.72), (27.2, 17.3, 18.5), 22.0)
RIB_SMALL = ("3.nii.gz", "rib", (-5.13, 70.50, -270.04), (11.9, 11.2, 10.1), 89.0)
ILIUM_LOW = ("4.nii.gz", "ilium", (-57.67, 186.33, -469.86), (14.9, 16.3, 13.5), 67.0)
ILIUM_HIGH = ("4.nii.gz", "ilium", (-59.31, 206.49, -434.43), (11.9, 13.0, 13.8), 60.0)


BOXES = (RIB_LARGE, RIB_SMALL, ILIUM_LOW, ILIUM_HIGH)


@pytest.mark.parametrize(("file", "bone", "middle", "size", "central_hu"), BOXES)
def test_the_lesion_of_a_box_is_dark_one_piece_at_its_middle_and_stays_inside(
    shared_data, file, bone, middle, size, central_hu
):
    ct, _ = read_nifti_volume(shared_data / "blds-bone-lesions" / file)
    low, high = np.array(middle) - np.array(size) / 2, np.array(middle) + np.array(size) / 2
    lesion = Lesion(id="a", bone=bone, box_mm=(tuple(low.tolist()), tuple(high.tolist())))
    seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct), load_bones()[bone])
    assert isinstance(seen, SeenLesion)
    points = seen.lesion.points_mm()
    assert np.all((points >= low - 0.6) & (points <= high + 0.6))
    assert np.linalg.norm(points - middle, axis=1).min() < 2.0
    assert ndimage.label(seen.lesion.inside)[1] == 1
    box_ml = float(np.prod(size)) / 1000.0
    assert 0.1 * box_ml < seen.lesion.volume_ml < 0.6 * box_ml
    assert np.median(ct.values[seen.lesion.inside]) == pytest.approx(central_hu, abs=45.0)
    assert seen.findings.matrix.value == "lytic"

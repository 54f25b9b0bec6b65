"""Two real tumours of the soft tissues that wrap an intact femur: contact is not invasion."""

from __future__ import annotations

from pathlib import Path

import pytest

from buttress.exchange.nifti import read_nifti_mask, read_nifti_volume
from buttress.library.load import load_bones
from buttress.measure import measure_lesion
from buttress.records.case import Case, Lesion
from buttress.records.findings import SeenLesion
from buttress.records.image import Imaging


@pytest.mark.parametrize("name", ["STS_013", "STS_027"])
def test_a_tumour_wrapped_round_an_intact_femur_involves_no_cortex(shared_data: Path, name: str) -> None:
    folder = shared_data / "sts-ibsi" / name
    ct, _ = read_nifti_volume(folder / "ct.nii.gz")
    tumour = read_nifti_mask(folder / "gtv.nii.gz", ct.grid, where="lesions[0].mask")
    lesion = Lesion(id="a", bone="femur")
    seen = measure_lesion(Case(id="c", lesions=(lesion,)), lesion, Imaging(ct, {"a": tumour}), load_bones()["femur"])
    assert isinstance(seen, SeenLesion)
    found = seen.findings
    assert found.axial_cortical_involvement_mm.value == 0.0
    assert found.axial_cortical_involvement_mm.high == 0.0
    assert found.circumferential_cortical_involvement_fraction.value == 0.0
    assert found.cortical_breach.value is False
    assert any("lies on the bone" in note for note in found.notes)
    assert found.soft_tissue_extension_ml.value == pytest.approx(tumour.volume_ml, rel=0.03)

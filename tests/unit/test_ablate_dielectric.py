"""Spectra give the permittivity and loss that others have tabulated from the same terms."""

from __future__ import annotations

import pytest

from buttress.ablate.dielectric import attenuation_1_m, conductivity_s_m, permittivity
from buttress.library.load_tissues import load_electrical_tissues

# Published table: Electrical exposure analysis of intra-body communication, Biomed Eng Online 2018, Table 3
# (muscle across its fibres, dry skin): tissue, kHz, S/m, relative permittivity.
TABULATED = [("muscle", 10, 0.3408, 25909), ("muscle", 100, 0.3619, 8089.2), ("muscle", 1000, 0.5027, 1836.4),
             ("fat", 10, 0.0238, 1085.3), ("fat", 100, 0.0244, 92.885), ("fat", 1000, 0.0251, 27.222),
             ("cortical", 10, 0.0204, 521.64), ("cortical", 100, 0.0208, 227.64), ("cortical", 1000, 0.0243, 144.51),
             ("skin", 100, 0.00045, 1119.2), ("skin", 1000, 0.0132, 990.76)]  # fmt: skip


@pytest.mark.parametrize(("tissue", "khz", "sigma", "epsilon"), TABULATED)
def test_spectra_agree_with_a_published_table(tissue: str, khz: float, sigma: float, epsilon: float) -> None:
    spectrum = load_electrical_tissues().tissue[tissue].spectrum
    assert spectrum is not None
    assert conductivity_s_m(spectrum, khz * 1e3) == pytest.approx(sigma, rel=5e-3)
    assert permittivity(spectrum, khz * 1e3).real == pytest.approx(epsilon, rel=5e-3)


def test_bone_and_fat_let_microwaves_through_that_muscle_stops() -> None:
    fade = {tissue: attenuation_1_m(tissue, 2.45e9) for tissue in ("cortical", "cancellous", "fat", "muscle", "blood")}
    assert fade["fat"] < fade["cortical"] < fade["cancellous"] < fade["muscle"] < fade["blood"]


def test_gas_and_cement_are_transparent() -> None:
    assert attenuation_1_m("gas", 2.45e9) == attenuation_1_m("cement", 2.45e9) == 0.0

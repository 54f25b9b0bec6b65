"""What must hold of every section: rotation, scale, and that no bone is gained by losing some."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from buttress.reinforce.section import bending_ratios, section_rigidity

ANGLES, SHARES = 72, 24
seeds = st.integers(0, 2**31 - 1)


def any_section(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A random star-shaped section with random modulus, ``(1, angles, shares)`` and its outline."""
    draw = np.random.default_rng(seed)
    turn = np.arange(ANGLES) * 2 * np.pi / ANGLES
    radius = 14.0 + 3.0 * np.cos(turn + draw.uniform(0, 6)) + 1.5 * np.cos(2 * turn + draw.uniform(0, 6))
    return draw.uniform(0.05, 1.0, (1, ANGLES, SHARES)), radius[None]


@given(seeds)
@settings(deadline=None)
def test_losing_modulus_anywhere_never_raises_a_ratio_above_one(seed: int) -> None:
    modulus, radius = any_section(seed)
    keep = np.random.default_rng(seed + 1).uniform(0.0, 1.0, modulus.shape)
    healed, lesion = section_rigidity(modulus, radius), section_rigidity(modulus * keep, radius)
    low, high = bending_ratios(lesion, healed)[0]
    assert 0.0 < lesion.axial[0] / healed.axial[0] <= 1.0
    assert 0.0 < low <= high <= 1.0 + 1e-9
    assert low - 1e-9 <= lesion.polar[0] / healed.polar[0] <= high + 1e-9


@given(seeds, st.floats(0.01, 100.0))
@settings(deadline=None)
def test_a_stiffer_material_scales_every_rigidity_and_no_ratio(seed: int, factor: float) -> None:
    modulus, radius = any_section(seed)
    plain, scaled = section_rigidity(modulus, radius), section_rigidity(factor * modulus, radius)
    np.testing.assert_allclose(scaled.axial, factor * plain.axial, rtol=1e-9)
    np.testing.assert_allclose(bending_ratios(scaled, plain), factor, rtol=1e-6)


@given(seeds, st.integers(1, ANGLES - 1))
@settings(deadline=None)
def test_turning_the_section_turns_nothing_but_the_directions(seed: int, steps: int) -> None:
    modulus, radius = any_section(seed)
    plain = section_rigidity(modulus, radius)
    turned = section_rigidity(np.roll(modulus, steps, axis=1), np.roll(radius, steps, axis=1))
    np.testing.assert_allclose(turned.principal_bending, plain.principal_bending, rtol=1e-9)
    np.testing.assert_allclose(turned.polar, plain.polar, rtol=1e-9)
    np.testing.assert_allclose(turned.polar, turned.principal_bending.sum(axis=1), rtol=1e-9)

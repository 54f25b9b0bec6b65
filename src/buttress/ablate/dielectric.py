"""What microwaves find in tissue: permittivity and loss from Cole-Cole spectra (gabriel1996), and how fast they fade.

``ε(ω) = ε∞ + Σ Δε / (1 + (jωτ)^(1-α)) + σ / (jωε0)``; the amplitude of a plane wave fades as ``exp(-a x)``.
"""

from __future__ import annotations

import math

from buttress.library.load_tissues import load_electrical_tissues
from buttress.records.tissue import Spectrum

VACUUM_F_M = 8.8541878128e-12
LIGHT_M_S = 299_792_458.0


def permittivity(spectrum: Spectrum, frequency_hz: float) -> complex:
    """Complex relative permittivity; its imaginary part is negative: loss."""
    omega = 2.0 * math.pi * frequency_hz
    found = complex(spectrum.permittivity_infinite)
    for term in spectrum.terms:
        found += term.delta / (1.0 + (1j * omega * term.tau_s) ** (1.0 - term.alpha))
    return found + spectrum.ionic_conductivity_s_m / (1j * omega * VACUUM_F_M)


def conductivity_s_m(spectrum: Spectrum, frequency_hz: float) -> float:
    """All loss as a conductivity, S/m: ``-ωε0 Im ε``."""
    return -2.0 * math.pi * frequency_hz * VACUUM_F_M * permittivity(spectrum, frequency_hz).imag


def attenuation_1_m(tissue: str, frequency_hz: float) -> float:
    """Fading of the amplitude in a tissue of the shelf, 1/m; 0 where it has no spectrum (gas, cement, metal)."""
    shelf = load_electrical_tissues().tissue
    own = shelf[tissue]
    spectrum = shelf[own.spectrum_of].spectrum if own.spectrum_of else own.spectrum
    if spectrum is None:
        return 0.0
    index = permittivity(spectrum, frequency_hz) ** 0.5
    return -2.0 * math.pi * frequency_hz / LIGHT_M_S * index.imag

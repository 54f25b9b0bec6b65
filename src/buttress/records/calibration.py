"""How the grey values of one scan were set straight by its own air, fat and muscle, and what density they mean."""

from __future__ import annotations

import math
from typing import Literal

from buttress.records.document import Document


class TissuePeak(Document):
    """One tissue as the scan shows it: the peak of its HU, their spread, how much was found; and what it should be.

    ``reference_error_hu`` is one standard deviation of what the tissue may truly be in a patient.
    """

    tissue: Literal["air", "fat", "muscle"]
    seen_hu: float
    spread_hu: float
    volume_ml: float
    reference_hu: float
    reference_error_hu: float


class DensityCalibration(Document):
    """``true = slope * seen + intercept_hu``, found in the scan without a phantom; or the reason why not.

    Errors are one standard deviation; ``covariance_hu`` is that of slope and intercept. Where the status is
    ``not_computed`` the line is the scanner's own (slope 1, intercept 0) with a stated guess of its error.
    """

    status: Literal["measured", "not_computed"]
    slope: float = 1.0
    intercept_hu: float = 0.0
    slope_error: float
    intercept_error_hu: float
    covariance_hu: float = 0.0
    peaks: tuple[TissuePeak, ...] = ()
    kvp: float | None = None
    method: str
    note: str = ""

    def corrected_hu(self, seen_hu: float) -> float:
        """What a value of this scan truly is, HU."""
        return self.slope * seen_hu + self.intercept_hu

    def error_hu(self, seen_hu: float) -> float:
        """One standard deviation of :meth:`corrected_hu`, HU."""
        variance = (self.slope_error * seen_hu) ** 2 + self.intercept_error_hu**2 + 2.0 * self.covariance_hu * seen_hu
        return math.sqrt(max(0.0, variance))

"""Vessels that contrast makes bright; a scan without contrast shows none, and that is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from buttress.measure.surroundings.box import Booleans, Box, Part, joined, large_parts
from buttress.measure.surroundings.structure import Structure, surface_of
from buttress.records.image import Mask

BRIGHT_HU = 150.0
"""Ours: well above muscle and unenhanced blood (30-60 HU) and its noise (up to 33 HU on the scans at hand); contrast of
the arteries on the one enhanced scan at hand is 360 to 410 HU."""
DENSEST_HU = 550.0
"""Ours: denser on average is cortex (a fibula is nearly solid), metal, or a vein that is just being injected."""
MARROW_BLUR_MM = 2.5
"""Ours: the blurred edge of bone is as bright as a vessel; this near to bone nothing is told."""
LEAST_MM3 = 400.0
"""Ours: about 20 mm of a vessel 5 mm wide; smaller bright spots are calcium or noise."""
LEAST_LENGTH_MM = 15.0
CORE_MM = 2.0
"""Ours: vessels thinner than about 4 mm are not resolved."""
UNEVEN = 0.12
"""Ours: blood is as even as the noise: within it 6 to 8 % of its HU (aorta and subclavian artery at hand); the
inside of bones 13 to 40 %, a femoral head in 3 mm voxels 13 to 16 %."""
BRIGHTEST = 1.1
"""Ours: contrast is brightest in the middle of a vessel; a part whose shell outshines its core is bone."""
NOT_SEEN = (
    "no bright vessel within {:.0f} mm of the lesion: either none lies there, or the scan has no contrast, "
    "and blood (30-60 HU) cannot be told from muscle"
)
NAME = "contrast-filled vessel or organ"


def find_vessels(box: Box) -> Structure | None:
    """Vessels bright with contrast about the target bone as one structure; ``None`` where none is seen.

    Connected parts above ``BRIGHT_HU`` outside the target bone are kept where they are long and have an even core that
    is no dimmer than what surrounds it. Opacified organs (heart, bladder) pass too, and are to be spared as well.
    """
    bright = (box.hu > BRIGHT_HU) & (box.own_mm > MARROW_BLUR_MM)
    opened = ndimage.binary_opening(bright, structure=_ball(1.5 / box.step_mm))
    kept = [part for part in large_parts(opened, round(LEAST_MM3 / box.step_mm**3)) if _is_vessel(part, box)]
    if not kept:
        return None
    mask = Mask(box.grid, joined(kept, box.grid.shape))
    return surface_of(NAME, "large_vessel", mask, "seen", f"even and above {BRIGHT_HU:.0f} HU, brightest in its middle")


def _is_vessel(part: Part, box: Box) -> bool:
    """Long, with an even core that is as bright as its shell."""
    window, shape = part
    inside, hu = np.pad(shape, 1), np.pad(box.hu[window], 1, mode="edge")
    depth = ndimage.distance_transform_edt(inside, sampling=box.step_mm)
    reach = float(depth.max())
    if reach < CORE_MM or _length_mm(inside, box.step_mm) < LEAST_LENGTH_MM:
        return False
    core = inside & (depth > max(CORE_MM - 0.5 * box.step_mm, 0.6 * reach))
    shell = inside & ~core & (depth > 0.25 * reach)
    middle = float(np.mean(hu[core]))
    around = float(np.mean(hu[shell])) if shell.any() else middle
    even = np.std(hu[core]) <= UNEVEN * middle and around <= BRIGHTEST * middle
    return bool(even and middle <= DENSEST_HU)


def _length_mm(inside: Booleans, step_mm: float) -> float:
    points = np.argwhere(inside) * step_mm
    spread = np.linalg.eigvalsh(np.cov(points.T)) if len(points) > 3 else np.zeros(3)
    return float(np.sqrt(12.0 * max(0.0, spread[-1])))


def _ball(radius: float) -> NDArray[np.bool_]:
    """A ball, its radius in voxels and at least one."""
    reach = max(1.0, radius)
    n = int(np.floor(reach))
    at = np.stack(np.meshgrid(*[np.arange(-n, n + 1)] * 3, indexing="ij"))
    return np.asarray(np.sum(at**2, axis=0) <= reach**2 + 1e-9)

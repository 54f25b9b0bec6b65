"""One acetabulum measured: which share of each part the lesion takes, and the group that leaves."""

from __future__ import annotations

import numpy as np

from buttress.measure.acetabulum.doubt import destroyed_shares
from buttress.measure.acetabulum.frame import SocketFrame, find_frame
from buttress.measure.acetabulum.sectors import ROOF_MM, SHELL_MM, WALL_MM, Sectors, cut_sectors
from buttress.measure.head_sphere import DOUBT_RADIUS_MM, HeadSphere, fit_head_sphere
from buttress.measure.place import slice_name
from buttress.records.acetabulum import PARTS, AcetabulumFindings
from buttress.records.case import Lesion
from buttress.records.findings import Measure, Observation
from buttress.records.image import Mask, Volume

LEAST_PART_ML = 0.3
"""Ours: less bone of a part inside the images tells nothing of it."""
NOT_VALIDATED = (
    "our proposal: not validated against readers; of 24 lesions drawn into four hips 11 right, 13 in doubt with the "
    "true group among them, none wrong; the three of group III all in doubt"
)
"""Counts of docs/validation/acetabulum.md."""
REACH = {"subchondral": SHELL_MM, "roof": ROOF_MM}


def measure_acetabulum(ct: Volume, lesion: Lesion, mask: Mask) -> AcetabulumFindings | str:
    """Destroyed fractions of the acetabulum's parts, or why they could not be told.

    ``mask`` is the whole lesion, on any grid. Raises :class:`~buttress.records.document.ButtressError` where the images
    show the other side than the case says.
    """
    side = lesion.side if lesion.side in ("left", "right") else None
    head = fit_head_sphere(ct, mask.points_mm().mean(axis=0), side, lesion=mask)
    if head is None:
        return "no femoral head was found near the lesion, so the parts of the acetabulum could not be told"
    frame = find_frame(ct, head, mask, side, f"lesion {lesion.id}, side")
    if isinstance(frame, str):
        return frame
    sectors = cut_sectors(ct, head, frame, mask)
    shares = destroyed_shares(sectors, head, frame)
    fractions = {name: _destroyed(sectors, name, shares.get(name), ct, frame) for name in sectors.parts}
    x, y, z = head.centre_mm
    return AcetabulumFindings(
        side=frame.side,
        frame=frame.how,
        head_centre_mm=(x, y, z),
        head_radius_mm=_radius(head),
        head_height_difference_mm=_height_difference(head, frame),
        **fractions,
    )


def harrington_observation(found: AcetabulumFindings | str) -> Observation:
    """The groups that the measured parts leave, with their doubt; or the reason why there are none."""
    if isinstance(found, str):
        return Observation.missing(found)
    shares = ", ".join(f"{part.replace('_', ' ')} {_percent(getattr(found, part))}" for part in PARTS)
    return Observation(
        value=" or ".join(found.groups()),
        where=found.roof.where or found.medial_wall.where,
        method=f"share of each part of the socket that the lesion takes ({shares}); walls, roof and rim count as "
        f"destroyed from {found.destroyed_from:.0%} (ours)",
        note=f"{NOT_VALIDATED}; collapse (group IV) is not told by the parts and is asked",
    )


def _percent(measure: Measure) -> str:
    if measure.value is None or measure.low is None or measure.high is None:
        return "not told"
    return f"{measure.value:.0%} [{100 * measure.low:.0f} to {100 * measure.high:.0f}]"


def _destroyed(
    sectors: Sectors, name: str, share: tuple[float, float, float] | None, ct: Volume, frame: SocketFrame
) -> Measure:
    """Share of the part's healthy bone inside the lesion, as a measure."""
    part = sectors.parts[name] & sectors.healthy
    volume_ml = float(part.sum() * sectors.box.voxel_volume_ml)
    if share is None or volume_ml < LEAST_PART_ML:
        return Measure.missing("this part of the socket lies outside the images, or no bone of it was found", unit="1")
    value, low, high = share
    middle = sectors.box.to_mm(np.argwhere(part & (sectors.in_lesion_mm > 0.0) if value > 0 else part).mean(axis=0))
    x, y, z = middle.tolist()
    return Measure(
        value=value,
        low=low,
        high=high,
        unit="1",
        where=slice_name(middle, ct.grid),
        at_mm=(x, y, z),
        method=f"lesion within the part's bone (to {REACH.get(name, WALL_MM):.0f} mm outside the joint) over that "
        "bone, missing bone restored; interval: outline, head's sphere, pelvic tilt, the parts' borders and the "
        "restored bone moved",
        note=f"{volume_ml:.1f} ml of bone; frame: {frame.how}",
    )


def _radius(head: HeadSphere) -> Measure:
    return Measure(
        value=head.radius_mm,
        low=head.radius_mm - DOUBT_RADIUS_MM,
        high=head.radius_mm + DOUBT_RADIUS_MM,
        unit="mm",
        at_mm=head.centre_mm,
        where="femoral head",
        method="sphere through the head's plate as seen from its middle, without cartilage; interval: "
        f"{DOUBT_RADIUS_MM:g} mm either way, as for the parts' shares",
        note="; ".join(filter(None, [f"{head.coverage:.0%} of the directions told it", head.note])),
    )


def _height_difference(head: HeadSphere, frame: SocketFrame) -> Measure:
    """How much higher this head stands than the other, along the table; a tilted pelvis shows here too."""
    if frame.other is None:
        return Measure.missing("the other hip is not in view", unit="mm")
    value = float(head.centre_mm[2] - frame.other.centre_mm[2])
    doubt_mm = head.doubt_mm + frame.other.doubt_mm
    return Measure(
        value=value,
        low=value - doubt_mm,
        high=value + doubt_mm,
        unit="mm",
        at_mm=head.centre_mm,
        where="both femoral heads",
        method="height of the head's middle above the other's, along the table; interval: the doubt of both middles",
        note="a pelvis that lies tilted on the table shows the same; group IV is asked, not told",
    )

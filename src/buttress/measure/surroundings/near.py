"""Everything near a lesion: what the CT shows, what the case brings, and where anatomy says the rest runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from buttress.measure.surroundings.air import SEARCH_MM, find_air
from buttress.measure.surroundings.box import REACH_MM, look_near
from buttress.measure.surroundings.directions import Side
from buttress.measure.surroundings.joints import find_joints
from buttress.measure.surroundings.landmarks import as_tube, estimate_structures
from buttress.measure.surroundings.structure import Structure, clearance_from, surface_of
from buttress.measure.surroundings.typed import same_structure, typed
from buttress.measure.surroundings.vessels import NOT_SEEN, find_vessels
from buttress.numerics.distance import voxel_corners_mm
from buttress.numerics.grid import Points
from buttress.records.case import CriticalStructure, Lesion
from buttress.records.findings import ESTIMATED, Clearance, EstimatedStructure, Measure
from buttress.records.image import Imaging, Mask
from buttress.records.landmark import Landmark

NO_JOINT = f"no cleft between two bones is seen within {REACH_MM:.0f} mm of the lesion in this field of view"
ATLAS = "other nerves and vessels"


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Distances from the lesion, and the structures that are only estimated as thin tubes, by name."""

    clearances: tuple[Clearance, ...]
    estimated: Mapping[str, EstimatedStructure] = field(default_factory=dict)


def measure_near(
    lesion: Lesion, mask: Mask, target: Mask, imaging: Imaging, side: Side = None, axis: Points | None = None
) -> Near:
    """Least distances and directions from a lesion's surface to what must be spared.

    First the structures that the case names (by mask, typed distance, or found here under that name), then skin, inner
    air, bright vessels and joint spaces as the CT shows them, then nerves and vessels by the landmark atlas. ``target``
    is the restored bone, ``axis`` its unit direction at the lesion where it has a shaft.
    """
    known_side = side or lesion.side
    surface = voxel_corners_mm(mask.inside, mask.grid)
    seen = tuple(_seen(lesion, mask, target, imaging, known_side))
    placed, open_ = estimate_structures(lesion.bone, lesion.subsite, known_side, target, mask, axis)
    found = [one for one in (*seen, *placed) if isinstance(one, Structure)]
    named = tuple(
        _named(structure, imaging, found, surface, known_side) for structure in lesion.critical_structures or ()
    )
    told = {near.kind for near in named if near.distance_mm.status == "measured"} & {"skin", "lung", "bowel"}
    used = {one.name for one in found for s in lesion.critical_structures or () if same_structure(s.name, one.name)}
    rest = [
        clearance_from(surface, one, known_side) if isinstance(one, Structure) else one
        for one in (*seen, *placed)
        if one.kind not in told and one.name not in used
    ]
    estimated = {f"{one.name}{ESTIMATED}": as_tube(one, target) for one in placed if not _has_mask(one, imaging)}
    return Near((*named, *rest, *_unplaced(open_)), {k: v for k, v in estimated.items() if v.mask.inside.any()})


def _seen(lesion: Lesion, mask: Mask, target: Mask, imaging: Imaging, side: Side) -> Iterator[Structure | Clearance]:
    """Skin, inner air, vessels and joints as the CT shows them; for what it does not show, a clearance that says so."""
    air = find_air(imaging.ct, mask, lesion.bone)
    beyond = f"none seen within {SEARCH_MM:.0f} mm of the lesion in this field of view"
    if air.skin.inside.any():
        yield surface_of("skin", "skin", air.skin, "seen", "nearest air outside the body")
    else:
        yield _not_seen("skin", "skin", beyond)
    for name, kind, pocket in air.inner:
        yield surface_of(name, kind, pocket, "seen", "nearest air inside the body")
    if not air.inner:
        yield _not_seen("air in lung or bowel", "lung", beyond)
    box = look_near(imaging.ct, mask, target)
    yield find_vessels(box) or _not_seen("bright vessels", "large_vessel", NOT_SEEN.format(REACH_MM))
    joints = find_joints(box, lesion.bone, side, mask.points_mm())
    yield from joints or (_not_seen("joint", "joint", NO_JOINT),)


def _not_seen(name: str, kind: str, reason: str) -> Clearance:
    return Clearance(name=name, kind=kind, distance_mm=Measure.missing(reason, unit="mm"), basis="none")


def _named(
    structure: CriticalStructure, imaging: Imaging, found: list[Structure], surface: Points, side: Side
) -> Clearance:
    """A structure of the case: by its mask, else its typed distance, else what was found or placed under its name."""
    given = imaging.structures.get(structure.name)
    if given is not None:
        if given.inside.any():
            one = surface_of(structure.name, structure.kind, given, "given mask", "mask of the structure")
            return clearance_from(surface, one, side)
        return _not_seen(structure.name, structure.kind, "the mask of the structure is empty")
    if structure.distance_mm is None:
        for one in found:
            if same_structure(structure.name, one.name) or structure.kind == one.kind == "skin":
                nearest = clearance_from(surface, one, side)
                return nearest.model_copy(update={"name": structure.name, "kind": structure.kind})
    return typed(structure, "named without a mask or a distance, not seen, and in no landmark rule for this bone")


def _has_mask(one: Structure, imaging: Imaging) -> bool:
    return any(same_structure(name, one.name) for name in imaging.structures)


def _unplaced(open_: tuple[tuple[Landmark, str], ...]) -> Iterator[Clearance]:
    """What the atlas holds for this bone and could not place, in one line for each reason."""
    for reason in dict.fromkeys(reason for _, reason in open_):
        names = ", ".join(dict.fromkeys(mark.structure for mark, why in open_ if why == reason))
        yield _not_seen(ATLAS, "nerve", f"not placed ({names}): {reason}")

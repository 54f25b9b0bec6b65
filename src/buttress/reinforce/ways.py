"""The corridors that a lesion's bone has for the screws of the shelf."""

from __future__ import annotations

from dataclasses import dataclass

from buttress.library.load_implants import load_implants
from buttress.records.corridor import Corridor
from buttress.records.findings import SeenLesion
from buttress.records.image import Mask, Volume
from buttress.reinforce.corridor import find_corridors
from buttress.reinforce.way_in import in_the_way


@dataclass(frozen=True, slots=True)
class Ways:
    """Corridors, best first, and a sentence: how they were chosen, or why there is none."""

    found: tuple[Corridor, ...]
    note: str

    @property
    def best(self) -> Corridor | None:
        """The first; None where there is none."""
        return self.found[0] if self.found else None


def corridors_of(seen: SeenLesion, ct: Volume, bone: Mask) -> Ways:
    """Corridors for the fully threaded screws of the shelf (PS-05: they grip cement where bone is lost)."""
    inside = Mask(seen.lesion.grid, seen.lesion.inside & bone.inside)
    shelf = [one for one in load_implants().values() if one.kind == "screw" and one.thread == "full" and not one.cement]
    blocked = in_the_way(ct, bone, inside) if inside.inside.any() else None
    return Ways(*find_corridors(bone, inside, shelf, blocked))

"""Bones, subsites and sides of a case, against the bones on the shelf."""

from __future__ import annotations

from collections.abc import Mapping

from buttress.exchange.document_errors import nearest, wrong_value
from buttress.exchange.toml_lines import Path
from buttress.library.load import load_bones
from buttress.records.case import Case, Lesion
from buttress.records.device import Bone
from buttress.records.document import ButtressError


def check_anatomy(case: Case, name: str, lines: Mapping[Path, int], *, inside: Path = ()) -> None:
    """Raise ``ButtressError`` for a bone or subsite nobody knows, and for a side that the bone cannot have.

    ``inside`` is where the case stands in its document: ``("case",)`` in a review.
    """
    bones = load_bones()
    for place, lesion in enumerate(case.lesions):
        path: Path = (*inside, "lesions", place)
        if lesion.bone not in bones:
            raise wrong_value((*path, "bone"), *_unknown_bone(lesion.bone, bones), name, lines)
        _check_side(lesion, bones[lesion.bone], path, name, lines)
        _check_subsite(lesion, bones[lesion.bone], path, name, lines)


def known_bone(word: str, where: str) -> Bone:
    """The bone of that key; raises ``ButtressError`` with the nearest match (place: ``where``)."""
    bones = load_bones()
    if word in bones:
        return bones[word]
    found, expected, remedy = _unknown_bone(word, bones)
    raise ButtressError(found, expected, remedy, where=where)


def _unknown_bone(word: str, bones: Mapping[str, Bone]) -> tuple[str, str, str]:
    return f'unknown bone "{word[:40]}"', f"one of {', '.join(sorted(bones))}", _nearest_bone(word, bones)


def _nearest_bone(word: str, bones: Mapping[str, Bone]) -> str:
    """The nearest bone, also where a side or another word stands before it ("left femur")."""
    words = word.lower().replace("_", " ").replace("-", " ").split()
    guess = next((found for part in ("_".join(words), *words) if (found := nearest(part, bones))), "")
    side = next((part for part in words if part in ("left", "right")), "")
    if side:
        guess += f' The side goes into side = "{side}".'
    return guess.strip() or "choose the nearest bone and say the rest in notes"


def _check_side(lesion: Lesion, bone: Bone, path: Path, name: str, lines: Mapping[Path, int]) -> None:
    if lesion.side is None or bone.sided == (lesion.side != "midline"):
        return
    expected = "left or right" if bone.sided else "midline, or left out"
    kind = "there are two, a left and a right" if bone.sided else "there is one, in the midline"
    raise wrong_value(
        (*path, "side"),
        f'side "{lesion.side}" of the {bone.title}: {kind}',
        expected + ' (or "unknown")',
        "correct side, or bone" if bone.sided else "leave side out, and say the half of the bone in notes",
        name,
        lines,
    )


def _check_subsite(lesion: Lesion, bone: Bone, path: Path, name: str, lines: Mapping[Path, int]) -> None:
    if lesion.subsite is None or not bone.subsites or lesion.subsite in bone.subsites:
        return
    raise wrong_value(
        (*path, "subsite"),
        f'unknown subsite "{lesion.subsite[:40]}" of the {bone.title}',
        f'one of {", ".join(bone.subsites)} (or "unknown")',
        nearest(lesion.subsite, bone.subsites) or "choose the nearest and say the rest in notes",
        name,
        lines,
    )

"""The piece of bone that is loaded for a lesion, and the same piece under the assumptions that give its intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

from buttress.records.findings import SeenLesion
from buttress.records.image import Mask, Volume
from buttress.records.proximal_femur import ProximalFemur
from buttress.records.strength import LoadedAs
from buttress.reinforce.block import BoneBlock, broken, cut_block
from buttress.reinforce.bone_material import BoneMaterial
from buttress.reinforce.femur_block import cut_femur, with_cap
from buttress.reinforce.plate_block import cut_plate
from buttress.reinforce.unrolled import unroll_bone

CAPS_DEG = (20.0, 45.0)
"""Half openings of the head's loaded cap that are tried beside the middle one (ours)."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The block that gives values, the same healed in other ways, and the same loaded in other ways.

    ``notes`` say what stands against it.
    """

    block: BoneBlock
    loaded_as: LoadedAs
    healed_otherwise: tuple[BoneBlock, ...] = ()
    loaded_otherwise: tuple[BoneBlock, ...] = ()
    notes: tuple[str, ...] = ()


def piece_of(seen: SeenLesion, ct: Volume, femur: ProximalFemur | str | None) -> Piece:
    """The proximal femur where there is one, else a piece between grips along the bone's axis or its longest direction.

    Raises ``ValueError`` with a sentence where no piece can be cut.
    """
    if isinstance(femur, ProximalFemur):
        try:
            return _hip(femur, seen, ct)
        except ValueError as error:
            femur = str(error)
    piece = _gripped(seen, ct)
    if femur is None:
        return piece
    return replace(piece, notes=(f"The loads of the hip were not used: {femur}.",))


def broken_piece(piece: Piece, material: BoneMaterial) -> Piece:
    """The piece cut through at the lesion's weakest level, under every assumption."""

    def cut(one: BoneBlock) -> BoneBlock:
        return broken(one, material.modulus_mpa(one.hu))

    return replace(
        piece,
        block=cut(piece.block),
        healed_otherwise=tuple(map(cut, piece.healed_otherwise)),
        loaded_otherwise=tuple(map(cut, piece.loaded_otherwise)),
    )


def _hip(femur: ProximalFemur, seen: SeenLesion, ct: Volume) -> Piece:
    block = cut_femur(femur, seen.lesion, ct)
    if not block.cavity.any():
        raise ValueError("no part of the lesion lies inside the mask of the femur")
    return Piece(
        block, "proximal femur", loaded_otherwise=tuple(with_cap(block, cap) for cap in CAPS_DEG), notes=femur.notes
    )


def _gripped(seen: SeenLesion, ct: Volume) -> Piece:
    axis, affected_mm = seen.findings.bone_axis, seen.affected_mm
    if axis is None or affected_mm is None:
        return Piece(cut_plate(seen, ct), "piece healed by depth")
    bone = unroll_bone(seen, axis, affected_mm, ct)
    inside = Mask(seen.lesion.grid, seen.intraosseous)
    others = (cut_block(bone, ct, inside, by_one_side=side) for side in range(len(bone.healed_by_one_side)))
    return Piece(cut_block(bone, ct, inside), "piece healed along its axis", healed_otherwise=tuple(others))

"""What the what-if table says, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buttress.library.load import load_hip_loads
from buttress.records.strength import LOAD_TITLES, LoadCase, LoadedAs, StrengthCell, StrengthRow

BY_AXIS = "The intact bone is virtual: levels beside the lesion, blended along the axis."
BY_DEPTH = (
    "The intact bone is virtual: the lesion takes the values of the nearest sound bone that lies as deep under the "
    "surface. Where the lesion takes most of the bone this is a guess, and no interval tells how good a one."
)
BROKEN = (
    "The fracture is the case's word: it is drawn as one cut straight across where the lesion has left least, whatever "
    "its true place and shape."
)


PIECE = (
    "A piece of the bone between two grips, under compression, bending and torsion: not the body's own loads, no "
    "muscles, no fatigue."
)
HIP = (
    "The proximal femur, held at a cut through its shaft. Walking and stairs: the peak force on its head, of "
    "{stance:.1f} and {stairs:.1f} body weights, without muscles; the neck points 0, 12 or 24° forwards of the unseen "
    "condyles (the weakest counts). A fall: squeezed between head and trochanter. Bone beside loads and cut cannot "
    "fail. Loads in newtons are not given: on real femora they come out some three times lower than published ones, "
    "and seven times apart between laws of stiffness. Ratios are what this model is for."
)
LINEAR = "The first failure of a set volume, linear up to there: no load after it is told (--push does)."
PUSHED = (
    "The first failure of a set volume, linear up to there; the load when pushed on takes bone, cement and metal as "
    "perfectly plastic, which neither bone nor cement is: an upper end."
)


def limits(loaded_as: LoadedAs, *, is_broken: bool, is_pushed: bool = False) -> tuple[str, ...]:
    """What the table does not know, in sentences."""
    weights = {case: load.body_weights for case, load in load_hip_loads().items()}
    loaded = HIP.format(**weights) if loaded_as == "proximal femur" else PIECE
    return (
        "Verified on closed forms; not validated against tests of bones with lesions, cement or metal.",
        f"{loaded} {PUSHED if is_pushed else LINEAR}",
        BY_AXIS if loaded_as == "piece healed along its axis" else BY_DEPTH,
        *((BROKEN,) if is_broken else ()),
        "Cement fills the whole cavity of the lesion and nothing beyond (from trocars: by distance): an upper end. "
        "Leaks are not simulated.",
        "Bonded is an upper end. Slipping is a lower one: cement held by friction (0.3), metal where it is not pulled "
        "off. The truth lies between, and where is not known.",
        "Bone is taken as equally stiff in all directions; no phantom was used.",
    )


SAME = 0.05
"""Ratios nearer than this are told as no change (ours)."""


def sentences(rows: Sequence[StrengthRow]) -> tuple[str, ...]:
    """One sentence about the bone as it is, and one for each row with something put in."""
    by_key = {row.key: row for row in rows}
    lesion = by_key.get("lesion")
    if lesion is None or not lesion.cells:
        return ()
    left = ", ".join(f"{cell.strength_ratio.value:.0%} in {LOAD_TITLES[cell.load_case]}" for cell in lesion.cells)
    return (f"As it is the bone bears, of what it would bear healed, {left}.", *_of_inserts(rows, lesion))


def pushed_sentence(rows: Sequence[StrengthRow], load_case: LoadCase) -> tuple[str, ...]:
    """What every row bears when it is pushed on; nothing where none was."""
    told = [f"{row.title.lower()} {row.pushed_ratio:.0%}" for row in rows if row.pushed_ratio is not None]
    if len(told) < 2:
        return ()
    return (
        f"Pushed twice as far as the healed bone at its first failure, with all that is overstrained yielding "
        f"({LOAD_TITLES[load_case]}; bonded): {'; '.join(told)}.",
    )


def _of_inserts(rows: Sequence[StrengthRow], lesion: StrengthRow) -> Iterator[str]:
    for row in rows:
        if row.key in ("healed", "lesion") or not row.cells:
            continue
        told = []
        for cell, bare in zip(row.cells, lesion.cells, strict=True):
            told.append(_one(cell, bare))
        yield f"{row.title}: {'; '.join(told)}."


def _one(cell: StrengthCell, bare: StrengthCell) -> str:
    case = LOAD_TITLES[cell.load_case]
    before, bonded, bracket = bare.strength_ratio.value, cell.strength_ratio.value, cell.bracket
    if before is None or bracket is None:
        return f"{case} not told"
    low, high = bracket
    if high - before < SAME:
        return f"{case} stays at {before:.0%}"
    if high - low < SAME:
        return f"{case} from {before:.0%} to {bonded:.0%}"
    return f"{case} from {before:.0%} to between {low:.0%} (slipping) and {high:.0%} (bonded)"

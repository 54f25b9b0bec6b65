"""``buttress phantom``: bones and lesions with known answers, as a folder that ``buttress plan`` reads."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from buttress.app.outputs import replace_text
from buttress.exchange.anatomy_names import known_bone
from buttress.exchange.images import read_imaging
from buttress.exchange.nifti import write_nifti_mask, write_nifti_volume
from buttress.phantom import (
    LesionSpec,
    Notch,
    PhantomSpec,
    build_phantom,
    ellipsoid_at,
    insert_lesion,
    insert_sheet,
    truth_sheet,
)
from buttress.phantom.spec import SHAFTS, Kind, Side
from buttress.records.case import Case, Images, Lesion
from buttress.records.document import ButtressError
from buttress.records.image import Mask, Volume

DEFINITIONS = "docs/measures.md and buttress.phantom.lesion_truth; from the drawing without noise, no code of measuring"
SHAFT_VIEW = (48.0, 48.0, 55.0)  # ours: half the field of view, mm: skin and air about a lone shaft, sound bone beyond
SPONGY_KINDS: tuple[Kind, ...] = ("flat", "hip")


class DrawFirst(TyperGroup):
    """``buttress phantom tube`` is short for ``buttress phantom draw tube``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["draw", *args]
        return super().parse_args(ctx, args)


phantom_app = typer.Typer(
    cls=DrawFirst,
    help="Make a CT whose answers are known, to check the measuring by: draw a bone (buttress phantom tube ...), or "
    "insert a lesion into your own CT.",
    no_args_is_help=True,
)

Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go.")]
Seed = Annotated[int, typer.Option(min=0, help="Another seed, another noise and another rough outline.")]


@phantom_app.command()
def draw(
    kind: Annotated[
        Kind, typer.Argument(help="The bone: a straight, flared or curved shaft, a plate, a hip.")
    ] = "tube",
    lesion: Annotated[
        Literal["notch", "ellipsoid", "none"],
        typer.Option(help="A sharp notch, a rough ellipsoid (always so in a plate or a hip), or none."),
    ] = "notch",
    side: Annotated[Side, typer.Option(help="Side of the patient.")] = "left",
    bone: Annotated[str, typer.Option(help="The bone that the case names; left out: the usual one of the kind.")] = "",
    tilt: Annotated[float, typer.Option(help="Degrees off the table's long axis, 0 to 60.")] = 20.0,
    azimuth: Annotated[float, typer.Option(help="Where it leans to: 0 the patient's left, 90 the back.")] = 30.0,
    spacing: Annotated[float, typer.Option(help="Voxel edge in the slice, mm.")] = 1.0,
    slice_spacing: Annotated[float | None, typer.Option(help="From slice to slice, mm; left out: as in it.")] = None,
    slice_thickness: Annotated[float | None, typer.Option(help="Width of a slice, mm; more: overlap.")] = None,
    blur: Annotated[float, typer.Option(min=0.0, help="Standard deviation of the blur in the slice, mm.")] = 0.75,
    noise: Annotated[float, typer.Option(help="Standard deviation of the noise, HU.")] = 20.0,
    outer: Annotated[float | None, typer.Option(help="Radius of the shaft (half a plate's thickness), mm.")] = None,
    cortex: Annotated[float | None, typer.Option(help="Thickness of the cortex, mm.")] = None,
    fibula: Annotated[bool, typer.Option(help="With a second bone behind and lateral: a leg (tube).")] = False,
    axial: Annotated[float, typer.Option(min=2.0, help="Length of the lesion along the bone, mm.")] = 30.0,
    circumference: Annotated[float, typer.Option(min=0.02, max=1.0, help="Share of the ring a notch takes.")] = 0.4,
    depth: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the cortex a notch takes.")] = 1.0,
    width: Annotated[float, typer.Option(min=2.0, help="Width of an ellipsoid, mm.")] = 16.0,
    off_axis: Annotated[float | None, typer.Option(help="How far off the axis an ellipsoid lies, mm.")] = None,
    at: Annotated[float, typer.Option(help="Where about the axis the lesion lies, degrees from lateral.")] = 0.0,
    outside: Annotated[float, typer.Option(min=0.0, help="How far an ellipsoid may leave the bone, mm.")] = 0.0,
    seed: Seed = 0,
    output: Output = None,
) -> None:
    """Draw a bone with a lesion, scan it, and write ct, lesion, bone, truth.json and case.toml."""
    spec = _spec(kind, bone, outer, cortex, side=side, fibula=fibula, tilt_deg=tilt, azimuth_deg=azimuth, seed=seed)
    voxel = (spacing, spacing, slice_spacing or spacing)
    spec = replace(spec, spacing_mm=voxel, slice_mm=slice_thickness, blur_mm=blur, noise_hu=noise)
    what: Notch | LesionSpec | None = None
    angle = at if side == "left" else 180.0 - at
    if lesion == "ellipsoid" or (lesion == "notch" and kind in SPONGY_KINDS):
        what = replace(_ellipsoid(spec, axial, width, off_axis, angle), extra_mm=outside, seed=seed)
    elif lesion == "notch":
        what = Notch(axial, 360.0 * circumference, depth, at_deg=angle)
    folder = _free_folder(output or Path(f"phantom-{kind}"))
    phantom = build_phantom(spec, what)
    drawn = None if what is None else {"shape": type(what).__name__, **asdict(what)}
    sheet = {"definitions": DEFINITIONS, **truth_sheet(phantom), "drawn": drawn}
    title = f"Phantom: {kind}, tilt {tilt:g} degrees, voxels {spacing:g} mm, noise {noise:g} HU (nobody's bone)"
    side_given = side if known_bone(spec.bone_key, "--bone").sided else "midline"
    case = _case(f"phantom-{kind}", title, spec.bone_key, side_given) if phantom.lesion is not None else None
    _write(folder, phantom.ct, phantom.lesion, phantom.bone, sheet, case)


@phantom_app.command()
def insert(
    ct: Annotated[Path, typer.Argument(help="A healthy CT: NIfTI, NRRD, or a folder with one DICOM series.")],
    seed_mm: Annotated[tuple[float, float, float], typer.Option(help="A point in the marrow, LPS mm: X Y Z.")],
    bone: Annotated[str, typer.Option(help="The long bone it is, for example femur.")],
    side: Annotated[Side, typer.Option(help="Side of the patient.")],
    size: Annotated[
        Literal["under-third", "third-to-two-thirds", "over-two-thirds"],
        typer.Option("--class", help="Mirels' size class: lesion width over bone width."),
    ] = "third-to-two-thirds",
    length: Annotated[float | None, typer.Option(min=4.0, help="Length along the shaft, mm.")] = None,
    seed: Seed = 0,
    output: Output = None,
) -> None:
    """Draw a lytic lesion into the shaft of a real CT; its truth is read on the healthy CT, before noise."""
    shelf = known_bone(bone, "--bone")
    if not shelf.long_bone:
        raise ButtressError(
            f"{shelf.title} is no long bone", "a bone with a shaft", "draw a plate or a hip: buttress phantom flat"
        )
    if not ct.exists():
        raise ButtressError("there is no such file or folder", "a CT", "check the path", where=str(ct))
    placeholder = Case(id="ct", images=Images(ct=ct.name), lesions=(Lesion(id="a", bone=bone),))
    healthy = read_imaging(placeholder, ct.parent).ct
    folder = _free_folder(output or Path(f"inserted-{bone}"))
    made = insert_lesion(healthy, seed_mm, size, side, length_mm=length, seed=seed)
    sheet = {"definitions": DEFINITIONS, **insert_sheet(made)}
    title = f"Synthetic lytic lesion ({size} of the bone's width) in a real CT; it was never there"
    case = _case(f"inserted-{bone}", title, bone, side)
    _write(folder, made.ct, made.lesion, made.bone, sheet, case)


def _spec(kind: Kind, bone: str, outer: float | None, cortex: float | None, **lies: Any) -> PhantomSpec:
    """The bone of a kind with what was not named filled in; a wider view for a plate and a hip."""
    usual_outer, usual_cortex = (8.0, 1.5) if kind == "flat" else (13.0, 4.0)
    fibula = bool(lies.get("fibula"))
    shaft = (60.0, 60.0, 55.0) if fibula else SHAFT_VIEW
    half = {"flat": (45.0, 35.0, 45.0), "hip": (52.0, 48.0, 60.0)}.get(kind, shaft)
    muscle = {"flat": 80.0, "hip": 80.0}.get(kind, 48.0 if fibula else 32.0)
    spec = PhantomSpec(
        kind=kind,
        bone=known_bone(bone, "--bone").key if bone else "",
        outer_mm=usual_outer if outer is None else outer,
        cortex_mm=usual_cortex if cortex is None else cortex,
        half_mm=half,
        limb_mm=muscle,
        **lies,
    )
    if spec.fibula and kind not in ("tube", "flared"):
        raise ButtressError(f"a fibula beside a {kind} bone", "a fibula beside a tube", "leave --fibula out")
    return spec


def _ellipsoid(spec: PhantomSpec, axial: float, width: float, off: float | None, angle: float) -> LesionSpec:
    """An ellipsoid at its usual place: at the cortex of a shaft, in a plate, above the socket, in a femoral head."""
    along = 0.0
    if spec.kind == "hip" and spec.bone_key != "femur":
        along = -(spec.head_mm + spec.joint_mm + 3.0 + axial / 2)
    usual = spec.outer_mm - spec.cortex_mm - 1.0 if spec.kind in SHAFTS else 0.0
    return ellipsoid_at(spec, along, usual if off is None else off, angle, (axial, width, width))


def _case(name: str, title: str, bone: str, side: str) -> str:
    return f"""\
# Made by buttress phantom. No patient: every clinical fact is left unknown. The right answers are in truth.json.
format = "buttress.case/1"
id = "{name}"
title = "{title}"
notes = ["The lesion is synthetic; its true measures are in truth.json."]

[images]
ct = "ct.nii.gz"

[[lesions]]
id = "lesion"
bone = "{bone}"
side = "{side}"
matrix = "lytic"
mask = "lesion.nii.gz"   # take this line out and give seed_mm = [x, y, z] to check the outline from one click
"""


def _free_folder(folder: Path) -> Path:
    """The folder, if nothing but an earlier phantom lies in it."""
    if folder.exists() and not folder.is_dir():
        raise ButtressError("a file has this name", "a folder for the phantom", "choose another -o", where=str(folder))
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "truth.json").is_file():
        expected = "an empty folder, or an earlier phantom"
        raise ButtressError("the folder holds other files", expected, "choose another -o", where=str(folder))
    return folder


def _write(
    folder: Path, ct: Volume, lesion: Mask | None, bone: Mask, sheet: dict[str, object], case: str | None
) -> None:
    """Write the folder and say what to do with it."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("lesion.nii.gz", "case.toml"):
        (folder / stale).unlink(missing_ok=True)
    write_nifti_volume(ct, folder / "ct.nii.gz")
    write_nifti_mask(bone, folder / "bone.nii.gz")
    if lesion is not None:
        write_nifti_mask(lesion, folder / "lesion.nii.gz")
    if case is not None:
        replace_text(folder / "case.toml", case)
    replace_text(folder / "truth.json", json.dumps(_rounded(sheet), indent=2) + "\n")
    for path in sorted(folder.glob("*.*")):
        typer.echo(str(path))
    if case is not None:
        typer.echo(f"next: buttress plan {folder}   (the right answers: {folder / 'truth.json'})", err=True)


def _rounded(value: object) -> object:
    """The same, with floats to four decimals."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value

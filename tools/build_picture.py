"""Write the picture that opens the README: three of the bundled tibia's own report pictures, side by side.

Run with ``make docs``.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image

from buttress.app.jobs import demo_job
from buttress.app.outputs import read_voxels
from buttress.app.sources import load_input
from buttress.exchange.images import read_imaging
from buttress.records.image import Imaging
from buttress.records.review import Review
from buttress.report.figures import render_pictures

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "tibia.png"
SHOWN = ("across-bone", "along-probe", "scene")
HEIGHT = 620
GAP = 6


def planned(folder: Path) -> tuple[Review, Imaging]:
    """The bundled tibia planned into ``folder``: its review, and its images with the masks that were found."""
    review = demo_job("tibia", folder, lambda _: None, pdf=False).review
    loaded = load_input(str(folder))
    imaging = read_imaging(loaded.case, loaded.folder)
    lesions, bones = (read_voxels(review.voxels, role, folder, imaging.ct.grid) for role in ("lesion", "bone"))
    return review, Imaging(imaging.ct, lesions, imaging.structures, bones)


def side_by_side(images: list[Image.Image]) -> Image.Image:
    """Images of one height in a row, with a white gap."""
    scaled = [image.resize((round(image.width * HEIGHT / image.height), HEIGHT)) for image in images]
    row = Image.new("RGB", (sum(one.width for one in scaled) + GAP * (len(scaled) - 1), HEIGHT), "white")
    left = 0
    for one in scaled:
        row.paste(one, (left, 0))
        left += one.width + GAP
    return row


def main() -> None:
    """Plan the example, draw, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = {picture.key: picture for picture in render_pictures(*planned(Path(folder) / "out"))}
    shown = [next(picture for key, picture in pictures.items() if key.endswith(name)) for name in SHOWN]
    row = side_by_side([Image.open(io.BytesIO(picture.png)).convert("RGB") for picture in shown])
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    row.save(PICTURE, optimize=True)
    print(f"docs: wrote {PICTURE.name}, {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

"""The report as a tagged PDF by typst. Words travel as JSON and pictures as files: nothing is pasted into markup."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import matplotlib
import typst

from buttress.records.review import Review
from buttress.report.outline import outline
from buttress.report.picture import Picture


def render_pdf(review: Review, pictures: Sequence[Picture]) -> bytes:
    """The PDF (PDF/UA-1: tagged, with alternative texts) of a review at any stage. Same input, same bytes.

    Fonts come from typst and matplotlib; a script that neither holds (Chinese, Arabic) is set in the machine's fonts,
    without the PDF/UA claim. Raises ``ButtressError`` when the review cites a source that is not in the
    bibliography.
    """
    words = asdict(outline(review, pictures))
    words["pictures"] = {p.key: {"alt": p.alt, "caption": p.caption, "shape": p.shape} for p in pictures}
    for number, picture in enumerate(pictures):
        words["pictures"][picture.key]["file"] = f"picture-{number}.png"
    with tempfile.TemporaryDirectory(prefix="buttress-") as folder:
        root = Path(folder)
        for number, picture in enumerate(pictures):
            (root / f"picture-{number}.png").write_bytes(picture.png)
        (root / "report.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        (root / "report.typ").write_text(_template(), "utf-8")
        return _compile(root)


def _compile(root: Path) -> bytes:
    """PDF/UA-1 with bundled fonts; where a letter is in none of them, tagged PDF with the machine's own fonts."""
    source, fonts = root / "report.typ", [Path(matplotlib.get_data_path()) / "fonts" / "ttf"]
    try:
        return typst.compile(
            source, root=root, format="pdf", font_paths=fonts, ignore_system_fonts=True, pdf_standards=["ua-1"]
        )
    except RuntimeError as error:
        if "could not be displayed" not in str(error):
            raise
    return typst.compile(source, root=root, format="pdf", font_paths=fonts)


def _template() -> str:
    return resources.files("buttress.report").joinpath("templates", "report.typ").read_text("utf-8")

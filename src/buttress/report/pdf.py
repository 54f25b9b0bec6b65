"""The report as a tagged PDF by typst. Words travel as JSON and pictures as files: nothing is pasted into markup."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import typst

from buttress.records.document import ButtressError
from buttress.records.review import Review
from buttress.report.outline import outline
from buttress.report.picture import Picture


def render_pdf(review: Review, pictures: Sequence[Picture]) -> bytes:
    """The PDF (PDF/UA-1: tagged, with alternative texts) of a review at any stage. Same input, same bytes.

    Only typst's own fonts are used. Raises ``ButtressError`` when the review cites a source that is not in the
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
    try:
        made = typst.compile(
            str(root / "report.typ"), root=str(root), format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True
        )
    except RuntimeError as error:
        raise ButtressError(
            f"the PDF could not be set: {str(error).splitlines()[0]}",
            "a review that typst can print",
            "use report.html, which shows the same, and report this as a bug",
        ) from error
    if not isinstance(made, bytes):
        raise TypeError(f"typst returned {type(made).__name__} instead of one PDF")
    return made


def _template() -> str:
    return resources.files("buttress.report").joinpath("templates", "report.typ").read_text("utf-8")

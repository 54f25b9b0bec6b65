"""The report as one self-contained HTML page: no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from buttress.records.review import Review
from buttress.report.outline import outline
from buttress.report.picture import Picture


def render_html(review: Review, pictures: Sequence[Picture]) -> str:
    """The page of a review at any stage, with its pictures inside. Everything from the review is escaped.

    Raises ``ButtressError`` when the review cites a source that is not in the bibliography.
    """
    environment = Environment(
        loader=PackageLoader("buttress.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        report=outline(review, pictures), pictures={picture.key: picture for picture in pictures}, data_uri=_data_uri
    )


def _data_uri(picture: Picture) -> str:
    return "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")

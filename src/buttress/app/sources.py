"""What a verb is given: a case or a review, from a path or from standard input."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from buttress.exchange.documents import read_document
from buttress.exchange.policy_file import read_policy
from buttress.library.example_cases import example_folder, example_names
from buttress.records.case import Case
from buttress.records.document import ButtressError
from buttress.records.policy import SitePolicy
from buttress.records.review import Review

DOCUMENTS = ("case.toml", "review.json")


NEAR_FOLDERS = 2
"""Ours: a path that climbs higher than this is easier to read in full."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case or a review as it came in.

    ``folder`` is what the case's image paths are relative to; ``home`` is where the document itself lies; ``policy`` is
    the site's that was named beside it.
    """

    case: Case
    folder: Path
    home: Path
    review: Review | None
    policy: SitePolicy | None = None

    @property
    def policy_in_force(self) -> SitePolicy | None:
        """The policy that was named; else the one that a review was made with."""
        made_with = self.review.provenance.policy if self.review else None
        return self.policy or made_with


def load_input(source: str, policy: Path | None = None) -> Loaded:
    """Read a case or a review: a file, a folder that holds one, ``-`` for standard input, or a bundled example's name.

    A file or folder of that name wins over the example. ``policy`` is the file of a site's policy.
    """
    site = read_policy(policy) if policy else None
    if source == "-":
        text, home, name = sys.stdin.read(), Path.cwd(), "standard input"
    else:
        path = _document_of(source)
        text, home, name = _read_text(path), path.parent, path.name
    document = read_document(text, name=name)
    if isinstance(document, Review):
        return Loaded(document.case, home / document.case_folder, home, document, site)
    return Loaded(document, home, home, None, site)


def relative_folder(folder: Path, home: Path) -> str:
    """``folder`` as seen from ``home``, with forward slashes, so that documents can move together with their case."""
    return Path(os.path.relpath(folder.resolve(), home.resolve())).as_posix()


def path_from(folder: Path, file: Path) -> str:
    """A file as a case in ``folder`` may name it: relative where it lies near, else in full; with forward slashes."""
    relative = f"{relative_folder(file.parent, folder)}/{file.name}".removeprefix("./")
    return relative if relative.count("../") <= NEAR_FOLDERS else file.resolve().as_posix()


def _document_of(source: str) -> Path:
    path = Path(source)
    if not path.exists() and source in example_names():
        path = Path(str(example_folder(source)))
    return _only_document_in(path) if path.is_dir() else path


def _only_document_in(folder: Path) -> Path:
    for name in DOCUMENTS:
        if (folder / name).is_file():
            return folder / name
    raise ButtressError(
        "the folder holds no document", " or ".join(DOCUMENTS), "name the file itself", where=str(folder)
    )


def _read_text(path: Path) -> str:
    expected = "a case (.toml) or a review (.json)"
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        remedy = "check the path, or write a case with: buttress new-case"
        remedy += f"; bundled examples: {', '.join(example_names())}"
        raise ButtressError("there is no such file", expected, remedy, where=str(path)) from None
    except UnicodeDecodeError:
        raise ButtressError("the file is not UTF-8 text", expected, where=str(path)) from None
    except OSError as error:
        raise ButtressError(f"the file cannot be read: {error.strerror}", expected, where=str(path)) from None

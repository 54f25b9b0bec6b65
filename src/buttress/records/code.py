"""Concepts of a review in the words of shared terminologies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from buttress.records.document import Document

Scheme = Literal["SCT", "LN", "I10C", "UCUM", "DCM", "NCIt", "99BUTTRESS"]


class Code(Document):
    """A code: SNOMED CT, LOINC, ICD-10-CM, UCUM, DICOM, NCI Thesaurus, or our own where none was found."""

    scheme: Scheme
    value: str
    meaning: str


class CodedConcept(Document):
    """Something the review says, with its codes; ``path`` names the place in the review (``case.lesions[0].bone``)."""

    concept: str = Field(description="in plain words")
    path: str
    codes: tuple[Code, ...]
    note: str = ""

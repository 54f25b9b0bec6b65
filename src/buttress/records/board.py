"""The tumour board's own record: what it was asked, who sat there, what it decided, who disagreed, who signed."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from buttress.records.document import Document

Member = Literal[
    "medical_oncologist",
    "orthopaedic_oncologist",
    "radiation_oncologist",
    "interventional_radiologist",
    "patient",
]
"""Who decides together (ahmed2019, Treatment Considerations)."""

Attending = Member | Literal["radiologist", "pathologist", "palliative_physician", "nurse", "other"]
Words = Annotated[str, Field(min_length=1)]


class Attendee(Document):
    """Somebody who sat on the board that day."""

    role: Attending
    who: str | None = Field(None, description="initials, or what an other person does; never the patient's name")


class Dissent(Document):
    """Somebody on the board who would have decided otherwise, and why."""

    role: Attending
    reason: Words


class Board(Document):
    """The tumour board: recorded review opens the gate to scheduling, never to planning.

    A decision written down does not open that gate; ``reviewed`` does.
    """

    question: str | None = None
    urgency: Literal["routine", "urgent", "emergency"] | None = Field(None, description="ours: three plain words")
    reviewed: bool | None = None
    date: datetime.date | None = Field(None, description="day of the board's meeting")
    members: tuple[Member, ...] = ()
    attendance: tuple[Attendee, ...] | None = Field(None, description="who was there; left out: not recorded")
    decision: Words | None = Field(None, description="what was decided, in the board's words")
    chosen_techniques: tuple[str, ...] | None = Field(
        None, description="keys of techniques; empty list: none of them; left out: not recorded"
    )
    dissent: tuple[Dissent, ...] | None = Field(None, description="empty list: none; left out: not recorded")
    follow_up: str | None = Field(None, description="what is looked at, when, and by whom")
    signed_by: Words | None = Field(None, description="the person who answers for the record; never the patient")
    signed_on: datetime.date | None = None

    @model_validator(mode="after")
    def _nothing_hangs_on_a_decision_that_is_not_there(self) -> Self:
        hanging = [name for name in ("chosen_techniques", "dissent", "signed_by", "signed_on") if getattr(self, name)]
        if hanging and self.decision is None:
            raise ValueError(f"{', '.join(hanging)}: there is no decision that this could belong to")
        if self.signed_on is not None and self.signed_by is None:
            raise ValueError("signed_on needs signed_by")
        if self.signed_on is not None and self.date is not None and self.signed_on < self.date:
            raise ValueError("signed_on lies before the day of the meeting")
        return self

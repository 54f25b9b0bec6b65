"""What a board may write down, and what it may not: nothing hangs on a decision that is not there."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from buttress.exchange.documents import read_case
from buttress.records.board import Board
from buttress.records.document import ButtressError


def test_everything_a_board_records_may_be_unknown() -> None:
    board = Board()
    assert board.attendance is None
    assert board.dissent is None
    assert board.decision is None


@pytest.mark.parametrize(
    "hanging",
    [
        {"signed_by": "A.B."},
        {"chosen_techniques": ["cryoablation"]},
        {"dissent": [{"role": "nurse", "reason": "too soon"}]},
    ],
)
def test_signature_choice_and_dissent_need_a_decision(hanging: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="there is no decision"):
        Board.model_validate(hanging)
    assert Board.model_validate({**hanging, "decision": "wait"}).decision == "wait"


def test_a_decision_does_not_open_the_gate() -> None:
    assert Board.model_validate({"decision": "operate", "signed_by": "A.B."}).reviewed is None


def test_a_day_of_signature_needs_a_signature_and_does_not_precede_the_meeting() -> None:
    with pytest.raises(ValidationError, match="signed_on needs signed_by"):
        Board.model_validate({"decision": "wait", "signed_on": "2024-07-02"})
    with pytest.raises(ValidationError, match="before the day of the meeting"):
        Board.model_validate({"decision": "wait", "signed_by": "A.B.", "signed_on": "2024-07-01", "date": "2024-07-02"})


def test_no_dissent_is_a_statement_and_dissent_without_a_reason_is_none() -> None:
    assert Board.model_validate({"dissent": []}).dissent == ()
    with pytest.raises(ValidationError, match="reason"):
        Board.model_validate({"decision": "wait", "dissent": [{"role": "nurse", "reason": ""}]})


def test_a_chosen_technique_nobody_knows_is_refused_with_the_nearest_one() -> None:
    text = """
format = "buttress.case/1"
id = "c"
[board]
decision = "freeze"
chosen_techniques = ["cement", "cryoblation"]
[[lesions]]
id = "l"
bone = "femur"
"""
    with pytest.raises(ButtressError, match="cryoblation") as refused:
        read_case(None, text, name="case.toml")
    assert 'did you mean "cryoablation"?' in refused.value.remedy
    assert "line 6" in refused.value.where


def test_a_record_after_the_meeting_is_read_from_a_case() -> None:
    text = """
format = "buttress.case/1"
id = "c"
[board]
attendance = [{ role = "orthopaedic_oncologist", who = "A.B." }]
decision = "operate"
dissent = []
signed_by = "A.B."
signed_on = 2024-07-02
[[lesions]]
id = "l"
bone = "femur"
"""
    board = read_case(None, text, name="case.toml").board
    assert board.attendance is not None
    assert board.attendance[0].role == "orthopaedic_oncologist"
    assert board.dissent == ()
    assert str(board.signed_on) == "2024-07-02"

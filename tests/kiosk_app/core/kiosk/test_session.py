"""A visitor's session: its steps and the stage of its prints."""

from kiosk_app.core.kiosk.session import VisitorSession, VisitorStep
from kiosk_app.kiosk_messages import PaperUpdate, PrintStage
from tests.support.builders.station import NOON


def test_steps_are_left_as_they_were_entered_and_each_empties_the_field() -> None:
    session = VisitorSession("en", NOON, NOON, 0)
    session.go(VisitorStep.CODE)
    session.go(VisitorStep.CONFIRM)
    entries = {session.entry}
    assert session.back()
    assert session.step is VisitorStep.CODE
    entries.add(session.entry)
    assert session.back()
    assert not session.back()
    assert len(entries | {session.entry}) == 3


def test_of_two_prints_the_one_that_failed_is_told() -> None:
    session = VisitorSession("en", NOON, NOON, 0)
    assert session.paper is None
    for stage in (PrintStage.PRINTED, PrintStage.PRINTING, PrintStage.UNSURE, PrintStage.FAILED):
        session.papers[stage.value] = PaperUpdate(stage.value, stage)
        assert session.paper is not None
        assert session.paper.stage is stage or stage is PrintStage.PRINTED

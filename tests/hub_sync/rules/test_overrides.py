"""Overrides: what an operator cannot lift, and the marks of a request."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub_sync.contract.enums import Mark, ParticipantStatus, ScanResult, ScanType
from hub_sync.contract.sync import Override
from hub_sync.rules.admission import (
    AdmissionAttempt,
    CheckpointRules,
    DecisionContext,
    EventRules,
    Person,
    Presence,
    decide,
)
from hub_sync.rules.overrides import override_marks
from hub_sync.rules.tickets.ticket_codec import TicketRejection, TicketRejectionKind

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
EVENT = EventRules(
    "event", "tenant", NOON - timedelta(hours=4), NOON + timedelta(hours=6), ZoneInfo("Europe/Berlin")
)
OVERRIDE = Override(reason="knows the speaker", operator="Kim")


@pytest.mark.parametrize("kind", TicketRejectionKind)
def test_no_override_admits_a_code_that_is_no_valid_ticket(kind: TicketRejectionKind) -> None:
    attempt = AdmissionAttempt(ScanType.QR, TicketRejection(kind, ""), override=OVERRIDE)
    decision = decide(
        attempt,
        EVENT,
        CheckpointRules("gate"),
        None,
        Presence(),
        DecisionContext(NOON, roster_age=timedelta(0)),
    )
    assert (decision.result, decision.overridable) == (ScanResult.INVALID, False)
    assert Mark.OVERRIDE_NOT_ALLOWED in decision.marks


def test_an_override_admits_a_participant_who_is_not_approved() -> None:
    attempt = AdmissionAttempt(ScanType.MANUAL, override=OVERRIDE)
    person = Person("ada", ParticipantStatus.PENDING)
    decision = decide(attempt, EVENT, CheckpointRules("gate"), person, Presence(), DecisionContext(NOON))
    assert (decision.result, decision.override) == (ScanResult.MANUAL_OVERRIDE, OVERRIDE)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (ScanResult.VALID, {Mark.OVERRIDE_NOT_NEEDED}),
        (ScanResult.MANUAL_OVERRIDE, set()),
        (ScanResult.INVALID, {Mark.OVERRIDE_NOT_ALLOWED}),
        (ScanResult.ALREADY_SCANNED, {Mark.OVERRIDE_NOT_ALLOWED}),
    ],
)
def test_an_override_that_changed_nothing_leaves_a_mark(result: ScanResult, expected: set[Mark]) -> None:
    marks = override_marks(result, is_requested=True)
    assert {mark for mark, applies in marks.items() if applies} == expected
    assert not any(override_marks(result, is_requested=False).values())

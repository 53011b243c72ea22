"""The pure decision, run over the vectors that station and hub run too."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.enums import (
    CheckpointDirection,
    DeviceStatus,
    Direction,
    ParticipantStatus,
    ReasonCode,
    ScanResult,
    ScanType,
)
from hub_sync.contract.sync import CheckpointRow, EventRow, Override
from hub_sync.rules.admission import (
    AdmissionAttempt,
    CheckpointRules,
    Decision,
    DecisionContext,
    EventRules,
    Person,
    Presence,
    decide,
)
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from hub_sync.rules.tickets.ticket_codec import TicketPayload, TicketRejection, TicketRejectionKind
from tests.support.decision_vectors import VECTORS, Vector

OVERRIDE = Override(reason="knows the speaker", operator="Kim")


def ticket_of(vector: Vector) -> TicketPayload | TicketRejection | None:
    if vector.ticket == "none":
        return None
    if vector.ticket in {kind.value for kind in TicketRejectionKind}:
        return TicketRejection(TicketRejectionKind(vector.ticket), "")
    tenant = "another" if vector.ticket == "wrong_tenant" else "tenant"
    event = "another" if vector.ticket == "wrong_event" else "event"
    return TicketPayload(
        pid="person",
        tid=tenant,
        eid=event,
        iat=vector.issued_at,
        not_before=vector.not_before,
        not_after=vector.not_after,
    )


def decide_vector(vector: Vector) -> Decision:
    return decide(
        AdmissionAttempt(
            scan_type=ScanType.MANUAL if vector.ticket == "none" else ScanType.QR,
            ticket=ticket_of(vector),
            direction=vector.direction,
            override=OVERRIDE if vector.override else None,
        ),
        event_rules(EventRow.model_validate(vector.event_row("event", "tenant"))),
        checkpoint_rules(CheckpointRow.model_validate(vector.checkpoint_row("checkpoint", "event"))),
        None
        if vector.person is None
        else Person(
            "person",
            ParticipantStatus(vector.person["status"]),
            **vector.person_rest(),
            restrictions=vector.restrictions,
        ),
        Presence(
            inside=vector.presence["inside"],
            entries=vector.presence["entries"],
            last_at=vector.last_at,
            entered_at=vector.entered_at,
        ),
        DecisionContext(vector.now, sure=vector.sure, roster_age=vector.roster_age),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_decision_is_the_vectors(vector: Vector) -> None:
    decision = decide_vector(vector)
    assert vector.as_expected(decision) == vector.expect


OF_THE_STATION = {
    ReasonCode.STATION_LOCKED,
    ReasonCode.STATION_REVOKED,
    ReasonCode.STATION_OFFLINE,
    ReasonCode.STATION_FAILED,
}
"""Reasons that concern the station's own status: the hub never decides by them."""


def test_every_reason_is_reached_by_a_vector() -> None:
    assert {vector.expect["reason"] for vector in VECTORS} == set(ReasonCode) - OF_THE_STATION


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("override", [None, OVERRIDE])
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (DeviceStatus.LOCKED, ReasonCode.STATION_LOCKED),
        (DeviceStatus.PENDING, ReasonCode.STATION_LOCKED),
        (DeviceStatus.REVOKED, ReasonCode.STATION_REVOKED),
        (DeviceStatus.RETIRED, ReasonCode.STATION_REVOKED),
    ],
)
def test_a_station_that_is_not_active_refuses_everybody(
    status: DeviceStatus, reason: ReasonCode, override: Override | None, direction: Direction
) -> None:
    decision = decide(
        AdmissionAttempt(ScanType.MANUAL, direction=direction, override=override),
        EVENT,
        CheckpointRules("checkpoint", direction=CheckpointDirection.BIDIRECTIONAL),
        Person("person", ParticipantStatus.APPROVED),
        Presence(),
        replace(NOON, station=status),
    )
    assert (decision.reason, decision.admits, decision.overridable) == (reason, False, False)


BERLIN = ZoneInfo("Europe/Berlin")
EVENT = EventRules(
    "event", "tenant", datetime(2026, 6, 10, 7, tzinfo=UTC), datetime(2026, 6, 12, 22, tzinfo=UTC), BERLIN
)
NOON = DecisionContext(datetime(2026, 6, 11, 10, tzinfo=UTC))
GOOD = AdmissionAttempt(ScanType.QR, TicketPayload("person", "tenant", "event", 0))
ADA = Person("person", ParticipantStatus.APPROVED, "delegate")


def test_already_inside_says_since_when_in_the_events_zone() -> None:
    presence = Presence(inside=True, entries=1, last_at=datetime(2026, 6, 11, 7, 30, tzinfo=UTC))
    decision = decide(GOOD, EVENT, CheckpointRules("gate"), ADA, presence, NOON)
    assert decision.detail == "2026-06-11T09:30:00+02:00"


def test_expired_says_when_the_event_ended() -> None:
    late = replace(NOON, now=datetime(2026, 6, 13, tzinfo=UTC))
    decision = decide(GOOD, EVENT, CheckpointRules("gate"), ADA, Presence(), late)
    assert decision.detail == "2026-06-13T00:00:00+02:00"


def test_unsure_clock_outside_opening_hours_asks_instead_of_deciding() -> None:
    point = CheckpointRules("gate", opens_at=time(1), closes_at=time(2))
    decision = decide(GOOD, EVENT, point, ADA, Presence(), replace(NOON, sure=False))
    assert (decision.result, decision.reason) == (ScanResult.INVALID, ReasonCode.CLOCK_UNSURE)
    assert decision.overridable


def test_closed_checkpoint_tells_its_hours() -> None:
    point = CheckpointRules("gate", opens_at=time(18))
    decision = decide(GOOD, EVENT, point, ADA, Presence(), NOON)
    assert decision.detail == "18:00–00:00"


@given(
    inside=st.booleans(),
    entries=st.integers(0, 3),
    status=st.sampled_from(ParticipantStatus),
    standing=st.sampled_from(["", "deleted", "blocked:x", "flagged:x"]),
    direction=st.sampled_from(Direction),
    override=st.none() | st.just(OVERRIDE),
    hours=st.integers(-100, 100),
    sure=st.booleans(),
)
def test_nobody_is_admitted_against_the_rules_without_an_override(
    inside: bool,
    entries: int,
    status: ParticipantStatus,
    standing: str,
    direction: Direction,
    override: Override | None,
    hours: int,
    sure: bool,
) -> None:
    attempt = replace(GOOD, direction=direction, override=override)
    moment = DecisionContext(NOON.now + timedelta(hours=hours), sure=sure)
    person = Person("person", status, "delegate", standing)
    presence = Presence(inside, max(entries, int(inside)))
    decision = decide(attempt, EVENT, CheckpointRules("gate"), person, presence, moment)
    if decision.result is ScanResult.VALID and direction is Direction.ENTRY:
        assert status is ParticipantStatus.APPROVED
        assert standing in ("", "flagged:x")
        assert not inside
        assert decision.override is None
    if decision.result is ScanResult.MANUAL_OVERRIDE:
        assert decision.override == override
    if standing in ("deleted", "blocked:x") and direction is Direction.ENTRY:
        assert not decision.admits
    assert decision.override_asked == (override is not None)
    assert decision.occupancy_change in ((0, 1) if direction is Direction.ENTRY else (0, -1))
    if not decision.admits:
        assert decision.occupancy_change == 0

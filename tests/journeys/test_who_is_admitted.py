"""Cases 22 and 25 of the specification through hub, line and stations: who is admitted, and who is admitted again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub_sync.contract.enums import Direction, EventStatus, Mark, QrFormat, ReasonCode, ScanResult
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets import service as tickets
from kiosk_app.messages import GateOutcome
from tests.faults.killable_station import KillableStation
from tests.support.builders.event import NOON
from tests.support.builders.station import presence_here
from tests.support.two_gates import OVERRIDE, TwoGates, two_gates


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as built:
        yield built


def change_event(here: TwoGates, **changes: Any) -> None:
    venue = here.template.venue
    with here.hub.context.uow.begin() as work:
        events.update(work, venue.tenant_id, venue.event_id, events.EventChanges.model_validate(changes))


def reissue(here: TwoGates, participant_id: str) -> None:
    venue = here.template.venue
    with here.hub.context.uow.begin() as work:
        tickets.reissue(work, venue.tenant_id, venue.event_id, participant_id)


def issued(here: TwoGates, participant_id: str) -> str:
    venue, hub = here.template.venue, here.hub.context
    with hub.uow.read() as work:
        return tickets.ticket_text(work, hub.secret_box, venue.tenant_id, venue.event_id, participant_id)


def show(station: KillableStation, text: str) -> GateOutcome:
    return station.scan(lambda gate: gate.decide_scan(text))


def test_case_22_a_stranger_is_held_where_categories_are_restricted(here: TwoGates) -> None:
    here.change_checkpoint("main", allowed_categories=["vip"], unknown_tickets="admit")
    here.sync(here.a)
    here.offline(here.a)
    refused = here.scan(here.a, "registered-during-the-outage")
    assert (refused.decision.result, refused.decision.reason) == (
        ScanResult.INVALID,
        ReasonCode.UNKNOWN_PARTICIPANT,
    )
    assert here.a.scan(lambda gate: gate.decide_again(refused.subject, OVERRIDE)).is_green


def test_case_25_a_replaced_ticket_is_refused_offline_and_the_new_one_admits(here: TwoGates) -> None:
    here.sync(here.a)
    old = issued(here, "ada")
    reissue(here, "ada")
    new = issued(here, "ada")
    here.sync(here.a)
    here.offline(here.a)
    refused = show(here.a, old)
    assert (refused.decision.result, refused.decision.reason) == (
        ScanResult.REVOKED,
        ReasonCode.TICKET_REPLACED,
    )
    assert show(here.a, new).is_green
    here.online(here.a)
    here.sync(here.a)
    assert [row.reason_code for row in here.log()] == [ReasonCode.TICKET_REPLACED, ReasonCode.ADMITTED]


def test_case_25_whoever_is_inside_stays_inside_when_the_ticket_is_reissued(here: TwoGates) -> None:
    here.sync(here.a, here.b)
    assert show(here.a, issued(here, "ada")).is_green
    reissue(here, "ada")
    here.sync(here.a, here.b)
    for station in (here.a, here.b):
        assert presence_here(station.store, "ada", "hall").inside
    assert show(here.b, issued(here, "ada")).decision.reason is ReasonCode.ALREADY_INSIDE


def test_case_25_one_ticket_for_two_days_without_a_scan_at_the_way_out(here: TwoGates) -> None:
    here.sync(here.a, here.b)
    assert here.scan(here.a, "ada").is_green
    here.sync(here.a, here.b)
    here.wait(hours=23)
    again = here.scan(here.b, "ada")
    assert again.is_green
    assert Mark.ENTERED_AGAIN in again.decision.marks
    here.sync(here.a, here.b)
    assert {row.zone: row.current for row in here.a.store.venue.occupancy()} == {"": 1, "hall": 1}
    assert here.a.store.venue.conflicts(NOON - timedelta(days=1)) == (), "both gates knew"
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_INSIDE


def test_case_25_once_a_day_counts_the_entry_and_not_the_exit(here: TwoGates) -> None:
    here.change_checkpoint("main", reentry="once-a-day")
    here.sync(here.a)
    assert here.scan(here.a, "ada").is_green
    here.wait(hours=17)
    assert here.scan(here.a, "ada", Direction.EXIT).is_green
    here.sync(here.a)
    here.wait(hours=1)
    assert here.scan(here.a, "ada").is_green
    assert here.scan(here.a, "ada", Direction.EXIT).is_green
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_USED


def test_case_25_doors_before_midnight_for_a_programme_after_it(here: TwoGates) -> None:
    starts_at = NOON + timedelta(hours=13)
    programme = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=5)).isoformat()}
    change_event(here, **programme)
    here.sync(here.a)
    here.wait(hours=11)
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.EVENT_NOT_STARTED
    change_event(here, doors_open_at=(starts_at - timedelta(hours=3)).isoformat())
    here.sync(here.a)
    assert here.scan(here.a, "ada").is_green


def set_ticket_version(here: TwoGates, qr_format: QrFormat, *, retire: bool = False) -> None:
    venue, hub = here.template.venue, here.hub.context
    with hub.uow.begin() as work:
        old_until = work.now() if retire else None
        tenants.set_format(work, hub.secret_box, venue.tenant_id, qr_format, old_until)


def test_gates_open_both_versions_of_tickets_until_version_1_ends(here: TwoGates) -> None:
    sealed = issued(here, "ada")
    set_ticket_version(here, QrFormat.V2)
    signed = issued(here, "ada")
    assert (sealed.startswith("DW2"), signed.startswith("DW2")) == (False, True)
    here.sync(here.a, here.b)
    here.offline(here.a)
    here.offline(here.b)
    assert show(here.a, sealed).is_green
    assert show(here.b, signed.lower()).is_green  # two gates without a network: one conflict after it
    here.online(here.a)
    here.online(here.b)
    set_ticket_version(here, QrFormat.V2, retire=True)
    here.sync(here.a, here.b)
    refused = show(here.a, sealed)
    assert refused.decision.reason is ReasonCode.TICKET_OUTDATED
    assert show(here.a, signed).decision.reason is ReasonCode.ALREADY_INSIDE
    assert [row.kid for row in here.a.store.keys.key_ring().verification_keys(key_id_of(here), None)]
    with pytest.raises(LookupError):  # a thief of this station finds nothing that seals or signs
        here.a.store.keys.key_ring().sealing_key(NOON)
    with pytest.raises(LookupError):
        here.a.store.keys.key_ring().signing_key(NOON)


def test_an_announced_end_of_a_key_holds_at_a_gate_that_is_offline_and_its_tickets_are_called_out_of_date(
    here: TwoGates,
) -> None:
    """The material of an ended key leaves the station at its next pull; that the key was there does not."""
    venue, hub = here.template.venue, here.hub.context
    set_ticket_version(here, QrFormat.V2)
    before, old_key_id = issued(here, "ada"), key_id_of(here)
    with hub.uow.begin() as work:
        tenants.rotate_key(
            work, hub.secret_box, venue.tenant_id, old_until=work.now() + timedelta(minutes=30)
        )
    here.sync(here.a)
    here.offline(here.a)
    here.wait(hours=1)
    assert show(here.a, before).decision.reason is ReasonCode.TICKET_OUTDATED
    here.online(here.a)
    here.sync(here.a)
    assert list(here.a.store.keys.key_ring().verification_keys(old_key_id, None)) == []
    assert show(here.a, before).decision.reason is ReasonCode.TICKET_OUTDATED
    assert show(here.a, issued(here, "ada")).is_green


def key_id_of(here: TwoGates) -> bytes:
    venue, hub = here.template.venue, here.hub.context
    with hub.uow.read() as work:
        return tenants.key_ring(work, hub.secret_box, venue.tenant_id).signing_key(work.now()).key_id


def test_a_draft_refuses_at_every_gate_and_a_rehearsal_is_kept_apart(here: TwoGates) -> None:
    change_event(here, status=EventStatus.DRAFT)
    here.sync(here.a)
    refused = here.scan(here.a, "ada")
    assert (refused.is_green, refused.decision.reason) == (False, ReasonCode.EVENT_DRAFT)
    rehearsed = here.a.scan(lambda gate: gate.decide_again(refused.subject, OVERRIDE))
    assert rehearsed.decision.result is ScanResult.MANUAL_OVERRIDE
    change_event(here, status=EventStatus.PUBLISHED)
    here.sync(here.a)
    assert here.scan(here.a, "bo").is_green

"""Actions that stations push: stored once, folded, sent to all other stations; what can't be right is quarantined."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceProfile, DeviceStatus, QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.calls.authentication import DRAIN_PERIOD
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.merging.undo import undo
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.queue.manifest import CounterState
from hub_sync.hub.domains.queue.tables import QueueCounter, QueueTicket, StoredQueueAction
from hub_sync.hub.domains.queue.tickets.numbers import FURTHEST_SEQUENCE
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.queue.ticket_state import fold_ticket
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import (
    NOON_MS,
    HubQueues,
    QueueStationClient,
    queue_station,
    token_hash,
)

K = QueueActionKind


def verdicts(answer: Any) -> list[tuple[str, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(each["verdict"], each.get("code")) for each in answer.json()["verdicts"]]


def test_an_issued_number_reaches_the_other_stations_and_a_repeated_push_makes_no_second(
    hub: HubContext, kiosk: QueueStationClient, desk: QueueStationClient, queues: HubQueues
) -> None:
    before = desk.client.pull()
    block = kiosk.lease(queues.queue_id).json()
    issued = kiosk.issue(queues.queue_id, block["first"])
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)]
    assert verdicts(kiosk.push()) == [("DUPLICATE", None)]
    (ticket,) = everything(hub, QueueTicket)
    assert (ticket.id, ticket.number, ticket.status) == (issued.ticket_id, "A001", QueueStatus.WAITING)
    page = desk.client.pull(epoch=before["epoch"], cursor=before["cursor"])
    (action,) = page["queue"]["actions"]
    assert QueueAction.model_validate(action) == issued
    snapshot = desk.client.pull()["queue"]
    assert [each["name"] for each in snapshot["queues"]] == ["Registration"]
    assert len(snapshot["counters"]) == 2
    assert [each["id"] for each in snapshot["actions"]] == [issued.id]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_with_queues_switched_off_no_number_is_leased_and_nobody_is_called_but_what_was_done_arrives(
    hub: HubContext, kiosk: QueueStationClient, desk: QueueStationClient, queues: HubQueues
) -> None:
    block = kiosk.lease(queues.queue_id).json()
    kiosk.issue(queues.queue_id, block["first"])
    before = kiosk.client.pull()
    with hub.uow.begin() as work:
        feature_flags.switch(work, queues.key.tenant_id, FF_KIOSK_MODE, False)
    for answer in (kiosk.lease(queues.queue_id), desk.call(queues.counters[0], queues.queue_id)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "QueuesSwitchedOff")
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)], "a printed number is never lost"
    page = kiosk.client.pull(epoch=before["epoch"], cursor=before["cursor"])
    assert (before["queue"]["is_on"], page["queue"]["is_on"]) == (True, False)


def test_a_gate_gets_nothing_of_queues(
    hub: HubContext, client: TestClient, seeded: Seeded, queues: HubQueues
) -> None:
    del queues
    gate = queue_station(hub, client, seeded, "Gate 9", DeviceProfile.GATE)
    page = gate.client.pull(journal=new_id())
    assert page.get("queue") is None


def test_a_desk_may_call_before_the_hub_knows_of_the_issue(
    hub: HubContext, kiosk: QueueStationClient, desk: QueueStationClient, queues: HubQueues
) -> None:
    block = kiosk.lease(queues.queue_id).json()
    issued = kiosk.issue(queues.queue_id, block["first"])
    desk.write(
        K.CALLED,
        ticket_id=issued.ticket_id,
        queue_id=queues.queue_id,
        counter_id=queues.counters[0],
        tick=2,
    )
    assert verdicts(desk.push()) == [("ACCEPTED", None)]
    assert everything(hub, QueueTicket) == []
    kiosk.push()
    (ticket,) = everything(hub, QueueTicket)
    assert (ticket.status, ticket.counter_id) == (QueueStatus.CALLED, queues.counters[0])
    called = [each for each in everything(hub, StoredDomainEvent) if each.type == "QueueNumberCalled"]
    assert called == []  # it was announced while its number was not known here
    with hub.uow.read() as work:
        counter = work.session.scalars(
            select(QueueCounter).where(QueueCounter.id == queues.counters[0])
        ).one()
    assert counter.state is CounterState.OPEN


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_a_desk_did_without_the_hub_arrives_after_its_revocation_for_a_bounded_time(
    hub: HubContext,
    kiosk: QueueStationClient,
    desk: QueueStationClient,
    queues: HubQueues,
    clock: ManualClock,
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    called, late = (kiosk.issue(queues.queue_id, first + n) for n in (0, 1))
    kiosk.push()
    counter = {"queue_id": queues.queue_id, "counter_id": queues.counters[0]}
    for kind in (K.CALLED, K.SERVING, K.COMPLETED):
        desk.write(kind, ticket_id=called.ticket_id, **counter)
    with hub.uow.begin() as work:
        devices.set_status(work, queues.key.tenant_id, desk.client.device_id, DeviceStatus.REVOKED)
    refused = desk.call(queues.counters[0], queues.queue_id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "DeviceRevoked")
    assert verdicts(desk.push()) == [("ACCEPTED", None)] * 3
    statuses = {ticket.id: ticket.status for ticket in everything(hub, QueueTicket)}
    assert statuses == {called.ticket_id: QueueStatus.COMPLETED, late.ticket_id: QueueStatus.WAITING}
    clock.advance(DRAIN_PERIOD + timedelta(minutes=1))
    desk.write(K.CALLED, ticket_id=late.ticket_id, **counter)
    assert desk.push().status_code == 403, "the rows stay at the station for an export"


def test_two_desks_that_called_one_ticket_apart_agree_with_the_hub(
    hub: HubContext,
    client: TestClient,
    seeded: Seeded,
    kiosk: QueueStationClient,
    desk: QueueStationClient,
    queues: HubQueues,
) -> None:
    other = queue_station(hub, client, seeded, "Desk 2", DeviceProfile.DESK)
    issued = kiosk.issue(queues.queue_id, kiosk.lease(queues.queue_id).json()["first"])
    kiosk.push()
    calls = [
        station.write(
            K.CALLED,
            ticket_id=issued.ticket_id,
            queue_id=queues.queue_id,
            counter_id=counter,
            tick=2,
            at_ms=NOON_MS + late,
        )
        for station, counter, late in ((other, queues.counters[1], 9), (desk, queues.counters[0], 5))
    ]
    assert verdicts(other.push()) + verdicts(desk.push()) == [("ACCEPTED", None)] * 2
    (ticket,) = everything(hub, QueueTicket)
    assert ticket.counter_id == queues.counters[0]
    folded = fold_ticket([issued, *calls])
    assert folded.ticket is not None
    assert folded.ticket.called_by == ticket.called_by == calls[1].id


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_number_of_a_merged_registration_is_the_survivors_however_late_it_or_a_call_comes(
    hub: HubContext, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    def owners() -> list[str | None]:
        return [
            each.participant_id for each in sorted(everything(hub, QueueTicket), key=lambda t: t.sequence)
        ]

    with hub.uow.begin() as work:
        people = [
            participants.create(work, *queues.key, participants.NewParticipant(last_name=name)).id
            for name in ("Ada", "Ada", "Ada")
        ]
    loser, between, survivor = people
    first = kiosk.lease(queues.queue_id).json()["first"]
    early = kiosk.issue(queues.queue_id, first, issue={"participant_id": loser})
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)]
    merges = []
    for pair in ((between, loser), (survivor, between)):
        with hub.uow.begin() as work:
            merges.append(merge(work, *queues.key, MergeRequest(*pair)).id)
    assert owners() == [survivor]
    kiosk.issue(queues.queue_id, first + 1, issue={"participant_id": loser})
    kiosk.write(K.CANCELLED, ticket_id=early.ticket_id, queue_id=queues.queue_id)
    assert verdicts(kiosk.push())[1:] == [("ACCEPTED", None)] * 2
    assert owners() == [survivor, survivor]
    for merge_id, owner in ((merges[1], between), (merges[0], loser)):
        with hub.uow.begin() as work:
            undo(work, queues.key, merge_id)
        assert owners() == [owner, owner]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"queue_id": new_id()}, "UnknownQueue"),
        ({"counter_id": new_id()}, "UnknownCounter"),
        ({"issue": {"sequence": 100_000, "number": "A100000"}}, "QueueNumberWrong"),
        ({"issue": {"number": "A999"}}, "QueueNumberWrong"),
        ({"service_date": "2026-13-77"}, "MalformedRecord"),
        ({"ticket_id": "x" * 36}, "MalformedRecord"),
        ({"operator": "a\0b"}, "MalformedRecord"),
        ({"event_id": new_id()}, "ForeignEvent"),
    ],
)
def test_what_cannot_be_right_is_quarantined_and_stops_nothing_after_it(
    hub: HubContext,
    kiosk: QueueStationClient,
    queues: HubQueues,
    members: dict[str, Any],
    code: str,
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    kiosk.issue(queues.queue_id, first, **members)
    kiosk.issue(queues.queue_id, first + 1, tick=2)
    kiosk.tick = 2
    assert verdicts(kiosk.push()) == [("QUARANTINED", code), ("ACCEPTED", None)]
    assert [each.code for each in everything(hub, QuarantinedScan)] == [code]
    assert [each.number for each in everything(hub, QueueTicket)] == ["A002"]


def test_a_ticket_is_never_issued_twice(
    hub: HubContext, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    issued = kiosk.issue(queues.queue_id, first)
    kiosk.issue(queues.queue_id, first + 1, ticket_id=issued.ticket_id)
    assert verdicts(kiosk.push()) == [("ACCEPTED", None), ("QUARANTINED", "QueueTicketExists")]
    assert [each.id for each in everything(hub, QueueTicket)] == [issued.ticket_id]


def test_a_restored_hub_adopts_numbers_that_it_leased_after_its_backup(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    """The hub knows no lease of this kiosk, nor its letters, as after a restore."""
    for sequence, lane in ((34, ""), (35, ""), (1, "C")):
        kiosk.issue(queues.queue_id, sequence, lane=lane)
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)] * 3
    assert sorted(each.number for each in everything(hub, QueueTicket)) == ["A034", "A035", "AC001"]
    other = queue_station(hub, client, seeded, "Kiosk 2", DeviceProfile.KIOSK)
    assert other.lease(queues.queue_id).json()["first"] == 54, "behind what the kiosk may have beside it"
    lanes = [other.client.pull(journal=f"j-{n}")["queue"]["lane"] for n in range(3)]
    assert lanes == ["A", "B", "D"], "nobody else gets the letters that were printed"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_numbers_of_others_count_however_far_a_stolen_station_has_counted(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    """The hub leased numbers beyond the furthest one then, and refused them when they came back printed."""
    kiosk.issue(queues.queue_id, FURTHEST_SEQUENCE)
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)]
    other = queue_station(hub, client, seeded, "Kiosk 2", DeviceProfile.KIOSK)
    leased = other.lease(queues.queue_id).json()
    assert leased["first"] > FURTHEST_SEQUENCE
    other.issue(queues.queue_id, leased["first"])
    other.issue(queues.queue_id, leased["last"] + 1)
    assert verdicts(other.push()) == [("ACCEPTED", None), ("QUARANTINED", "QueueNumberWrong")]


def test_a_number_that_was_printed_twice_is_two_tickets_that_both_wait(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    """A restored hub leased the numbers to another kiosk before the first one was heard again."""
    other = queue_station(hub, client, seeded, "Kiosk 2", DeviceProfile.KIOSK)
    first = other.lease(queues.queue_id).json()["first"]
    tickets = [station.issue(queues.queue_id, first).ticket_id for station in (other, kiosk)]
    assert verdicts(other.push()) + verdicts(kiosk.push()) == [("ACCEPTED", None)] * 2
    stored = everything(hub, QueueTicket)
    assert {each.id for each in stored} == set(tickets)
    assert {(each.number, each.status) for each in stored} == {("A001", QueueStatus.WAITING)}


def test_an_action_of_a_clock_that_was_ahead_is_stored_with_a_time_that_can_be_true(
    hub: HubContext, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    kiosk.issue(queues.queue_id, first, at_ms=NOON_MS + 400 * 86_400_000)
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)]
    (action,) = everything(hub, StoredQueueAction)
    assert action.content["at_ms"] <= NOON_MS + 1000


def test_a_row_of_a_newer_station_is_set_aside_and_the_rows_after_it_are_stored(
    hub: HubContext, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    issued = kiosk.issue(queues.queue_id, first)
    kiosk.journal.write(kiosk.journal.items[0].body.replace('"kind":"issued"', '"kind":"teleported"'))
    kiosk.write(K.CANCELLED, ticket_id=issued.ticket_id, queue_id=queues.queue_id)
    assert verdicts(kiosk.push()) == [
        ("ACCEPTED", None),
        ("QUARANTINED", "MalformedRecord"),
        ("ACCEPTED", None),
    ]
    (ticket,) = everything(hub, QueueTicket)
    assert ticket.status is QueueStatus.CANCELLED


def test_a_token_that_is_another_tickets_is_quarantined_and_holds_up_nobody(
    hub: HubContext, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    same = {"status_token_hash": token_hash("same")}
    for sequence in (first, first + 1):
        kiosk.issue(queues.queue_id, sequence, issue=same)
    assert verdicts(kiosk.push()) == [("ACCEPTED", None), ("QUARANTINED", "StatusTokenTaken")]
    kiosk.issue(queues.queue_id, first + 2, issue=same)
    kiosk.issue(queues.queue_id, first + 3)
    assert verdicts(kiosk.push())[2:] == [("QUARANTINED", "StatusTokenTaken"), ("ACCEPTED", None)]
    assert {each.sequence for each in everything(hub, QueueTicket)} == {first, first + 3}


def test_ticks_that_are_too_far_ahead_are_corrected_and_their_numbers_count(
    hub: HubContext, kiosk: QueueStationClient, desk: QueueStationClient, queues: HubQueues
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    tickets = [kiosk.issue(queues.queue_id, first + n, tick=2**52 - 1) for n in (0, 1)]
    assert verdicts(kiosk.push()) == [("ACCEPTED", None)] * 2
    actions = desk.client.pull()["queue"]["actions"]
    assert [(each["id"], each["tick"]) for each in actions] == [
        (each.id, tick) for each, tick in zip(tickets, (1, 2), strict=True)
    ]
    for tick in (2**52 - 1, 2**52 - 2, 5):
        answer = desk.call(queues.counters[0], queues.queue_id, tick=tick)
        assert answer.status_code == (200 if tick == 2**52 - 1 else 409), answer.text
    assert max(each.tick for each in everything(hub, StoredQueueAction)) == 3


def test_a_kiosk_gives_no_urgent_numbers_and_takes_back_its_own_ones_alone(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    first = kiosk.lease(queues.queue_id).json()["first"]
    own = kiosk.issue(queues.queue_id, first)
    kiosk.issue(queues.queue_id, first + 1, priority=QueuePriority.URGENT)
    kiosk.write(K.CANCELLED, ticket_id=own.ticket_id, queue_id=queues.queue_id, tick=9)
    other = queue_station(hub, client, seeded, "Kiosk 9", DeviceProfile.KIOSK)
    theirs = other.issue(queues.queue_id, other.lease(queues.queue_id).json()["first"])
    assert verdicts(other.push()) == [("ACCEPTED", None)]
    kiosk.write(K.CANCELLED, ticket_id=theirs.ticket_id, queue_id=queues.queue_id, tick=10)
    forbidden = ("QUARANTINED", "ProfileForbidsRow")
    assert verdicts(kiosk.push()) == [("ACCEPTED", None), forbidden, ("ACCEPTED", None), forbidden]
    statuses = {each.id: each.status for each in everything(hub, QueueTicket)}
    assert statuses == {own.ticket_id: QueueStatus.CANCELLED, theirs.ticket_id: QueueStatus.WAITING}

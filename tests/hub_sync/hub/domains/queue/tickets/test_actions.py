"""What the hub does with tickets: calls are atomic, decided before the next one, and in order unless somebody says why."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest, QueueActionKind, QueuePriority
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.queue.errors import (
    CounterBusy,
    QueueActionImpossible,
    QueueClosed,
    QueueOrderFixed,
    QueueReasonMissing,
)
from hub_sync.hub.domains.queue.queues import counters
from hub_sync.hub.domains.queue.queues import service as queue_service
from hub_sync.hub.domains.queue.schemas import NewCounter, NewQueue, QueueChanges
from hub_sync.hub.domains.queue.tables import QueueTicket, StoredQueueAction
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, call, issue
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.queue.ticket_state import TicketState
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.event import new_participant
from tests.support.builders.hub_queues import HubQueues, QueueStationClient

K = QueueActionKind
CLERK = Clerk("Mara")


def give(hub: HubContext, queues: HubQueues, **members: Any) -> TicketState:
    with hub.uow.begin() as work:
        return issue(work, queues.key, queues.queue_id, CLERK, **members).ticket


def request(queues: HubQueues, counter: int = 0, **members: Any) -> CallRequest:
    values = {
        "id": new_id(),
        "event_id": queues.key.event_id,
        "counter_id": queues.counters[counter],
        "queue_ids": (queues.queue_id,),
        "tick": 0,
    }
    return CallRequest(**(values | members))


def call_next(hub: HubContext, queues: HubQueues, counter: int = 0, **members: Any) -> str | None:
    with hub.uow.begin() as work:
        answer = call(work, queues.key, request(queues, counter, **members), CLERK)
        return None if answer.action is None else answer.action.ticket_id


def do(hub: HubContext, queues: HubQueues, ticket_id: str, kind: K, **members: Any) -> TicketState:
    with hub.uow.begin() as work:
        return act(work, queues.key, ticket_id, kind, CLERK, **members)


def test_twenty_counters_that_call_at_once_get_twenty_people(hub: HubContext, queues: HubQueues) -> None:
    with hub.uow.begin() as work:
        for _ in range(30):
            issue(work, queues.key, queues.queue_id, CLERK)
        made = [
            counters.create(work, queues.key, NewCounter(name=f"C{n}", queue_ids=(queues.queue_id,))).id
            for n in range(20)
        ]

    def next_one(counter_id: str) -> str | None:
        return call_next(hub, queues, counter_id=counter_id)

    with ThreadPoolExecutor(20) as pool:
        called = list(pool.map(next_one, made))
    assert len(set(called)) == 20
    assert None not in called
    by_number = sorted(each.number for each in everything(hub, QueueTicket) if each.id in called)
    assert by_number == [f"A{n:03d}" for n in range(1, 21)]
    events = [each for each in everything(hub, StoredDomainEvent) if each.type == "QueueNumberCalled"]
    assert sorted(each.payload["number"] for each in events) == by_number


def test_the_same_request_gets_the_same_answer_with_what_the_station_lacks(
    hub: HubContext, desk: QueueStationClient, queues: HubQueues
) -> None:
    ticket = give(hub, queues)
    give(hub, queues)
    id_ = new_id()
    first, again = (desk.call(queues.counters[0], queues.queue_id, id=id_, tick=7) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.json()["action"] == again.json()["action"]
    action = first.json()["action"]
    assert (action["ticket_id"], action["tick"], action["device_id"]) == (ticket.id, 8, desk.client.device_id)
    assert [each["kind"] for each in first.json()["missing"]] == ["issued"]
    busy = desk.call(queues.counters[0], queues.queue_id)
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "CounterBusy")
    assert len([each for each in everything(hub, StoredQueueAction) if each.kind is K.CALLED]) == 1


def test_a_counter_with_somebody_called_calls_nobody_without_a_decision(
    hub: HubContext, queues: HubQueues
) -> None:
    first, second = give(hub, queues), give(hub, queues)
    assert call_next(hub, queues) == first.id
    with pytest.raises(CounterBusy):
        call_next(hub, queues)
    assert call_next(hub, queues, counter=1) == second.id
    do(hub, queues, first.id, K.SERVING, counter_id=queues.counters[0])
    with pytest.raises(CounterBusy):
        call_next(hub, queues)
    do(hub, queues, first.id, K.COMPLETED)
    assert call_next(hub, queues) is None


def test_priority_is_first_and_a_call_out_of_order_says_why(hub: HubContext, queues: HubQueues) -> None:
    first, second = give(hub, queues), give(hub, queues)
    urgent = give(hub, queues, priority=QueuePriority.URGENT)
    with pytest.raises(QueueReasonMissing):
        call_next(hub, queues, ticket_id=second.id)
    assert call_next(hub, queues, ticket_id=second.id, reason="Wheelchair") == second.id
    (stored,) = [each for each in everything(hub, StoredQueueAction) if each.kind is K.CALLED]
    assert (stored.out_of_order, stored.content["reason"]) == (True, "Wheelchair")
    assert call_next(hub, queues, counter=1) == urgent.id
    do(hub, queues, urgent.id, K.COMPLETED)
    assert call_next(hub, queues, counter=1) == first.id


def test_a_clerk_cannot_pick_where_the_queue_says_so_and_cannot_leave_the_queue_out(
    hub: HubContext, queues: HubQueues
) -> None:
    with hub.uow.begin() as work:
        queue_service.update(work, queues.key, queues.queue_id, QueueChanges(clerks_choose=False))
        easy = queue_service.create(work, queues.key, NewQueue(name="Easy", letter="E"))
        counter = counters.create(
            work, queues.key, NewCounter(name="Both", queue_ids=(queues.queue_id, easy.id))
        )
        hard = issue(work, queues.key, queues.queue_id, CLERK).ticket
        second = issue(work, queues.key, queues.queue_id, CLERK).ticket
        issue(work, queues.key, easy.id, CLERK)
        ids = counter.id, easy.id
    with pytest.raises(QueueOrderFixed):
        call_next(hub, queues, counter_id=ids[0], ticket_id=second.id, reason="Nicer")
    assert call_next(hub, queues, counter_id=ids[0], queue_ids=(ids[1],)) == hard.id


def test_who_never_comes_expires_and_who_was_missed_once_waits_behind_the_others(
    hub: HubContext, clock: ManualClock, queues: HubQueues
) -> None:
    slow, other = give(hub, queues), give(hub, queues)
    assert call_next(hub, queues) == slow.id
    clock.advance(timedelta(minutes=1))
    assert do(hub, queues, slow.id, K.NO_SHOW).status is QueueStatus.NO_SHOW
    assert do(hub, queues, slow.id, K.RETURNED).status is QueueStatus.WAITING
    assert call_next(hub, queues) == other.id
    do(hub, queues, other.id, K.COMPLETED)
    assert call_next(hub, queues) == slow.id
    after = do(hub, queues, slow.id, K.NO_SHOW)
    assert (after.status, after.no_shows) == (QueueStatus.EXPIRED, 2)
    with pytest.raises(QueueActionImpossible):
        do(hub, queues, slow.id, K.RETURNED)


def test_a_transfer_keeps_the_number_and_shows_the_ticket_to_exactly_the_right_counter(
    hub: HubContext, queues: HubQueues
) -> None:
    with hub.uow.begin() as work:
        other = queue_service.create(work, queues.key, NewQueue(name="Badges", letter="B")).id
        for name in ("B1", "B2"):
            counters.create(work, queues.key, NewCounter(name=name, queue_ids=(other,)))
        b1, b2 = [
            each.id
            for each in work.session.scalars(counters.all_of(*queues.key))
            if each.name in ("B1", "B2")
        ]
    ticket = give(hub, queues)
    moved = do(hub, queues, ticket.id, K.TRANSFERRED, to_queue_id=other, to_counter_id=b1)
    assert (moved.number, moved.queue_id) == ("A001", other)
    assert call_next(hub, queues) is None
    assert call_next(hub, queues, counter_id=b2, queue_ids=(other,)) is None
    with hub.uow.begin() as work:
        counters.delete(work, queues.key, b1)
    assert call_next(hub, queues, counter_id=b2, queue_ids=(other,)) == ticket.id


def test_a_person_has_one_live_number_and_a_closed_queue_gives_none(
    hub: HubContext, queues: HubQueues
) -> None:
    with hub.uow.begin() as work:
        participants.create(work, *queues.key, new_participant("p-1"))
    first, second = (give(hub, queues, participant_id="p-1") for _ in range(2))
    assert first.id == second.id
    do(hub, queues, first.id, K.CANCELLED)
    assert give(hub, queues, participant_id="p-1").number == "A002"
    with hub.uow.begin() as work:
        queue_service.toggle(work, queues.key, queues.queue_id, False)
    with pytest.raises(QueueClosed):
        give(hub, queues)
    with hub.uow.read() as work:
        assert len(queries.live_tickets(work, queues.key)) == 1

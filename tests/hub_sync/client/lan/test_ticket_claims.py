"""Queues on the local network, without the hub: actions travel, and twenty calls at once give twenty tickets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.client.lan.ticket_claims import CLAIM_MS, TicketClaim, WantedTicket
from hub_sync.client.store import Store
from hub_sync.client.store.queue.stored_queue import QueuePage
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.lan import MAX_CLAIMED, PeerMessage
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority, QueuePull
from hub_sync.contract.sync import JournalHead
from hub_sync.rules.queue.ticket_state import TicketState
from kiosk_app.core.queue.service import IssuedTicket, QueueService
from tests.support.builders.lan import LanInMemory, LanStation, build_lan, peer_row, settle, wait
from tests.support.builders.people import EVENT
from tests.support.builders.queues import apply_queue, counter_row, queue_id, queue_row


@dataclass
class QueueLan:
    """Stations with queues on one network; the first one is a kiosk."""

    network: LanInMemory
    stations: list[LanStation]

    def issue(self, number: int = 0, count: int = 1) -> list[IssuedTicket]:
        station = self.stations[number]
        store, clock = station.store, station.built.clock
        service = QueueService(
            store, Timekeeper(clock, store), clock, new_id, on_written=station.node.note_written
        )
        issued = [service.issue(queue_id("A")) for _ in range(count)]
        return [each for each in issued if isinstance(each, IssuedTicket)]

    def wanted(self, number: int) -> list[WantedTicket]:
        """Return what a desk at a station wants to call, in order."""
        return [WantedTicket(ticket.id, ticket.device_id) for ticket in waiting(self.stations[number].store)]

    def claim(self, number: int, wanted: Sequence[WantedTicket] | None = None) -> TicketClaim:
        claim = TicketClaim(new_id(), self.wanted(number) if wanted is None else wanted)
        self.stations[number].node.claim(claim)
        return claim


def waiting(store: Store) -> list[TicketState]:
    tickets = store.queue.actions.tickets(EVENT, "2026-06-11", live_only=True)
    return sorted(
        (ticket for ticket in tickets if ticket.status is QueueStatus.WAITING), key=lambda each: each.sequence
    )


def give_queues(station: LanStation, lane: str) -> None:
    apply_queue(
        station.store, queues=(queue_row(),), counters=(counter_row("1"),), lane=lane, day="2026-06-11"
    )


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[QueueLan]:
    network, stations = build_lan(tmp_path, (), count=4)
    for number, station in enumerate(stations):
        give_queues(station, "KLMN"[number])
    settle(*stations)
    wait(*stations, seconds=3)  # the next heartbeat says that they have queues
    settle(*stations)
    yield QueueLan(network, stations)
    for station in stations:
        station.close()


def test_a_number_that_the_hub_refused_is_forgotten_by_whoever_heard_it(lan: QueueLan) -> None:
    lan.issue(count=20)
    settle(*lan.stations, turns=30)
    kiosk, desk = lan.stations[:2]
    journal_id, _ = kiosk.store.peer_presence.own_position()

    def pull(sequence: int) -> None:
        head = JournalHead(device_id=kiosk.device_id, journal_id=journal_id, sequence=sequence)
        page = QueuePage(QueuePull(), False, 0, desk.store.queue.journal_id(), 1, (head,))
        desk.store.queue.apply(EVENT, page)

    pull(0)
    assert len(waiting(desk.store)) == 20, "the hub has none of the rows yet"
    pull(19)
    assert len(waiting(desk.store)) < 20, "the last datagram has the row that the hub lacks"
    pull(20)
    assert waiting(desk.store) == []


def test_a_number_reaches_the_neighbours_and_is_stored_once(lan: QueueLan) -> None:
    issued = lan.issue(count=40)
    settle(*lan.stations, turns=30)
    for station in lan.stations[1:]:
        assert [each.number for each in waiting(station.store)] == [each.number for each in issued]
    assert lan.stations[1].store.journal.end()[1] == 0


def test_a_station_without_queues_stores_no_action(lan: QueueLan) -> None:
    lan.stations[3].store.queue.forget()
    wait(*lan.stations, seconds=3)
    settle(*lan.stations)
    lan.issue()
    settle(*lan.stations)
    assert waiting(lan.stations[3].store) == []


def test_calls_at_once_get_different_tickets_in_order(lan: QueueLan) -> None:
    issued = lan.issue(count=20)
    settle(*lan.stations, turns=20)
    claims = [lan.claim(number) for _ in range(5) for number in (1, 2, 3, 0)]
    settle(*lan.stations, turns=10)
    assert all(claim.done.is_set() for claim in claims)
    assert {claim.ticket_id for claim in claims} == {each.ticket.id for each in issued}


def test_more_calls_than_tickets_are_told_that_nobody_is_left(lan: QueueLan) -> None:
    lan.issue(count=2)
    settle(*lan.stations)
    claims = [lan.claim(number) for number in (1, 2, 3)]
    settle(*lan.stations)
    assert sorted(claim.ticket_id is None for claim in claims) == [False, False, True]


def test_tickets_of_two_kiosks_are_called_in_the_order_of_both(lan: QueueLan) -> None:
    first = lan.issue(0)[0]
    second = lan.issue(1)[0]
    third = lan.issue(0)[0]
    settle(*lan.stations)
    order = [WantedTicket(each.ticket.id, each.ticket.device_id) for each in (first, second, third)]
    claims = [lan.claim(number, order) for number in (2, 3, 2)]
    settle(*lan.stations, turns=12)
    assert {claim.ticket_id for claim in claims} == {wanted.ticket_id for wanted in order}


def test_a_repeated_claim_gets_the_same_ticket(lan: QueueLan) -> None:
    issued = lan.issue(count=2)
    settle(*lan.stations)
    lan.network.is_cut = False
    claim = lan.claim(1)
    lan.stations[1].node.run_once()
    lan.stations[0].node.run_once()  # answers, and the answer is lost
    lan.network.queues[(lan.stations[1].wire.address, lan.stations[1].wire.port)].clear()
    wait(*lan.stations, milliseconds=100)
    settle(*lan.stations)
    assert claim.ticket_id == issued[0].ticket.id
    other = lan.claim(2)
    settle(*lan.stations)
    assert other.ticket_id == issued[1].ticket.id


def test_the_lowest_station_that_is_heard_answers_for_one_that_is_not(lan: QueueLan) -> None:
    issued = lan.issue(3, count=2)
    settle(*lan.stations)
    gone = lan.stations.pop()
    for station in lan.stations:
        station.built.clock.advance(timedelta(seconds=7))
    settle(*lan.stations)
    claims = [lan.claim(2), lan.claim(1)]
    settle(*lan.stations)
    assert {claim.ticket_id for claim in claims} == {each.ticket.id for each in issued}
    gone.close()


def test_with_the_network_cut_a_claim_is_granted_alone_in_time(lan: QueueLan) -> None:
    issued = lan.issue()
    settle(*lan.stations)
    lan.network.is_cut = True
    claims = [lan.claim(1), lan.claim(2)]
    for _ in range(CLAIM_MS // 50 + 2):
        settle(*lan.stations, turns=1)
        wait(*lan.stations, milliseconds=50)
    assert [claim.ticket_id for claim in claims] == [issued[0].ticket.id] * 2


def test_a_claim_of_many_tickets_is_bounded_and_goes_on(lan: QueueLan) -> None:
    issued = lan.issue(count=MAX_CLAIMED + 2)
    settle(*lan.stations, turns=30)
    first = [lan.claim(1) for _ in range(MAX_CLAIMED)]
    settle(*lan.stations, turns=10)
    last = lan.claim(2)
    settle(*lan.stations, turns=10)
    assert len({claim.ticket_id for claim in first}) == MAX_CLAIMED
    assert last.ticket_id == issued[MAX_CLAIMED].ticket.id


def test_a_station_tells_of_its_own_journal_only(lan: QueueLan) -> None:
    lan.issue()
    settle(*lan.stations)
    (action,) = lan.stations[1].store.queue.actions.since(EVENT, 0)
    forged = PeerMessage(journal="j", after=0, upto=9, queue_actions=(action,))
    node = lan.stations[1].node
    issuer, other = (peer_row(lan.stations[number].store) for number in (0, 2))
    assert node._actions_of(other, forged) == []
    assert [heard.action for heard in node._actions_of(issuer, forged)] == [action]
    elsewhere = action.model_copy(update={"event_id": "other"})
    assert node._actions_of(issuer, PeerMessage(queue_actions=(elsewhere,))) == []


def test_a_neighbour_is_believed_in_what_its_profile_may_do_alone(lan: QueueLan) -> None:
    (mine,) = lan.issue(number=0)
    settle(*lan.stations)
    (issued,) = lan.stations[1].store.queue.actions.since(EVENT, 0)
    node, kiosk = (
        lan.stations[1].node,
        peer_row(lan.stations[2].store).model_copy(update={"profile": "kiosk"}),
    )

    def told(kind: QueueActionKind, ticket_id: str) -> QueueAction:
        values = {"id": new_id(), "kind": kind, "device_id": kiosk.id, "ticket_id": ticket_id, "issue": None}
        return issued.model_copy(update=values)

    own = issued.model_copy(update={"id": new_id(), "device_id": kiosk.id, "ticket_id": new_id()})
    urgent = own.model_copy(update={"ticket_id": new_id(), "priority": QueuePriority.URGENT})
    given_back = told(QueueActionKind.CANCELLED, own.ticket_id or "")
    stolen = told(QueueActionKind.CANCELLED, mine.ticket.id), told(QueueActionKind.CALLED, mine.ticket.id)
    message = PeerMessage(queue_actions=(own, urgent, given_back, *stolen))
    assert [heard.action for heard in node._actions_of(kiosk, message)] == [own, given_back]
    gate = kiosk.model_copy(update={"profile": "gate"})
    assert node._actions_of(gate, message) == []
    newer = kiosk.model_copy(update={"profile": "of-a-newer-hub"})
    assert node._actions_of(newer, message) == []

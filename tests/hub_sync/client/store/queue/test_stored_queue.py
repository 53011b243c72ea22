"""What a station knows of queues: of the hub, of itself, of neighbours, and after a hub was restored."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub_sync.client.store.queue.actions import ActionSource, HeardAction
from hub_sync.client.store.queue.stored_queue import QueuePage
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePull
from hub_sync.contract.sync import JournalHead
from tests.support.builders.people import EVENT
from tests.support.builders.queues import (
    QueueStation,
    apply_queue,
    build_queue_station,
    counter_row,
    queue_id,
    queue_row,
)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[QueueStation]:
    built = build_queue_station(tmp_path / "kiosk", lane="K")
    yield built
    built.store.close()


def called(ticket_id: str, tick: int = 9) -> QueueAction:
    return QueueAction(
        id=new_id(),
        kind=QueueActionKind.CALLED,
        event_id=EVENT,
        queue_id=queue_id("A"),
        ticket_id=ticket_id,
        service_date="2026-06-11",
        tick=tick,
        at_ms=1,
        counter_id=queue_id("1"),
    )


def status(station: QueueStation, ticket_id: str) -> QueueStatus | None:
    ticket = station.store.queue.actions.ticket(ticket_id)
    return None if ticket is None else ticket.status


def test_the_hubs_version_of_an_own_action_replaces_it(station: QueueStation) -> None:
    ticket = station.issue().ticket
    (own,) = station.own_actions()
    apply_queue(station.store, snapshot=False, actions=(own.model_copy(update={"at_ms": own.at_ms + 5}),))
    corrected = station.store.queue.actions.ticket(ticket.id)
    assert corrected is not None
    assert (corrected.issued_at_ms, corrected.number) == (ticket.issued_at_ms + 5, ticket.number)
    assert station.store.queue.actions.unknown_to_hub([ticket.id]) == frozenset()


def test_a_neighbours_version_replaces_nothing(station: QueueStation) -> None:
    ticket = station.issue().ticket
    (own,) = station.own_actions()
    with station.store.queue.transaction():
        changed = own.model_copy(update={"at_ms": 1})
        assert not station.store.queue.actions.add(changed, ActionSource.PEER)
    again = station.store.queue.actions.ticket(ticket.id)
    assert again == ticket


def test_a_snapshot_of_a_restored_hub_takes_back_what_it_does_not_have(station: QueueStation) -> None:
    first, second = station.issue().ticket, station.issue().ticket
    lost = called(first.id)
    apply_queue(station.store, snapshot=False, actions=(lost,))
    assert status(station, first.id) is QueueStatus.CALLED
    apply_queue(station.store, queues=(queue_row(),), counters=(counter_row("1"),))
    assert status(station, first.id) is QueueStatus.WAITING, "the hub called it, and has lost that"
    assert status(station, second.id) is QueueStatus.WAITING, "what this station did itself stays"


def test_a_call_that_came_while_a_snapshot_was_under_way_stays(station: QueueStation) -> None:
    ticket = station.issue().ticket
    before = station.store.queue.actions.last_seq()
    station.store.queue.add_of_hub((called(ticket.id),))
    station.store.queue.apply(
        EVENT, QueuePage(QueuePull(), is_snapshot=True, upto=before, journal_id="", at_ms=1)
    )
    assert status(station, ticket.id) is QueueStatus.CALLED


def test_rows_of_another_event_are_not_stored(station: QueueStation) -> None:
    apply_queue(station.store, snapshot=False, queues=(queue_row("B", event_id="other"),))
    other = called(new_id()).model_copy(update={"event_id": "other"})
    apply_queue(station.store, snapshot=False, actions=(other,))
    assert [row.letter for row in station.store.queue.queues(EVENT)] == ["A"]
    assert station.own_actions() == ()


def test_an_action_whose_issue_is_not_known_yet_waits_for_it(station: QueueStation, tmp_path: Path) -> None:
    other = build_queue_station(tmp_path / "other", 2, lane="L")
    ticket = other.issue().ticket
    station.store.queue.add_of_hub((called(ticket.id),))
    assert status(station, ticket.id) is None
    station.store.queue.add_of_hub(other.own_actions())
    assert status(station, ticket.id) is QueueStatus.CALLED
    other.store.close()


def test_the_highest_tick_that_there_can_be_jams_nobody(station: QueueStation) -> None:
    ticket = station.issue().ticket
    station.store.queue.add_of_hub((called(ticket.id, tick=2**52 - 1),))
    assert station.issue().number == "AK002"
    assert station.service.cancel(ticket.id)


def test_a_neighbours_tick_that_is_too_far_ahead_is_not_followed(station: QueueStation) -> None:
    ticket = station.issue().ticket
    with station.store.queue.transaction():
        station.store.queue.add_of_peers((HeardAction(called(ticket.id, tick=2**52 - 1), "journal", 1),))
    assert status(station, ticket.id) is QueueStatus.WAITING
    assert station.store.queue.actions.last_tick(EVENT) == ticket.tick


def hear_call(
    station: QueueStation, ticket_id: str, number: int, call: QueueAction | None = None
) -> QueueAction:
    """Let a neighbour tell that it called a ticket, in the row of that number."""
    call = call or called(ticket_id).model_copy(update={"device_id": "device-9"})
    with station.store.queue.transaction():
        station.store.queue.add_of_peers((HeardAction(call, "journal-9", number),))
    return call


def pull(station: QueueStation, *, head: tuple[str, int], actions: tuple[QueueAction, ...] = ()) -> None:
    """Apply changes of a hub that has the neighbour's journal up to a row."""
    journal_id, sequence = head
    heads = (JournalHead(device_id="device-9", journal_id=journal_id, sequence=sequence),)
    page = QueuePage(QueuePull(actions=actions), False, 0, station.store.queue.journal_id(), 1, heads)
    station.store.queue.apply(EVENT, page)


def test_what_the_hub_refused_of_a_neighbour_goes_once_the_hub_has_the_row(station: QueueStation) -> None:
    ticket = station.issue().ticket
    hear_call(station, ticket.id, 7)
    for head in (("journal-9", 6), ("another", 99)):
        pull(station, head=head)
        assert status(station, ticket.id) is QueueStatus.CALLED, "the hub has not got the row yet"
    pull(station, head=("journal-9", 7))
    assert status(station, ticket.id) is QueueStatus.WAITING
    assert len(station.own_actions()) == 1, "only what this station did itself is left"


def test_what_the_hub_took_of_a_neighbour_stays(station: QueueStation) -> None:
    ticket = station.issue().ticket
    call = hear_call(station, ticket.id, 7)
    pull(station, head=("journal-9", 7), actions=(call,))
    pull(station, head=("journal-9", 8))
    assert status(station, ticket.id) is QueueStatus.CALLED


def test_a_row_that_is_told_again_with_a_new_journal_waits_for_that_journal(station: QueueStation) -> None:
    ticket = station.issue().ticket
    call = hear_call(station, ticket.id, 0)
    hear_call(station, ticket.id, 3, call)
    pull(station, head=("journal-9", 2))
    assert status(station, ticket.id) is QueueStatus.CALLED
    pull(station, head=("journal-9", 3))
    assert status(station, ticket.id) is QueueStatus.WAITING


def test_what_the_hub_refused_of_this_station_goes_and_is_not_told_to_neighbours(
    station: QueueStation,
) -> None:
    journal_id, tell = station.store.queue.journal_id(), station.store.peer_presence
    station.issue()
    assert len(tell.changes(0, EVENT, 1).queue_actions) == 1
    station.store.outbox.record_quarantine(journal_id, [1], [])
    pull(station, head=("journal-9", 1))
    assert station.own_actions() == ()
    assert tell.changes(0, EVENT, 1).queue_actions == ()


def test_past_days_are_removed_but_for_the_last_one_what_is_live_and_what_was_not_sent(
    station: QueueStation,
) -> None:
    station.issue()  # 2026-06-11, not sent
    store, tick = station.store.queue, 100

    def day(date: str, *, is_over: bool = True) -> str:
        nonlocal tick
        tick += 10
        ticket_id = new_id()
        issued = station.own_actions()[0].model_copy(
            update={"id": new_id(), "ticket_id": ticket_id, "service_date": date, "tick": tick}
        )
        ended = called(ticket_id, tick + 1).model_copy(
            update={"service_date": date, "kind": QueueActionKind.CANCELLED}
        )
        store.add_of_hub((issued, *([ended] if is_over else [])))
        return ticket_id

    old, live, last = day("2026-06-12"), day("2026-06-12", is_over=False), day("2026-06-14")
    today, tick_before = day("2026-06-15"), store.actions.last_tick(EVENT)
    apply_queue(station.store, snapshot=False, day="2026-06-15")
    assert not store.remove_past()
    left = {action.ticket_id for action in station.own_actions()}
    assert old not in left
    assert {live, last, today} <= left
    assert "2026-06-11" in {action.service_date for action in station.own_actions()}, "it was not sent"
    assert store.actions.last_tick(EVENT) == tick_before
    assert store.actions.ticket(old) is None


def test_another_enrolment_forgets_all_of_it_but_the_journal(station: QueueStation) -> None:
    station.issue()
    station.store.queue.forget()
    assert station.store.queue.settings_of(EVENT) is None
    assert station.own_actions() == ()
    assert station.store.journal.end()[1] == 1


def test_a_lane_is_used_with_the_journal_for_which_it_was_given(station: QueueStation) -> None:
    settings = station.store.queue.settings_of(EVENT)
    assert settings is not None
    assert settings.lane == replace(settings.lane, letters="K", journal_id=station.store.queue.journal_id())
    station.store.outbox.start_new_incarnation("diverged")
    assert settings.lane.journal_id != station.store.queue.journal_id()

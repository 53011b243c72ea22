"""Numbers for visitors: on the disk before they are shown, and never given twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, StoreError, StoreFault, restore_store
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import NumberBlock, QueueRecord
from hub_sync.rules.queue.ticket_state import TicketState
from kiosk_app.core.queue.service import IssuedTicket, QueueRefusal
from tests.support.builders.people import EVENT, participant_row
from tests.support.builders.queues import (
    QueueStation,
    apply_queue,
    build_queue_station,
    build_service,
    counter_row,
    lease,
    queue_id,
    queue_row,
)
from tests.support.builders.station import apply_page, pull_page, reopen_store


@pytest.fixture
def station(tmp_path: Path) -> Iterator[QueueStation]:
    built = build_queue_station(tmp_path / "kiosk", lane="K")
    yield built
    built.store.close()


def test_a_number_is_a_row_of_the_journal_before_it_is_returned(station: QueueStation) -> None:
    lease(station.store, "A", 11, 20)
    issued = station.issue(person="p1")
    (row,) = station.store.journal.all_rows()
    assert isinstance(row.record, QueueRecord)
    assert row.record.action.issue is not None
    assert (issued.number, row.record.action.issue.number) == ("A011", "A011")
    assert station.store.outbox.pending(9)[0].hash == row.hash
    assert station.store.journal.verify() is None
    assert (issued.people_ahead, issued.ticket.status) == (0, QueueStatus.WAITING)
    assert station.store.journal.recent() == () == station.store.journal.scans_of("p1", EVENT, 9)


def test_the_lane_takes_over_when_no_leased_number_is_left(station: QueueStation) -> None:
    lease(station.store, "A", 1, 2)
    assert [station.issue().number for _ in range(4)] == ["A001", "A002", "AK001", "AK002"]


def test_a_leased_number_that_came_late_is_used_before_the_lane_again(station: QueueStation) -> None:
    station.issue()
    lease(station.store, "A", 5, 5)
    assert [station.issue().number for _ in range(2)] == ["A005", "AK002"]


def test_without_any_number_the_reason_is_returned_and_nothing_is_written(tmp_path: Path) -> None:
    built = build_queue_station(tmp_path / "kiosk")
    assert built.service.issue(queue_id("A")) is QueueRefusal.NO_NUMBERS
    assert [offer.refusal for offer in built.service.queues()] == [QueueRefusal.NO_NUMBERS]
    assert built.store.journal.end()[1] == 0
    built.store.close()


def test_a_queue_is_closed_outside_of_its_hours(station: QueueStation) -> None:
    apply_queue(
        station.store,
        snapshot=False,
        queues=(queue_row(opens_at="10:00", closes_at="12:00"), queue_row("B", active=False)),
    )
    assert station.service.issue(queue_id("B")) is QueueRefusal.CLOSED
    assert station.service.issue(queue_id("C")) is QueueRefusal.UNAVAILABLE
    before = [offer.refusal for offer in station.service.queues()]
    station.clock.advance(timedelta(hours=12))
    assert (before, [offer.refusal for offer in station.service.queues()]) == ([None], [QueueRefusal.CLOSED])


def test_with_queues_switched_off_no_leased_number_is_given_and_those_before_stay(
    station: QueueStation,
) -> None:
    first = station.issue()
    apply_queue(station.store, snapshot=False, is_on=False)
    apply_queue(station.store, snapshot=False)
    assert station.service.issue(queue_id("A")) is QueueRefusal.CLOSED
    assert [offer.refusal for offer in station.service.queues()] == [QueueRefusal.CLOSED]
    assert [ticket.id for ticket in station.service.tickets()] == [first.ticket.id]
    apply_queue(station.store, snapshot=False, is_on=True)
    assert station.issue().number != first.number


def test_a_person_with_a_live_ticket_gets_that_one_again(station: QueueStation) -> None:
    first = station.issue(person="p1")
    again = station.issue(person="p1")
    assert (again.number, again.token, again.is_repeated) == (first.number, first.token, True)
    assert station.store.journal.end()[1] == 1
    assert station.service.cancel(first.ticket.id)
    assert not station.service.cancel(first.ticket.id), "a second press changes nothing"
    assert station.issue(person="p1").number != first.number


def test_a_number_of_a_merged_registration_is_that_of_the_survivor(station: QueueStation) -> None:
    before = station.issue(person="loser")
    people = [participant_row("survivor"), participant_row("loser", standing="merged:survivor")]
    apply_page(station.store, pull_page(people, snapshot=False, cursor="2"))
    again = station.issue(person="survivor")
    assert (again.number, again.is_repeated) == (before.number, True)
    undone = pull_page([participant_row("loser")], snapshot=False, cursor="3")
    apply_page(station.store, undone)
    assert station.issue(person="survivor").number != before.number


def test_a_reprint_has_the_same_number_and_token(station: QueueStation) -> None:
    apply_queue(station.store, snapshot=False, status_url="https://hub.example/q/")
    issued = station.issue()
    again = station.service.reissue(issued.ticket.id)
    assert again is not None
    assert (again.number, again.status_url) == (issued.number, issued.status_url)
    assert issued.status_url == f"https://hub.example/q/{issued.token}"
    assert station.service.reissue(new_id()) is None


def test_two_hundred_at_once_get_two_hundred_numbers(station: QueueStation) -> None:
    lease(station.store, "A", 1, 150)

    def issue_some(_: int) -> list[str]:
        with station.store.open_session() as session:
            service = build_service(session, station.clock)
            return [
                issued.number
                for issued in (service.issue(queue_id("A")) for _ in range(50))
                if isinstance(issued, IssuedTicket)
            ]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for some in pool.map(issue_some, range(4)) for number in some]
    assert len(set(numbers)) == len(numbers) == 200


def test_a_number_survives_a_restart_without_a_jump(station: QueueStation, tmp_path: Path) -> None:
    lease(station.store, "A", 1, 9)
    station.issue()
    station.store.close()
    with reopen_store(station.folder, station.clock) as store:
        issued = build_service(store, station.clock).issue(queue_id("A"))
        assert isinstance(issued, IssuedTicket)
        assert issued.number == "A002"


def test_a_restored_backup_gives_no_number_of_before(station: QueueStation, tmp_path: Path) -> None:
    block = lease(station.store, "A", 1, 9)
    station.issue()
    backup = tmp_path / "backup.db"
    station.store.backups.save(backup)
    lost = [station.issue().number for _ in range(9)]
    assert lost[-1] == "AK001"
    station.store.close()
    (station.folder / "journal.copy").unlink()
    restore_store(station.folder, FileKeyStore(station.folder), station.clock, new_id, backup)
    with reopen_store(station.folder, station.clock) as store:
        service = build_service(store, station.clock)
        assert store.queue.actions.has_number(EVENT, "2026-06-11", "A001")
        apply_queue(
            store, snapshot=False, blocks=(block,)
        )  # the hub repeats what it leased to the journal before
        assert service.issue(queue_id("A")) is QueueRefusal.NO_NUMBERS, "nor of its letters"
        apply_queue(store, lane="L", queues=(queue_row(),))  # those of the new journal
        issued = service.issue(queue_id("A"))
        assert isinstance(issued, IssuedTicket)
        assert issued.number == "AL001"


def test_a_store_that_lost_its_tables_has_its_own_tickets_again(station: QueueStation) -> None:
    issued = station.issue(person="p1")
    station.store.close()
    (station.folder / "store.db").unlink()
    for rest in station.folder.glob("store.db-*"):
        rest.unlink()
    with reopen_store(station.folder, station.clock) as store:
        assert store.queue.settings_of(EVENT) is None, "it is pulled again, whole"
        ticket = store.queue.actions.ticket(issued.ticket.id)
        assert ticket is not None
        assert ticket.number == issued.number


def test_a_clock_that_is_a_day_off_repeats_no_number(station: QueueStation) -> None:
    lease(station.store, "A", 1, 9)
    first = [station.issue().ticket, station.issue().ticket]
    station.clock.jump(-timedelta(days=1))
    wrong = [station.issue().ticket, station.issue().ticket]
    station.clock.jump(timedelta(days=1))
    after = [station.issue().ticket]
    places = [(ticket.service_date, ticket.number) for ticket in (*first, *wrong, *after)]
    assert len(set(places)) == 5
    assert len({ticket.number for ticket in (*first, *wrong, *after)}) == 5, "all of them wait now"


def test_a_full_disk_gives_no_number(station: QueueStation, monkeypatch: pytest.MonkeyPatch) -> None:
    lease(station.store, "A", 1, 9)

    def fail(*_: object) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(station.store.journal, "_insert", fail)
    with pytest.raises(StoreError):
        station.service.issue(queue_id("A"))
    monkeypatch.undo()
    assert station.issue().number == "A001", "the number was not used up"


def test_an_estimate_is_a_range_by_the_open_counters(station: QueueStation) -> None:
    lease(station.store, "A", 1, 50)
    for _ in range(8):
        station.issue()
    issued = station.issue()
    assert issued.estimate is not None
    low, high = issued.estimate.low_minutes, issued.estimate.high_minutes
    assert issued.people_ahead == 8
    assert 0 < low < 8 * 5 / 2 < high < 60, "two counters, five minutes each"
    apply_queue(station.store, snapshot=False, counters=[counter_row(n, active=False) for n in ("1", "2")])
    assert station.issue().estimate is None, "nobody serves: nothing is promised"


def test_a_station_without_queues_says_so(tmp_path: Path) -> None:
    built = build_queue_station(tmp_path / "kiosk")
    built.store.queue.forget()
    assert not built.service.is_available
    assert built.service.queues() == ()
    assert built.service.tickets() == ()
    assert built.service.issue(queue_id("A")) is QueueRefusal.UNAVAILABLE
    built.store.close()


def test_a_block_that_nobody_asked_for_is_not_used(station: QueueStation) -> None:
    block = lease(station.store, "A", 1, 3)
    assert not station.store.queue.numbers.add_block(block), "a second answer changes nothing"
    other = NumberBlock(id=new_id(), queue_id=queue_id("A"), service_date="2026-06-11", first=7, last=9)
    assert not station.store.queue.numbers.add_block(other)
    assert not station.store.queue.numbers.add_block(block.model_copy(update={"first": 5}))


def test_tickets_are_read_again_only_when_the_store_has_changed(
    station: QueueStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.issue()
    read = station.store.queue.actions.tickets
    calls: list[str] = []

    def count(event_id: str, day: str) -> tuple[TicketState, ...]:
        calls.append(day)
        return read(event_id, day)

    monkeypatch.setattr(station.store.queue.actions, "tickets", count)
    assert len(station.service.tickets()) == len(station.service.tickets(live_only=False)) == 1
    before = len(calls)
    with station.store.open_session() as other:
        build_service(other, station.clock).issue(queue_id("A"))
    assert len(station.service.tickets()) == 2
    assert len(calls) == before + 1, "another thread's commit is noticed"


def test_a_kiosk_takes_back_no_number_of_another_one(tmp_path: Path) -> None:
    station = build_queue_station(tmp_path, lane="K")
    (issued,) = station.store.queue.actions.of_ticket(station.issue().ticket.id)
    theirs = issued.model_copy(update={"id": new_id(), "ticket_id": new_id(), "device_id": "another kiosk"})
    station.store.queue.add_of_hub([theirs])
    assert not station.service.cancel(theirs.ticket_id or "")
    assert station.service.cancel(issued.ticket_id or "")
    station.store.close()

"""What a page of a pull says of queues, and what it says that the hub refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store.queue.actions import HeardAction
from hub_sync.client.sync.queue_pull import QueuePulling
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import QueueAction, QueueActionKind
from tests.hub_sync.client.fake_hub import page
from tests.support.builders.people import EVENT
from tests.support.builders.queues import QueueStation, build_queue_station, queue_id, queue_row


@pytest.fixture
def station(tmp_path: Path) -> Iterator[QueueStation]:
    built = build_queue_station(tmp_path / "board")
    yield built
    built.store.close()


@pytest.fixture
def heard(station: QueueStation) -> QueueAction:
    """Return what a neighbour told in row 5 of its journal."""
    action = QueueAction(
        id=new_id(),
        kind=QueueActionKind.BREAK_STARTED,
        event_id=EVENT,
        service_date="2026-06-11",
        tick=1,
        at_ms=1,
        device_id="device-9",
        counter_id=queue_id("1"),
    )
    with station.store.queue.transaction():
        station.store.queue.add_of_peers([HeardAction(action, "journal-9", 5)])
    return action


def test_a_page_says_up_to_where_the_hub_has_a_neighbours_journal(
    station: QueueStation, heard: QueueAction
) -> None:
    pulling = QueuePulling(station.store, EVENT)
    heads = [{"device_id": "device-9", "journal_id": "journal-9", "sequence": 5}]
    changes = page(snapshot=False, queue={}, journals=heads)
    pulling.begin()
    pulling.apply(changes, begins_snapshot=False, is_whole=False)
    assert station.own_actions() == (heard,), "a row of the page was lost: it may be this one"
    pulling.apply(changes, begins_snapshot=False)
    assert station.own_actions() == ()


def test_a_page_that_brings_the_row_keeps_it(station: QueueStation, heard: QueueAction) -> None:
    pulling = QueuePulling(station.store, EVENT)
    heads = [{"device_id": "device-9", "journal_id": "journal-9", "sequence": 5}]
    actions = [heard.model_dump(mode="json")]
    pulling.begin()
    pulling.apply(page(snapshot=False, queue={"actions": actions}, journals=heads), begins_snapshot=False)
    assert station.own_actions() == (heard,)


def test_queues_that_are_stored_may_want_numbers_at_once(station: QueueStation) -> None:
    """A kiosk gave numbers of its own letters until its next push, though the hub was near."""
    stored: list[int] = []
    pulling = QueuePulling(
        station.store, EVENT, lambda: stored.append(len(station.store.queue.queues(EVENT)))
    )
    pulling.begin()
    pulling.apply(page(snapshot=False, queue={"lane": "K"}), begins_snapshot=False)
    assert stored == [], "there is no queue that has changed"
    rows = [queue_row(letter).model_dump(mode="json") for letter in "AB"]
    pulling.apply(page(snapshot=False, queue={"queues": rows}), begins_snapshot=False)
    assert stored == [2]
    pulling.apply(page(snapshot=False, queue={"is_on": True}), begins_snapshot=False)
    assert stored == [2, 2], "the hub has switched queues on"

"""Blocks of numbers: leased before they run out, asked for once, and missed without harm."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.client.http.errors import HubRefused, HubUnreachable
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.sync.queue_leases import RETRY_MS, QueueLeases
from hub_sync.contract.queue import BlockRequest, NumberBlock
from tests.support.builders.people import EVENT
from tests.support.builders.queues import QueueStation, apply_queue, build_queue_station, queue_row


@dataclass
class LeasingApi(HubApi):
    """A hub that leases ten numbers for each request; a repeated one gets the same."""

    failures: list[Exception] = field(default_factory=list)
    requests: list[BlockRequest] = field(default_factory=list)
    blocks: dict[str, NumberBlock] = field(default_factory=dict)

    def lease_block(self, request: BlockRequest) -> NumberBlock:
        self.requests.append(request)
        first = 1 + 10 * len(self.blocks)
        block = NumberBlock(
            id=request.id, queue_id=request.queue_id, service_date=request.day, first=first, last=first + 9
        )
        block = self.blocks.setdefault(request.id, block)
        if self.failures:
            raise self.failures.pop()
        return block


@pytest.fixture
def station(tmp_path: Path) -> Iterator[QueueStation]:
    built = build_queue_station(tmp_path / "kiosk")
    yield built
    built.store.close()


def lease(station: QueueStation, api: LeasingApi) -> None:
    QueueLeases(station.store, api, station.clock).run_once()


def test_the_next_block_is_leased_when_half_of_the_numbers_are_left(station: QueueStation) -> None:
    api = LeasingApi()
    lease(station, api)
    lease(station, api)
    assert len(api.requests) == 1
    numbers = [station.issue().number for _ in range(5)]
    lease(station, api)
    numbers += [station.issue().number for _ in range(15)]
    assert (len(api.requests), numbers) == (2, [f"A{n:03d}" for n in range(1, 21)])


def test_a_report_says_the_highest_numbers_that_the_station_has_or_knows(station: QueueStation) -> None:
    lease(station, LeasingApi())
    apply_queue(station.store, snapshot=False, lane="K")
    station.issue()
    queue = station.store.queue
    (highest,) = queue.highest_numbers(10)
    assert (highest.day, highest.sequence) == ("2026-06-11", 10), "its block's end, not only what is printed"
    assert [(lane.event_id, lane.letters, lane.journal_id) for lane in queue.own_lanes(10)] == [
        (EVENT, "K", queue.journal_id())
    ]


def test_a_lost_answer_is_asked_for_once_more_and_no_number_is_skipped(station: QueueStation) -> None:
    api = LeasingApi(failures=[HubUnreachable("cut")])
    lease(station, api)
    lease(station, api)
    assert len({request.id for request in api.requests}) == 1
    assert station.issue().number == "A001"


def test_a_queue_that_the_hub_refuses_stops_no_other_and_is_tried_later(station: QueueStation) -> None:
    apply_queue(station.store, snapshot=False, queues=(queue_row("B"), queue_row("C", active=False)))
    api = LeasingApi(failures=[HubRefused("no", "QueueClosed", 409)])
    leases = QueueLeases(station.store, api, station.clock)
    leases.run_once()
    leases.run_once()
    assert [queue.letter for queue in station.store.queue.queues(EVENT)] == ["A", "B", "C"]
    assert len(api.requests) == 2
    station.clock.advance(timedelta(milliseconds=RETRY_MS))
    leases.run_once()
    assert len(api.requests) == 3


def test_the_numbers_of_the_next_day_are_leased_before_it_begins(station: QueueStation) -> None:
    api = LeasingApi()
    station.clock.advance(timedelta(hours=16, minutes=30))  # 03:30 in the event's zone
    lease(station, api)
    assert [request.day for request in api.requests] == ["2026-06-11", "2026-06-12"]

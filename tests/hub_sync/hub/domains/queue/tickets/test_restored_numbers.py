"""Numbers of a hub that was restored from an older backup: none that a kiosk has, and none before the kiosks have said which."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.queue.errors import QueueNumbersUnsettled
from hub_sync.hub.domains.queue.tickets.actions import Clerk, issue
from hub_sync.hub.domains.queue.tickets.restored_numbers import LONGEST_WAIT
from hub_sync.hub.kit.events.change_feed import EventFeed, restored_at, restored_epoch
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.calls.test_status_reports import report as send_report
from tests.support.builders.hub_queues import DAY, HubQueues, QueueStationClient, queue_station


def report(hub: HubContext, station: QueueStationClient, **fleet: Any) -> None:
    """Report what a station has; the hub stores it with its next batch."""
    answer = send_report(station.client, fleet=fleet)
    assert answer.status_code == 200, answer.text
    hub.write_batches.flush()


def restore_feed(hub: HubContext) -> None:
    """Begin the feed anew, as `doorward-hub restore` does."""
    with hub.uow.begin() as work:
        work.session.execute(update(EventFeed).values(epoch=restored_epoch(work.now())))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def kiosks(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient
) -> tuple[QueueStationClient, QueueStationClient]:
    """Return two kiosks that have reported, at a hub that is restored after that."""
    both = kiosk, queue_station(hub, client, seeded, "Kiosk 2", DeviceProfile.KIOSK)
    for station in both:
        report(hub, station)
    return both


def test_an_epoch_says_when_its_feed_was_restored() -> None:
    now = SystemClock().now().replace(microsecond=0)
    assert restored_at(restored_epoch(now)) == now
    assert len(restored_epoch(now)) <= 36
    for other in ("", "0199e6d1-5c8e-4b7c-9a51-3d7f0f5b1c11", "restored-soon-1"):
        assert restored_at(other) is None


def test_no_number_that_a_kiosk_has_is_given_again_though_the_hub_has_forgotten_it(
    hub: HubContext,
    kiosks: tuple[QueueStationClient, QueueStationClient],
    queues: HubQueues,
    clock: ManualClock,
) -> None:
    first, second = kiosks
    clock.advance(timedelta(seconds=5))
    restore_feed(hub)
    clock.advance(timedelta(seconds=5))
    report(hub, second)
    assert code_of(second.lease(queues.queue_id)) == (409, "QueueNumbersUnsettled")
    with hub.uow.begin() as work, pytest.raises(QueueNumbersUnsettled):
        issue(work, queues.key, queues.queue_id, Clerk())
    assert second.client.pull(journal=second.journal.id)["queue"]["lane"] == "", (
        "it goes on with those it has"
    )
    held = {"queue_id": queues.queue_id, "day": DAY, "sequence": 40}
    lane = {"event_id": queues.key.event_id, "letters": "A", "journal_id": first.journal.id}
    report(hub, first, queue_numbers=[held], queue_lanes=[lane])
    assert second.lease(queues.queue_id).json()["first"] == 41
    with hub.uow.begin() as work:
        assert issue(work, queues.key, queues.queue_id, Clerk()).ticket.number == "A051"
    lanes = [each.client.pull(journal=each.journal.id)["queue"]["lane"] for each in (second, first)]
    assert lanes == ["B", "A"], "the letters of the first kiosk are its own again"


def test_a_kiosk_in_a_store_room_is_not_waited_for_long(
    hub: HubContext,
    kiosks: tuple[QueueStationClient, QueueStationClient],
    queues: HubQueues,
    clock: ManualClock,
) -> None:
    _, second = kiosks
    clock.advance(timedelta(seconds=5))
    restore_feed(hub)
    clock.advance(LONGEST_WAIT + timedelta(seconds=1))
    report(hub, second)
    assert second.lease(queues.queue_id).json()["first"] == 1

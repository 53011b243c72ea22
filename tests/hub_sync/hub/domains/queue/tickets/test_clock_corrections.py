"""Queue actions whose true time is known only after they were sent."""

from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock, from_epoch_ms
from hub_sync.contract.queue import QueueAction, QueueActionKind
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.queue.tables import QueueCounter
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import NOON_MS, HubQueues, QueueStationClient, ticket_of

HOUR_MS = 3_600_000


def correct(station: QueueStationClient, anchor_ms: int, boot_id: str = "boot") -> None:
    correction = ClockCorrection(boot_id=boot_id, anchor_ms=anchor_ms)
    request = station.journal.request().model_copy(update={"items": (), "corrections": (correction,)})
    assert station.client.push(request).status_code == 200


def test_a_correction_moves_a_ticket_and_a_counter_and_reaches_the_stations(
    hub: HubContext,
    clock: ManualClock,
    kiosk: QueueStationClient,
    desk: QueueStationClient,
    queues: HubQueues,
) -> None:
    clock.advance(timedelta(hours=3))
    block = kiosk.lease(queues.queue_id).json()
    issued = kiosk.issue(queues.queue_id, block["first"])
    kiosk.push()
    desk.write(QueueActionKind.COUNTER_OPENED, counter_id=queues.counters[0])
    desk.push()
    before = desk.client.pull()
    correct(kiosk, NOON_MS + HOUR_MS)
    correct(kiosk, NOON_MS + 2 * HOUR_MS, boot_id="another boot")
    at_ms = NOON_MS + HOUR_MS + 1
    ticket = ticket_of(hub, issued.ticket_id or "")
    assert ticket.issued_at == ticket.waiting_since == from_epoch_ms(at_ms)
    assert ticket.service_date == issued.service_date, "a printed number never changes"
    (action,) = desk.client.pull(epoch=before["epoch"], cursor=before["cursor"])["queue"]["actions"]
    assert QueueAction.model_validate(action) == issued.model_copy(update={"at_ms": at_ms})
    correct(desk, NOON_MS + 2 * HOUR_MS)
    counter = next(each for each in everything(hub, QueueCounter) if each.id == queues.counters[0])
    assert counter.state_since == from_epoch_ms(NOON_MS + 2 * HOUR_MS + 1)
    after = desk.client.pull()
    correct(kiosk, NOON_MS + HOUR_MS)
    same = desk.client.pull(epoch=after["epoch"], cursor=after["cursor"])
    assert same["queue"].get("actions", []) == [], "what is right already is not sent again"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_correction_that_cannot_be_true_is_bounded(
    hub: HubContext, clock: ManualClock, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    issued = kiosk.issue(queues.queue_id, kiosk.lease(queues.queue_id).json()["first"])
    kiosk.push()
    for anchor_ms in (-HOUR_MS, NOON_MS * 2):
        correct(kiosk, anchor_ms)
        ticket = ticket_of(hub, issued.ticket_id or "")
        assert abs((ticket.issued_at - clock.now()).total_seconds()) < HOUR_MS

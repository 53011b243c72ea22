"""The day change: what is left of yesterday expires by an action, in the event's zone."""

from datetime import UTC, datetime

from sqlalchemy import update

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest, QueueActionKind
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.queue.jobs import DayChangeJob
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, call, issue
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import HubQueues, QueueStationClient


def test_numbers_of_yesterday_expire_when_the_events_day_begins_and_not_at_midnight(
    hub: HubContext, clock: ManualClock, desk: QueueStationClient, queues: HubQueues
) -> None:
    before = desk.client.pull()
    with hub.uow.begin() as work:
        served, waits = (issue(work, queues.key, queues.queue_id, Clerk()).ticket.id for _ in range(2))
        request = CallRequest(
            id=new_id(),
            event_id=queues.key.event_id,
            counter_id=queues.counters[0],
            queue_ids=(queues.queue_id,),
            tick=0,
        )
        call(work, queues.key, request, Clerk())
        act(work, queues.key, served, QueueActionKind.SERVING, Clerk())
    job = DayChangeJob(hub)
    clock.jump(datetime(2026, 6, 11, 1, 59, tzinfo=UTC) - clock.now())  # 03:59 in Berlin
    assert job.run_once() == {}
    clock.jump(datetime(2026, 6, 11, 2, 1, tzinfo=UTC) - clock.now())
    assert job.run_once() == {queues.key: 1}
    assert job.run_once() == {}
    assert {each.id: each.status for each in everything(hub, QueueTicket)} == {
        served: QueueStatus.SERVING,
        waits: QueueStatus.EXPIRED,
    }
    page = desk.client.pull(epoch=before["epoch"], cursor=before["cursor"])
    assert page["queue"]["day"] == "2026-06-11"
    kinds = [each["kind"] for each in page["queue"]["actions"] if each["ticket_id"] == waits]
    assert kinds == ["issued", "expired"]
    with hub.uow.begin() as work:
        number = issue(work, queues.key, queues.queue_id, Clerk()).ticket.number
    assert number == "A001"  # of the new day


def test_a_number_that_a_wrong_clock_gave_to_a_day_of_the_past_does_not_expire_at_once(
    hub: HubContext, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    lane = kiosk.client.pull(journal=kiosk.journal.id)["queue"]["lane"]
    kiosk.issue(queues.queue_id, 1, lane=lane, service_date="2026-01-01")
    assert kiosk.push().json()["verdicts"][0]["verdict"] == "ACCEPTED"
    assert DayChangeJob(hub).run_once() == {}
    assert [each.status for each in everything(hub, QueueTicket)] == [QueueStatus.WAITING]


def test_a_number_that_a_wrong_clock_gave_to_a_day_of_the_future_expires_with_the_day_of_its_issue(
    hub: HubContext, clock: ManualClock, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    lane = kiosk.client.pull(journal=kiosk.journal.id)["queue"]["lane"]
    kiosk.issue(queues.queue_id, 1, lane=lane, service_date="2099-12-31")
    assert kiosk.push().json()["verdicts"][0]["verdict"] == "ACCEPTED"
    job = DayChangeJob(hub)
    assert job.run_once() == {}
    clock.jump(datetime(2026, 6, 11, 2, 1, tzinfo=UTC) - clock.now())
    assert job.run_once() == {queues.key: 1}
    assert [each.status for each in everything(hub, QueueTicket)] == [QueueStatus.EXPIRED]


def test_no_number_is_given_twice_when_the_hour_changes_at_which_the_events_day_begins(
    hub: HubContext, queues: HubQueues
) -> None:
    numbers = []
    for begins_at in ("04:00", "23:00", "04:00"):
        with hub.uow.begin() as work:
            work.session.execute(update(Event).values(day_begins_at=begins_at))
        with hub.uow.begin() as work:
            numbers.append(issue(work, queues.key, queues.queue_id, Clerk()).ticket)
    assert [each.service_date for each in numbers] == ["2026-06-10", "2026-06-09", "2026-06-10"]
    assert [each.number for each in numbers] == ["A001", "A002", "A003"]

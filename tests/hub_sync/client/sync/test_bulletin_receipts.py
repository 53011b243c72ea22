"""A bulletin from the hub that ships to a station, over an outage, and its receipts back into the ledger."""

from datetime import timedelta
from pathlib import Path

from hub_sync.client.sync.bulletin_receipts import ReceiptPush
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import MessageStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.bulletins.schemas import NewBulletin
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.kit.events.change_feed import FeedKey
from kiosk_app.bulletin_messages import BulletinsChanged, BulletinsShown
from kiosk_app.workers.bulletin_watch import BulletinWatch
from tests.support.builders.event import NOON, build_event, connect_api, enrolled_store
from tests.support.builders.hub import HubInProcess, HubTransport, migrate


def test_it_stands_on_the_screen_of_a_station_that_is_cut_off_ends_there_and_is_in_the_ledger_later(
    tmp_path: Path,
) -> None:
    hub_clock = ManualClock(NOON)
    migrate(tmp_path / "hub")
    hub = HubInProcess(tmp_path / "hub", hub_clock, new_id)
    event = build_event(hub.context, {})
    key = FeedKey(event.tenant_id, event.event_id)
    clock = ManualClock(NOON)
    store = enrolled_store(tmp_path / "station", hub, event, "A", clock, new_id)
    api = connect_api(store, clock, HubTransport(hub))
    pull, push = PullLoop(store, api, clock), ReceiptPush(store, api, clock)
    while pull.run_once():
        pass
    new = NewBulletin.model_validate(
        {
            "title": "Doors",
            "texts": {"en": "Doors open at 12:10."},
            "valid_from": (NOON + timedelta(minutes=5)).isoformat(),
            "valid_until": (NOON + timedelta(minutes=10)).isoformat(),
        }
    )
    with hub.context.uow.begin("user:ada@example.org") as work:
        feature_flags.switch(work, event.tenant_id, FF_COMMUNICATION_HUB, enabled=True)
        id_ = bulletins.create(work, key, new).id
    while pull.run_once():
        pass
    push.run_once()

    def statuses() -> set[MessageStatus]:
        with hub.context.uow.read() as work:
            return set(broadcasts.figures_of(work, broadcasts.get(work, key, id_)))

    assert MessageStatus.SENT in statuses()

    screen: list[BulletinsChanged] = []
    watch, timekeeper = BulletinWatch(store.open_session, clock, screen.append), Timekeeper(clock, store)
    watch.run_once(store, timekeeper, 0)
    assert screen == [], "it has not begun"
    clock.advance(timedelta(minutes=5))  # the hub is away from here on
    watch.run_once(store, timekeeper, 0)
    assert [each.id for each in screen[-1].bulletins] == [id_]
    watch.submit(BulletinsShown((id_,)))
    watch.run_once(store, timekeeper, 0)
    clock.advance(timedelta(minutes=5))
    watch.run_once(store, timekeeper, 0)
    assert screen[-1] == BulletinsChanged(), "it is over"

    hub_clock.advance(timedelta(minutes=12))
    with hub.context.uow.begin() as work:
        assert bulletins.end_if_over(work, key, id_)
    assert MessageStatus.FAILED in statuses()
    push.run_once()
    assert MessageStatus.DELIVERED in statuses()
    assert store.bulletins.receipts_to_send() == ()
    api.close()
    store.close()
    hub.close()

"""Bulletins in a station's store: they stay without the hub, and what became of them is said until the hub knows it."""

from datetime import timedelta
from pathlib import Path

import httpx
import orjson
import pytest

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.pull_pages import parse_pull_page
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.sync.bulletin_receipts import ReceiptPush
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.bulletins import NO_BULLETINS, BulletinList, BulletinPriority, StationBulletin
from hub_sync.contract.clock import ManualClock, epoch_ms
from kiosk_app.bulletin_messages import AnswerBulletin, BulletinsChanged, BulletinsShown
from kiosk_app.workers.bulletin_watch import BulletinWatch
from tests.hub_sync.client.fake_hub import refused
from tests.support.builders.station import NOON, build_station_store

AT = epoch_ms(NOON)
HALL = StationBulletin(
    id="hall", texts={"en": "Hall B is full."}, from_ms=AT, until_ms=AT + 60_000, wants_answer=True
)


def test_it_begins_and_ends_offline_and_its_receipts_are_sent_once_each_time_they_change(
    tmp_path: Path,
) -> None:
    clock = ManualClock(NOON)
    store = build_station_store(tmp_path, clock=clock)
    assert store.bulletins.stamp() == NO_BULLETINS
    store.bulletins.replace(BulletinList(stamp="one", bulletins=(HALL,)), AT)
    published: list[BulletinsChanged] = []
    watch, timekeeper = BulletinWatch(store.open_session, clock, published.append), Timekeeper(clock, store)
    watch.run_once(store, timekeeper, 0)
    assert [each.id for each in published[-1].bulletins] == ["hall"]
    assert published[-1].bulletins[0].wants_answer

    bodies: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(orjson.loads(request.content))
        if len(bodies) == 1:
            return refused(404, "NotFound")
        return httpx.Response(200, json={"server_time_ms": AT})

    push = ReceiptPush(store, HubApi("http://hub", transport=httpx.MockTransport(answer)), clock)
    push.run_once()
    push.run_once()
    assert len(bodies) == 1, "an older hub is left alone for a while"
    clock.advance(timedelta(minutes=10))
    push.run_once()
    push.run_once()
    watch.submit(BulletinsShown(("hall", "unknown")))
    watch.run_once(store, timekeeper, 0)
    push.run_once()
    watch.submit(AnswerBulletin("hall", "Grace"))
    watch.run_once(store, timekeeper, 0)
    assert published[-1] == BulletinsChanged(), "its time is over, and it is confirmed"
    push.run_once()
    assert [len(each["receipts"]) for each in bodies] == [1, 1, 1, 1]  # type: ignore[arg-type]
    receipt = bodies[-1]["receipts"][0]  # type: ignore[index]
    assert (receipt["id"], receipt["shown_at_ms"], receipt["answered_by"]) == ("hall", AT + 600_000, "Grace")
    assert store.bulletins.receipts_to_send() == ()
    store.bulletins.erase()
    assert store.bulletins.stamp() == NO_BULLETINS
    store.close()


def test_what_stood_on_the_screen_is_noted_once_the_store_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(NOON)
    store = build_station_store(tmp_path, clock=clock)
    store.bulletins.replace(BulletinList(stamp="one", bulletins=(HALL,)), AT)
    watch, timekeeper = BulletinWatch(store.open_session, clock, lambda _: None), Timekeeper(clock, store)
    watch.submit(BulletinsShown(("hall",)))

    def fail(*_: object) -> bool:
        raise StoreError(StoreFault.FULL)

    with monkeypatch.context() as full:
        full.setattr(store.bulletins, "note_shown", fail, raising=True)
        with pytest.raises(StoreError):
            watch.run_once(store, timekeeper, 0)
    watch.run_once(store, timekeeper, 0)
    assert [each.shown_at_ms for each in store.bulletins.receipts_to_send()] == [AT]
    store.close()


def test_a_page_with_bulletins_of_a_newer_hub_keeps_what_is_understood() -> None:
    rows = [
        HALL.model_dump(mode="json") | {"priority": "LOUD", "colour": "green"},
        {"id": "broken", "texts": {}},
        "no row",
    ]
    page = {
        "epoch": "e",
        "cursor": "c",
        "more": False,
        "snapshot": False,
        "server_time_ms": AT,
        "bulletins": {"stamp": "two", "bulletins": rows},
    }
    sent = parse_pull_page(page).page.bulletins
    assert sent is not None
    assert [(each.id, each.priority) for each in sent.bulletins] == [("hall", BulletinPriority.INFO)]
    assert parse_pull_page(page | {"bulletins": {"bulletins": 5}}).page.bulletins is None

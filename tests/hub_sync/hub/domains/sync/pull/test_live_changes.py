"""The changes that live streams bring: what each kind of station may have, once for all, and nothing where stations differ."""

import json
from base64 import b64decode
from typing import Any

import pytest
import zstandard
from sqlalchemy import event, text
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import MAX_CHANGES_BYTES
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.operators import service as operators
from hub_sync.hub.domains.operators.schemas import NewOperator
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.sync.pull import live_changes
from hub_sync.hub.domains.sync.pull.live_changes import (
    ChangesPage,
    FeedTick,
    read_catch_up,
    read_tick,
)
from hub_sync.hub.domains.sync.pull.service import PullScope
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient, journal, station

__all__ = ["journal", "station"]

GATE = PullScope(queues=False, keys=True)
BOARD = PullScope(queues=True, keys=False)
KEY = "ab" * 32


def read(hub: HubContext, seeded: Seeded, before: FeedTick | None, *scopes: PullScope) -> FeedTick:
    with hub.uow.read() as work:
        key = FeedKey(seeded.tenant_id, seeded.event_id)
        return read_tick(work, hub.secret_box, key, scopes or (GATE,), before)


def members_of(page: ChangesPage) -> dict[str, Any]:
    """Return what a station finds in the page."""
    event_of_stream = page.sse(KEY, "nonce").decode()
    name, data = event_of_stream.strip().split("\r\n")
    assert name == "event: changes"
    body: dict[str, Any] = json.loads(
        zstandard.decompress(b64decode(json.loads(data.removeprefix("data: "))["page"]))
    )
    return body


def register(hub: HubContext, seeded: Seeded, *ids: str) -> None:
    with hub.uow.begin() as work:
        for id_ in ids:
            participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant(id=id_))


def test_a_page_has_the_rows_of_a_pull_and_the_journals_that_have_grown(
    hub: HubContext, client: TestClient, station: StationClient, seeded: Seeded, journal: Journal
) -> None:
    journal.scan()
    station.push(journal.request())
    before = read(hub, seeded, None)
    pulled = station.pull()
    register(hub, seeded, "p-1")
    after = read(hub, seeded, before)
    (page,) = after.pages[GATE]
    changes = members_of(page)
    expected = station.pull(epoch=pulled["epoch"], cursor=pulled["cursor"])
    assert (page.after, page.since, page.upto) == (before.position.head, pulled["cursor"], expected["upto"])
    for name in (
        "epoch",
        "cursor",
        "upto",
        "participants",
        "presence",
        "occupancy",
        "checkpoints",
        "conflicts",
    ):
        assert changes[name] == expected[name]
    assert (expected["journals"] != [], changes["journals"]) == (True, [])
    assert not {"keys", "operators", "peers", "queue", "event_id", "assigned_events"} & set(changes)
    journal.scan()
    station.push(journal.request())
    grown = members_of(read(hub, seeded, after).pages[GATE][-1])["journals"]
    assert [(row["device_id"], row["sequence"]) for row in grown] == [(station.device_id, 2)]


def test_each_kind_of_station_gets_the_rows_that_it_may_have(hub: HubContext, seeded: Seeded) -> None:
    before = read(hub, seeded, None, GATE, BOARD)
    register(hub, seeded, "p-1")
    after = read(hub, seeded, before, GATE, BOARD)
    gate, board = members_of(after.pages[GATE][0]), members_of(after.pages[BOARD][0])
    assert ("queue" in gate, "queue" in board) == (False, True)
    assert gate["participants"] == board["participants"]
    assert after.cursors[GATE] != after.cursors[BOARD], "a board has no ticket keys"
    assert read(hub, seeded, after, GATE, BOARD) is after, "nothing is new"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_differs_by_station_or_is_too_much_is_pulled(
    hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = read(hub, seeded, None)
    with hub.uow.begin() as work:
        operators.create(work, seeded.tenant_id, seeded.event_id, NewOperator(name="Kim", pin="250917"))
    register(hub, seeded, "p-1")
    tick = read(hub, seeded, tick)
    assert tick.pages == {}, "who may sign on is in no row"
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(name="Fair"))
    tick = read(hub, seeded, tick)
    assert tick.pages == {}, "the list of events differs by station"
    monkeypatch.setattr(live_changes, "MAX_ROWS", 2)
    register(hub, seeded, "p-2", "p-3", "p-4")
    tick = read(hub, seeded, tick)
    assert tick.pages == {}, "three rows"
    monkeypatch.setattr(live_changes, "MAX_CHANGES_BYTES", 10)
    register(hub, seeded, "p-5")
    tick = read(hub, seeded, tick)
    assert tick.pages == {}, "some bytes"
    monkeypatch.setattr(live_changes, "MAX_CHANGES_BYTES", MAX_CHANGES_BYTES)
    register(hub, seeded, "p-6")
    assert [row[0] for row in members_of(read(hub, seeded, tick).pages[GATE][0])["participants"]] == ["p-6"]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_pages_reach_back_a_little_and_not_over_a_gap(
    hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_changes, "KEPT_PAGES", 2)
    ticks = [read(hub, seeded, None)]
    for number in range(3):
        register(hub, seeded, f"p-{number}")
        ticks.append(read(hub, seeded, ticks[-1]))
    heads = [tick.position.head for tick in ticks]
    last = ticks[-1]
    assert [page.after for page in last.pages_after(GATE, heads[2])] == [heads[2]]
    assert [page.after for page in last.pages_after(GATE, heads[1])] == [heads[1], heads[2]]
    assert last.pages_after(GATE, heads[0]) == (), "a slow reader pulls"
    assert last.pages_after(GATE, heads[3]) == ()
    assert last.pages_after(BOARD, heads[2]) == ()


def test_stations_that_may_not_follow_the_event_are_named(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    before = read(hub, seeded, None)
    assert station.device_id not in before.withdrawn
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.LOCKED)
    assert station.device_id in read(hub, seeded, before).withdrawn


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_tick_costs_the_same_however_many_stations_follow(hub: HubContext, seeded: Seeded) -> None:
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    before = read(hub, seeded, None)
    register(hub, seeded, "p-1")
    event.listen(hub.uow.database.reading_engine, "before_cursor_execute", note)
    try:
        read(hub, seeded, before)
    finally:
        event.remove(hub.uow.database.reading_engine, "before_cursor_execute", note)
    assert len(statements) <= 15


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_stream_that_begins_gets_all_journals_and_who_may_not_follow_gets_nothing(
    hub: HubContext, station: StationClient, seeded: Seeded, journal: Journal
) -> None:
    start = read(hub, seeded, None).position.head
    journal.scan()
    station.push(journal.request())
    register(hub, seeded, "p-1")
    with hub.uow.database.write_session() as session:  # with a number of the feed it is pulled
        session.execute(text("UPDATE kiosk_devices SET status = 'LOCKED'"))
    with hub.uow.read() as work:
        key = FeedKey(seeded.tenant_id, seeded.event_id)
        missed = read_catch_up(work, hub.secret_box, key, GATE, start)
    assert missed is not None
    assert missed.withdrawn == {seeded.device_id}
    page = members_of(missed.pages[0])
    assert [(row["device_id"], row["sequence"]) for row in page["journals"]] == [(station.device_id, 1)]
    assert (missed.pages[0].after, missed.pages[0].upto) == (start, page["upto"])

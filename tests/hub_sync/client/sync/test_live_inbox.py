"""What the live stream brings is applied if it follows on what the station has, and pulled if not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub_sync.client.http.errors import StationRevoked
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.live_changes import LiveNudge, LivePosition, PulledChanges
from hub_sync.client.http.pull_pages import parse_pull_page
from hub_sync.client.store import Store
from hub_sync.client.sync.live_inbox import MOST_CHANGES, LiveInbox
from hub_sync.client.sync.pull_loop import PULL_EVERY_MS, PullLoop
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.rules.presence import IncludedRows
from tests.hub_sync.client.fake_hub import FakeHub, page, person

EVENT = "event"


@pytest.fixture
def hub(clock: ManualClock) -> FakeHub:
    return FakeHub(clock)


@pytest.fixture
def inbox() -> LiveInbox:
    return LiveInbox()


@pytest.fixture
def loop(store: Store, hub: FakeHub, clock: ManualClock, inbox: LiveInbox) -> PullLoop:
    """Return a loop that has pulled somebody, up to the number 10 of the feed."""
    return pulled_loop(store, hub, clock, inbox, lambda: 0.0)


def pulled_loop(
    store: Store, hub: FakeHub, clock: ManualClock, inbox: LiveInbox, random: Callable[[], float]
) -> PullLoop:
    api = HubApi("http://hub", transport=httpx.MockTransport(hub))
    loop = PullLoop(store, api, clock, inbox=inbox, random=random)
    hub.pages = [{"participants": [person("1")], "total": 1, "upto": 10}]
    while loop.run_once():
        pass
    hub.calls.clear()
    return loop


def changes(
    store: Store,
    after: int,
    upto: int,
    *people: list[Any],
    since: str = "",
    epoch: str = "epoch-1",
    **more: Any,
) -> PulledChanges:
    members = page(*people, snapshot=False, cursor=f"{upto}00", upto=upto, total=None, epoch=epoch, **more)
    pulled = parse_pull_page(members.model_dump(mode="json"))
    return PulledChanges(store.events.served_id(), epoch, after, since, upto, pulled)


def test_changes_that_follow_are_applied_without_a_request(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox
) -> None:
    synced = store.venue.as_of()
    inbox.put(changes(store, 10, 12, person("2")))
    inbox.put(changes(store, 12, 13, person("3")))
    assert not loop.run_once()
    assert (store.roster.count, hub.calls) == (3, [])
    assert store.feed.position() == ("epoch-1", "1300")
    assert store.venue.as_of() == synced, "the roster gets no younger"


def test_changes_that_overlap_are_applied_and_old_ones_change_nothing(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox
) -> None:
    inbox.put(changes(store, 8, 11, person("2")))
    inbox.put(changes(store, 8, 11, person("2", status="CANCELLED")))
    loop.run_once()
    found = store.roster.find("2")
    assert found is not None
    assert (found.status, hub.calls) == ("APPROVED", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"after": 11},
        {"epoch": "epoch-2"},
        {"snapshot": True},
    ],
)
def test_changes_that_do_not_follow_are_pulled(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox, wrong: dict[str, Any]
) -> None:
    offered = changes(store, wrong.get("after", 10), 12, person("2"), epoch=wrong.get("epoch", "epoch-1"))
    if "snapshot" in wrong:
        whole = offered.pulled.page.model_copy(update={"snapshot": True})
        offered = replace(offered, pulled=replace(offered.pulled, page=whole))
    inbox.put(offered)
    hub.pages.append({"snapshot": False, "participants": [person("4")]})
    loop.run_once()
    assert hub.calls == ["pull"]
    assert (store.roster.find("2"), store.roster.find("4") is not None) == (None, True)


def test_a_station_that_was_restarted_knows_by_the_cursor_that_changes_follow(
    store: Store, hub: FakeHub, loop: PullLoop, clock: ManualClock
) -> None:
    inbox = LiveInbox()
    api = HubApi("http://hub", transport=httpx.MockTransport(hub))
    again = PullLoop(store, api, clock, inbox=inbox)
    again.run_once()  # the fake hub does not number this page
    hub.calls.clear()
    inbox.put(changes(store, 10, 12, person("2"), since="0"))
    again.run_once()
    assert (hub.calls, store.roster.count) == (["pull"], 1)
    inbox.put(changes(store, 10, 12, person("2"), since="1"))
    again.run_once()
    assert (hub.calls, store.roster.count) == (["pull"], 2)


def test_a_nudge_with_the_stations_own_cursor_needs_no_pull_and_any_other_does(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox
) -> None:
    inbox.nudge(LiveNudge(store.events.served_id(), "1"))
    loop.run_once()
    assert hub.calls == []
    for nudge in (LiveNudge(store.events.served_id(), "2"), LiveNudge()):
        inbox.nudge(nudge)
        loop.run_once()
    assert hub.calls == ["pull", "pull"]


def test_a_pull_is_due_now_and_then_though_changes_come(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox, clock: ManualClock
) -> None:
    clock.advance(timedelta(milliseconds=PULL_EVERY_MS))
    inbox.put(changes(store, 10, 12, person("2")))
    loop.run_once()
    assert hub.calls == ["pull"]
    inbox.put(changes(store, 10, 12, person("2")))
    inbox.request_pull()
    loop.run_once()
    assert hub.calls == ["pull", "pull"], "somebody asked for it"


@pytest.mark.parametrize(("share", "waited_ms"), [(0.0, PULL_EVERY_MS), (0.9, PULL_EVERY_MS * 55 // 100)])
def test_stations_that_pulled_at_once_do_not_do_so_again(
    store: Store, hub: FakeHub, clock: ManualClock, inbox: LiveInbox, share: float, waited_ms: int
) -> None:
    loop = pulled_loop(store, hub, clock, inbox, lambda: share)
    for advanced_ms, after, calls in ((waited_ms - 100, 10, []), (100, 12, ["pull"])):
        clock.advance(timedelta(milliseconds=advanced_ms))
        inbox.put(changes(store, after, after + 2, person("2")))
        loop.run_once()
        assert hub.calls == calls


def test_more_changes_than_a_busy_loop_takes_are_pulled(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox
) -> None:
    for number in range(MOST_CHANGES + 1):
        inbox.put(changes(store, 10 + number, 11 + number, person(f"n{number}")))
    loop.run_once()
    assert hub.calls == ["pull"]


def test_a_station_that_was_locked_out_takes_no_changes(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox, clock: ManualClock
) -> None:
    store.access.record(DeviceStatus.REVOKED, clock.now())
    inbox.put(changes(store, 10, 12, person("2")))
    with pytest.raises(StationRevoked):
        loop.run_once()
    assert store.roster.find("2") is None


def test_journals_that_have_grown_do_not_replace_the_others(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox
) -> None:
    first = {"device_id": "a", "journal_id": "j", "sequence": 1}
    second = {"device_id": "b", "journal_id": "k", "sequence": 5}
    inbox.put(changes(store, 10, 11, journals=[first]))
    loop.run_once()
    assert store.roster.journal_heads(store.events.served_id()) is None, "the others are not known"
    inbox.request_pull()
    hub.pages += [{}] * 1099 + [{"snapshot": False, "upto": 11, "journals": [first, second]}]
    loop.run_once()
    inbox.put(changes(store, 11, 12, journals=[second | {"sequence": 6}]))
    loop.run_once()
    heads = store.roster.journal_heads(store.events.served_id()) or {}
    assert (heads["a", "j"], heads["b", "k"]) == (IncludedRows(1), IncludedRows(6))


def test_the_inbox_says_where_the_roster_is_unless_the_next_pull_loads_all_of_it(
    store: Store, hub: FakeHub, loop: PullLoop, inbox: LiveInbox
) -> None:
    event_id = store.events.served_id()
    assert inbox.position == LivePosition(event_id, "1")
    inbox.put(changes(store, 10, 12, person("2")))
    loop.run_once()
    assert inbox.position == LivePosition(event_id, "1200")
    inbox.request_pull()
    hub.fails = lambda *_: httpx.Response(200, json=page(person("3"), more=True).model_dump(mode="json"))
    loop.run_once()
    assert inbox.position is None, "it has a part of the list"

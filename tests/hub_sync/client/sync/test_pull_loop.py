"""The pull loop: complete snapshots, deltas, and keys at once."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hub_sync.client.http.errors import HubClientError, HubRefused, HubUnreachable, InvalidHubResponse
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.contract.clock import ManualClock
from tests.hub_sync.client.fake_hub import FakeHub, page, person, refused

KEY = {"kid": "k1", "material": "ab" * 32, "not_before_ms": None, "not_after_ms": None}


@pytest.fixture
def hub(clock: ManualClock) -> FakeHub:
    return FakeHub(clock)


@pytest.fixture
def pull_loop(store: Store, hub: FakeHub) -> PullLoop:
    return PullLoop(store, HubApi("http://hub", transport=httpx.MockTransport(hub)))


def snapshot(*parts: list[list[Any]]) -> list[dict[str, Any]]:
    total = sum(map(len, parts))
    return [{"participants": part, "total": total} for part in parts]


def drain(pull_loop: PullLoop, tries: int = 50) -> None:
    for _ in range(tries):
        try:
            if not pull_loop.run_once():
                return
        except HubClientError:
            continue
    raise AssertionError("it never ended")


def test_a_snapshot_of_several_pages_arrives_whole(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    hub.pages = snapshot([person("1"), person("2")], [person("3")], [])
    assert pull_loop.run_once()
    assert store.roster.count == 0, "nothing of it is used before the last page"
    drain(pull_loop)
    assert store.roster.count == 3
    assert store.feed.position() == ("epoch-1", "3")


def test_the_start_of_each_snapshot_is_announced_since_the_hubs_past_may_have_changed(
    store: Store, hub: FakeHub
) -> None:
    snapshots: list[str] = []
    api = HubApi("http://hub", transport=httpx.MockTransport(hub))
    pull_loop = PullLoop(store, api, on_snapshot=lambda: snapshots.append("snapshot"))
    hub.pages = snapshot([person("1")], [])
    drain(pull_loop)
    hub.pages.append({"snapshot": False})
    drain(pull_loop)
    assert len(snapshots) == 1
    hub.pages.append({"snapshot": True, "epoch": "epoch-2", "participants": [], "total": 0})
    drain(pull_loop)
    assert len(snapshots) == 2


def test_deltas_follow_from_the_cursor(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    hub.pages.append({"snapshot": False, "participants": [person("1", status="CANCELLED"), person("2")]})
    drain(pull_loop)
    participant = store.roster.find("1")
    assert participant is not None
    assert participant.status == "CANCELLED"
    assert store.roster.count == 2


def test_asking_again_with_nothing_new_freshens_the_roster(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    before = store.venue.as_of()
    hub.pages.append({"snapshot": False, "server_time_ms": 1_800_000_000_000})
    drain(pull_loop)
    assert before is not None
    assert store.venue.as_of() == datetime.fromtimestamp(1_800_000_000, UTC) > before


def test_a_broken_line_in_a_snapshot_resumes_where_it_was(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot(*[[person(f"{part}-{number}") for number in range(3)] for part in range(6)])
    breaks = iter([False, True, False, False, True, True])

    def fails(path: str, payload: Any) -> None:
        if next(breaks, False):
            raise httpx.ReadTimeout("gone")

    hub.fails = fails
    drain(pull_loop)
    assert store.roster.count == 18
    assert len(hub.calls) == 9, "no page was pulled twice"


def test_a_truncated_snapshot_is_dropped_and_the_old_roster_stays(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    hub.pages = [
        {"epoch": "epoch-2", "participants": [person("2")], "total": 5, "more": False, "cursor": "x"}
    ] * 2
    with pytest.raises(InvalidHubResponse, match="announced 5 participants and sent 1"):
        pull_loop.run_once()
    assert store.roster.find("1") is not None
    assert store.feed.position() == ("epoch-1", "1")


def test_a_new_epoch_replaces_everything(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    hub.pages.append({"epoch": "epoch-2", "participants": [person("9")], "total": 1, "cursor": "1"})
    drain(pull_loop)
    assert (store.roster.find("1"), store.roster.count) == (None, 1)
    assert store.feed.position() == ("epoch-2", "1")


def test_an_epoch_that_changes_in_the_middle_starts_over(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")], [person("2")])
    pull_loop.run_once()
    hub.pages = [
        {},
        {"epoch": "epoch-2", "participants": [person("8")], "total": 2, "more": True},
        {"epoch": "epoch-2", "participants": [person("9")], "total": 2},
    ]
    drain(pull_loop)
    assert store.roster.find("1") is None
    assert store.roster.count == 2


def test_a_withdrawn_key_opens_nothing_from_the_first_page_on(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")], [person("2")])
    hub.pages[0]["keys"] = [KEY]
    pull_loop.run_once()
    assert len(store.keys.key_ring()) == 1
    pull_loop.run_once()
    hub.pages.append({"snapshot": False, "keys": []})
    pull_loop.run_once()
    assert len(store.keys.key_ring()) == 0


def test_pages_without_keys_leave_the_ring_alone(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0]["keys"] = [KEY]
    drain(pull_loop)
    hub.pages.append({"snapshot": False})
    drain(pull_loop)
    assert len(store.keys.key_ring()) == 1


def test_changes_where_a_roster_was_due_are_refused(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    hub.pages = [{"snapshot": False, "participants": [person("1")]}]
    with pytest.raises(InvalidHubResponse, match="whole roster was due"):
        pull_loop.run_once()
    assert store.roster.count == 0


def test_a_hub_that_repeats_itself_is_not_asked_for_ever(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    hub.pages.append({"snapshot": False, "cursor": "1", "more": True})
    with pytest.raises(InvalidHubResponse, match="repeats itself"):
        pull_loop.run_once()


def test_a_cursor_that_the_hub_refuses_in_a_snapshot_starts_it_anew(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")], [person("2")])
    pull_loop.run_once()
    hub.fails = lambda path, payload: refused(400, "CursorUnknown") if "cursor" in payload else None
    with pytest.raises(HubRefused):
        pull_loop.run_once()
    hub.fails = lambda path, payload: None
    drain(pull_loop)
    assert store.roster.count == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"epoch":"e"}', b"[1,2]", b"null", b'{"epoch":"e","cursor":"c","mo']
)
def test_garbage_changes_nothing(store: Store, hub: FakeHub, pull_loop: PullLoop, body: bytes) -> None:
    hub.pages = snapshot([person("1", "Secret", "Name")])
    drain(pull_loop)
    hub.after = lambda path: httpx.Response(200, content=body, headers={"content-type": "application/json"})
    with pytest.raises(HubUnreachable) as failure:
        pull_loop.run_once()
    assert failure.value.__cause__ is None, "no value of the answer may reach a log"
    assert store.roster.count == 1


def test_a_page_with_a_bad_row_is_refused_whole(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    good = page(person("1"), person("2")).model_dump(mode="json")
    good["participants"][1][4] = "NO_SUCH_STATUS"
    hub.after = lambda path: httpx.Response(200, json=good)
    with pytest.raises(InvalidHubResponse, match="does not understand"):
        pull_loop.run_once()
    assert store.roster.count == 0

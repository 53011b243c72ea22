"""The pull loop: complete snapshots, deltas, and keys at once."""

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_sync.client.http.errors import (
    HubClientError,
    HubRefused,
    HubUnreachable,
    InvalidHubResponse,
    StationRevoked,
)
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import DiskSpace, StationEnrolment, Store, StoreError, StoreFault
from hub_sync.client.store.disk.disk_space import FULL_BYTES
from hub_sync.client.store.station.settings import CHOSEN_CHECKPOINT
from hub_sync.client.sync import event_pull
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.roster_count import COMPARE_EVERY_MS, LIKE_DIFFERENCES
from hub_sync.client.sync.snapshot_review import BELIEVED_ANSWERS, BETWEEN_ANSWERS_MS
from hub_sync.client.sync.unclear_rows import LOST_RETRY_CAP_MS, UNCLEAR_RETRY_MS
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.lan import PeerRow, peers_digest
from hub_sync.contract.operators import operators_digest
from hub_sync.contract.sync import QrKeyRow, key_ring_digest
from tests.hub_sync.client.fake_hub import FakeHub, page, person, refused
from tests.support.builders.operators import MARA
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW

KEY: dict[str, Any] = {"kid": "k1", "material": "ab" * 32, "not_before_ms": None, "not_after_ms": None}


@pytest.fixture
def hub(clock: ManualClock) -> FakeHub:
    return FakeHub(clock)


@pytest.fixture
def pull_loop(store: Store, hub: FakeHub, clock: ManualClock) -> PullLoop:
    return PullLoop(store, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock)


def snapshot(*parts: list[list[Any]]) -> list[dict[str, Any]]:
    total = sum(map(len, parts))
    return [{"participants": part, "total": total} for part in parts]


def pull_loop_of(store: Store, hub: FakeHub, software: str) -> PullLoop:
    return PullLoop(
        store, HubApi("http://hub", transport=httpx.MockTransport(hub)), hub.clock, software=software
    )


def raw_page(**changes: Any) -> httpx.Response:
    """Return a page as it stands, with words that `contract.sync` does not know."""
    members = page().model_dump(mode="json") | changes
    return httpx.Response(200, json=members)


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
    pull_loop = PullLoop(store, api, hub.clock, on_snapshot=lambda: snapshots.append("snapshot"))
    hub.pages = snapshot([person("1")], [])
    drain(pull_loop)
    hub.pages.append({"snapshot": False})
    drain(pull_loop)
    assert len(snapshots) == 1
    hub.pages.append({"snapshot": True, "epoch": "epoch-2", "participants": [person("1")], "total": 1})
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


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("is_snapshot", [True, False])
def test_an_answer_that_comes_after_the_erasure_brings_no_name_and_no_key_back(
    store: Store, hub: FakeHub, pull_loop: PullLoop, *, is_snapshot: bool, more: bool
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    late: dict[str, Any] = {"snapshot": is_snapshot, "participants": [person("2")], "keys": [KEY]}
    hub.pages.append({**late, "epoch": "epoch-2", "total": 1} if is_snapshot else late)
    if more:
        hub.pages.append({"snapshot": is_snapshot, "participants": [person("3")]})

    def revoke_meanwhile(path: str) -> None:
        store.access.record(DeviceStatus.REVOKED)
        store.erase_personal_data()

    hub.after = revoke_meanwhile
    with pytest.raises(StationRevoked):
        pull_loop.run_once()
    assert (store.roster.count, store.keys.digest(), store.access.must_erase) == (0, "", False)
    assert not store._rosters.has_people()


def test_a_snapshot_without_an_end_does_not_take_the_space_of_the_scans(
    store: Store, hub: FakeHub, pull_loop: PullLoop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.pages = [{"participants": [person(str(number))], "total": 1_000_000} for number in range(5)]
    monkeypatch.setattr(event_pull, "LARGE_SNAPSHOT", 1)
    assert pull_loop.run_once()
    monkeypatch.setattr(store, "disk_space", lambda: DiskSpace(FULL_BYTES - 1))
    with pytest.raises(StoreError) as raised:
        pull_loop.run_once()
    assert raised.value.fault is StoreFault.FULL
    assert list(folder.glob("roster-*.db")) == []


def test_another_checkpoint_that_the_hub_assigns_replaces_the_operators_choice_once(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    enrolled = StationEnrolment(
        "http://hub", "device", "tenant", EVENT_ROW["id"], "gate-1", "Gate", "gate", ""
    )
    store.settings.save_enrolment(enrolled)
    hub.pages = snapshot([person("1")])
    hub.pages[0] |= {"events": [EVENT_ROW], "assigned_checkpoint_id": "gate-1"}
    store.settings.put(CHOSEN_CHECKPOINT, "chosen")

    def served() -> tuple[str | None, Any]:
        drain(pull_loop)
        enrolment, chosen = store.settings.enrolment_and_settings(CHOSEN_CHECKPOINT)
        assert enrolment is not None
        return enrolment.checkpoint_id, chosen

    assert served() == ("gate-1", "chosen"), "nothing new"
    hub.pages.append({"snapshot": False})
    assert served() == ("gate-1", "chosen"), "of an older hub"
    hub.pages.append({"snapshot": False, "assigned_checkpoint_id": "gate-2"})
    assert served() == ("gate-2", None)
    store.settings.put(CHOSEN_CHECKPOINT, "chosen")
    hub.pages.append({"snapshot": False, "assigned_checkpoint_id": "gate-2"})
    assert served() == ("gate-2", "chosen"), "the operator chose after the hub"
    hub.pages.append({"snapshot": False, "assigned_checkpoint_id": ""})
    assert served() == (None, "chosen"), "the operator chooses"


@pytest.mark.parametrize("hub_ms", [0, 2_900_000_000_000], ids=["1970", "2061"])
def test_the_rosters_age_counts_from_the_stations_time_whatever_the_hubs_clock_says(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock, hub_ms: int
) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0]["server_time_ms"] = hub_ms
    drain(pull_loop)
    assert store.venue.as_of() == clock.now()
    clock.advance(timedelta(minutes=5))
    assert store.venue.age(clock.now()) == timedelta(minutes=5)
    hub.pages.append({"snapshot": False, "server_time_ms": hub_ms})
    drain(pull_loop)
    assert store.venue.age(clock.now()) == timedelta(0)


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
    people = [person("1", standing="deleted"), person("9")]
    hub.pages.append({"epoch": "epoch-2", "participants": people, "total": 2, "cursor": "1"})
    drain(pull_loop)
    assert store.roster.count == 1
    assert store.feed.position() == ("epoch-2", "1")


@pytest.mark.parametrize(("known", "sent"), [(2, 1), (40, 1), (60, 50), (100, 50), (2000, 1999)])
def test_a_snapshot_that_lacks_anybody_is_doubted(
    store: Store, hub: FakeHub, pull_loop: PullLoop, known: int, sent: int
) -> None:
    people = [person(str(number), status="CANCELLED") for number in range(known)]
    hub.pages = snapshot(people)
    drain(pull_loop)
    hub.after = lambda path: raw_page(epoch="epoch-2", participants=people[:sent], total=sent, cursor="1")
    with pytest.raises(InvalidHubResponse, match=f"without {known - sent} of the {known}"):
        pull_loop.run_once()
    assert (cancelled := store.roster.find(str(known - 1))) is not None
    assert cancelled.status == "CANCELLED"


def test_whoever_was_refused_stays_refused_after_a_short_snapshot_was_believed(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    refused_people = [
        person("cancelled", status="CANCELLED"),
        person("blocked", standing="blocked:fraud"),
        person("deleted", standing="deleted"),
        person("replaced", tickets_valid_from=50),
        person("merged", standing="merged:cancelled"),
    ]
    hub.pages = snapshot([person("1"), person("2"), *refused_people])
    drain(pull_loop)
    for number in (2, 3):  # and after the next snapshot, too
        believe_short_snapshot(hub, pull_loop, clock, f"epoch-{number}")
        assert (store.roster.find("1") is not None, store.roster.find("2")) == (True, None)
        people = [store.roster.find(row[0]) for row in refused_people]
        assert [(row.status, row.standing, row.tickets_valid_from) for row in people if row] == [
            ("CANCELLED", "", 0),
            ("APPROVED", "blocked:fraud", 0),
            ("APPROVED", "deleted", 0),
            ("APPROVED", "", 50),
            ("CANCELLED", "", 0),
        ]
        assert (store.roster.count, store.feed.participant_count()) == (1, 1)
        assert (store.roster.search("lovelace")[0].id, store.roster.find_by_code("REG-cancelled")) == (
            "1",
            None,
        )
    hub.after = lambda path: raw_page(
        epoch="epoch-3", snapshot=False, participants=[person("cancelled")], cursor="9"
    )
    pull_loop.run_once()
    assert (back := store.roster.find("cancelled")) is not None
    assert (back.status, store.roster.count) == ("APPROVED", 2), "the hub knows the person again"


def believe_short_snapshot(hub: FakeHub, pull_loop: PullLoop, clock: ManualClock, epoch: str) -> None:
    hub.after = lambda path: raw_page(epoch=epoch, participants=[person("1")], total=1, cursor="1")
    for _ in range(BELIEVED_ANSWERS):
        with contextlib.suppress(InvalidHubResponse):
            pull_loop.run_once()
        clock.advance(timedelta(milliseconds=BETWEEN_ANSWERS_MS))


def test_people_whom_a_believed_snapshot_lacked_come_back_with_the_next_changes(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    queries: list[dict[str, str]] = []
    hub.fails = lambda path, payload: queries.append(payload)
    everybody = [person("1"), person("2"), person("3", status="CANCELLED")]
    hub.pages = snapshot(everybody)
    drain(pull_loop)
    believe_short_snapshot(hub, pull_loop, clock, "epoch-2")
    assert store.roster.find("2") is None
    whole = {"participants": everybody, "total": 3}
    hub.after = lambda path: (
        raw_page(epoch="epoch-2", cursor="2", **whole)
        if "cursor" not in queries[-1]
        else raw_page(epoch="epoch-2", snapshot=False, cursor="1", participant_count=3)
    )
    for _ in range(LIKE_DIFFERENCES + 1):
        assert store.roster.find("2") is None
        assert queries[-1].get("count") == "true" or len(queries) < 5
        pull_loop.run_once()
    assert store.roster.find("2") is not None
    assert store.roster.count == 3


def test_the_number_of_participants_is_asked_for_now_and_then_and_one_difference_is_no_fault(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    queries: list[dict[str, str]] = []
    hub.fails = lambda path, payload: queries.append(payload)
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    counts = iter([2, 1])
    hub.after = lambda path: raw_page(snapshot=False, cursor="1", participant_count=next(counts, None))
    for _ in range(4):
        pull_loop.run_once()
    assert ["count" in query for query in queries[1:]] == [True, True, False, False]
    assert all("cursor" in query for query in queries[1:]), "no snapshot is asked for"
    clock.advance(timedelta(milliseconds=COMPARE_EVERY_MS))
    pull_loop.run_once()
    assert "count" in queries[-1]


@pytest.mark.parametrize("answer", ["no event", "repeated", "refused", "other event"])
def test_a_position_that_leads_nowhere_is_dropped_for_a_snapshot(
    store: Store, hub: FakeHub, pull_loop: PullLoop, answer: str
) -> None:
    queries: list[dict[str, str]] = []
    store.settings.save_enrolment(
        StationEnrolment("http://hub", "device", "tenant", EVENT_ROW["id"], None, "Gate", "gate", "")
    )
    whole = {"participants": [person("1", status="CANCELLED")], "total": 1, "events": [EVENT_ROW]}
    answers = {
        "no event": lambda: raw_page(participants=[person("1")], total=1, cursor="9"),
        "repeated": lambda: raw_page(snapshot=False, more=True, cursor="7"),
        "refused": lambda: refused(400, "CursorUnknown"),
        "other event": lambda: raw_page(snapshot=False, events=[EVENT_ROW | {"id": "other"}], cursor="9"),
    }
    hub.fails = lambda path, payload: queries.append(payload)
    hub.after = lambda path: raw_page(**(whole | {"participants": [person("1")]}), cursor="7")
    pull_loop.run_once()
    hub.after = lambda path: answers[answer]() if "cursor" in queries[-1] else raw_page(**whole, cursor="8")
    with pytest.raises(HubClientError):
        pull_loop.run_once()
    drain(pull_loop, tries=1)
    assert (healed := store.roster.find("1")) is not None
    assert healed.status == "CANCELLED"
    assert store.feed.position() == ("epoch-1", "8")


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
    other = KEY | {"kid": "k2"}
    hub.pages = snapshot([person("1")], [person("2")])
    hub.pages[0]["keys"] = [KEY, other]
    pull_loop.run_once()
    assert len(store.keys.key_ring()) == 2
    pull_loop.run_once()
    hub.pages.append({"snapshot": False, "keys": [other]})
    pull_loop.run_once()
    assert store.keys.digest() == key_ring_digest([QrKeyRow(**KEY | {"kid": "k2"}).values()])


def test_an_empty_list_of_keys_leaves_the_last_good_ones(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0]["keys"] = [KEY]
    drain(pull_loop)
    hub.pages.append({"snapshot": False, "keys": []})
    drain(pull_loop)
    assert len(store.keys.key_ring()) == 1
    assert "keys" in pull_loop.not_understood


def test_the_station_says_which_keys_it_has(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    queries: list[dict[str, str]] = []
    hub.fails = lambda path, payload: queries.append(payload)
    hub.pages = snapshot([person("1")])
    hub.pages[0]["keys"] = [KEY]
    drain(pull_loop)
    drain(pull_loop)
    assert queries[0]["keys"] == ""
    assert queries[-1]["keys"] == key_ring_digest([QrKeyRow(**KEY).values()])


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


def test_an_unknown_word_in_one_row_stops_neither_keys_nor_revocations(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1"), person("2"), person("3")])
    drain(pull_loop)
    rows = [person("1", status="CANCELLED"), person("2", status="NO_SUCH_STATUS")]
    hub.after = lambda path: raw_page(participants=rows, keys=[KEY], snapshot=False, cursor="2")
    pull_loop.run_once()
    cancelled, unclear = store.roster.find("1"), store.roster.find("2")
    assert cancelled is not None
    assert cancelled.status == "CANCELLED"
    assert unclear is not None
    assert unclear.standing == "unclear:status"
    assert len(store.keys.key_ring()) == 1
    assert "NO_SUCH_STATUS" in pull_loop.not_understood


def test_a_row_that_is_understood_again_is_not_reported_any_more(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    hub.after = lambda path: raw_page(participants=[person("1", status="NEW")], snapshot=False, cursor="2")
    pull_loop.run_once()
    assert pull_loop.not_understood
    hub.after = lambda path: raw_page(participants=[person("1")], snapshot=False, cursor="3")
    pull_loop.run_once()
    assert pull_loop.not_understood == ""


def test_a_newer_program_pulls_again_what_the_last_one_did_not_understand(store: Store, hub: FakeHub) -> None:
    hub.pages = snapshot([person("1")])
    old = pull_loop_of(store, hub, "1")
    hub.after = lambda path: raw_page(participants=[person("1", status="NEW")], total=1, cursor="1")
    old.run_once()
    hub.after = lambda path: None
    assert pull_loop_of(store, hub, "1")._served._position() is not None
    new = pull_loop_of(store, hub, "2")
    drain(new)
    assert (participant := store.roster.find("1")) is not None
    assert participant.standing == ""
    assert new.not_understood == ""
    assert new._served._position() is not None


def test_a_row_without_an_id_does_not_make_a_snapshot_incomplete(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.after = lambda path: raw_page(participants=[person("1"), [None]], total=2, cursor="1")
    pull_loop.run_once()
    assert store.roster.count == 1


def repeat_doubted(pull_loop: PullLoop, clock: ManualClock, match: str) -> None:
    """Pull a snapshot that is doubted until the next answer is believed."""
    for _ in range(BELIEVED_ANSWERS - 1):
        for _ in range(3):  # answers at once do not count
            with pytest.raises(InvalidHubResponse, match=match):
                pull_loop.run_once()
        clock.advance(timedelta(milliseconds=BETWEEN_ANSWERS_MS))


def test_an_empty_snapshot_ends_no_admission_until_the_hub_repeats_it(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    hub.after = lambda path: raw_page(epoch="epoch-2", total=0, cursor="1")
    repeat_doubted(pull_loop, clock, "an empty list")
    assert store.roster.count == 1
    pull_loop.run_once()
    assert store.roster.count == 0


def test_a_short_snapshot_does_not_make_cancelled_people_unknown(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person(str(number), status="CANCELLED") for number in range(200)])
    drain(pull_loop)
    hub.after = lambda path: raw_page(epoch="epoch-2", participants=[person("1")], total=1, cursor="1")
    with pytest.raises(InvalidHubResponse, match="without 199 of the 200 participants"):
        pull_loop.run_once()
    assert (cancelled := store.roster.find("150")) is not None
    assert cancelled.status == "CANCELLED"
    hub.after = lambda path: None
    hub.pages.append({"snapshot": False, "participants": [person("1", status="CANCELLED")]})
    drain(pull_loop)
    assert (healed := store.roster.find("1")) is not None
    assert healed.status == "CANCELLED"


def test_a_short_snapshot_is_believed_once_the_hub_has_repeated_it_some_minutes_apart(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person(str(number)) for number in range(200)])
    drain(pull_loop)
    hub.after = lambda path: raw_page(epoch="epoch-2", participants=[person("1")], total=1, cursor="1")
    repeat_doubted(pull_loop, clock, "199 of the 200")
    pull_loop.run_once()
    assert store.roster.count == 1


def test_people_who_are_marked_as_deleted_have_not_vanished(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person(str(number)) for number in range(200)])
    drain(pull_loop)
    deleted = [person(str(number), standing="deleted") for number in range(200)]
    hub.pages.append({"epoch": "epoch-2", "participants": deleted, "total": 200})
    drain(pull_loop)
    assert store.roster.count == 0


def test_a_snapshot_without_known_checkpoints_does_not_end_admission(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0]["checkpoints"] = [CHECKPOINT_ROW]
    drain(pull_loop)
    hub.after = lambda path: raw_page(epoch="epoch-2", participants=[person("1")], total=1, cursor="1")
    repeat_doubted(pull_loop, clock, "without checkpoints")
    assert store.venue.checkpoint(CHECKPOINT_ROW["id"]) is not None
    pull_loop.run_once()
    assert store.venue.checkpoint(CHECKPOINT_ROW["id"]) is None


def test_a_checkpoint_that_is_marked_as_deleted_has_not_vanished(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0]["checkpoints"] = [CHECKPOINT_ROW]
    drain(pull_loop)
    deleted = {"participants": [person("1")], "total": 1, "checkpoints": [CHECKPOINT_ROW | {"deleted": True}]}
    hub.pages.append({"epoch": "epoch-2"} | deleted)
    drain(pull_loop)
    assert store.venue.checkpoints() == ()


WRONG_LISTS: list[Any] = [{"a": 1}, None, "text", ["x"] * 3000, [[None, "CANCELLED"]]]


@pytest.mark.parametrize("kind", ["participants", "presence", "events", "checkpoints", "conflicts"])
@pytest.mark.parametrize("rows", WRONG_LISTS, ids=["object", "null", "text", "words", "no id"])
def test_a_revocation_in_a_list_that_was_lost_arrives_with_the_next_snapshot(
    store: Store, hub: FakeHub, pull_loop: PullLoop, kind: str, rows: Any
) -> None:
    hub.pages = snapshot([person("1"), person("2")])
    drain(pull_loop)
    lossy = {"participants": [person("2", status="CANCELLED")], "keys": [KEY]} | {kind: rows}
    hub.after = lambda path: raw_page(snapshot=False, cursor="2", **lossy)
    with pytest.raises(InvalidHubResponse, match="can't be read"):
        pull_loop.run_once()
    assert len(store.keys.key_ring()) == 1
    assert (other := store.roster.find("2")) is not None
    assert other.status == ("APPROVED" if kind == "participants" else "CANCELLED")
    assert kind in pull_loop.not_understood
    hub.after = lambda path: raw_page(
        participants=[person("1", status="CANCELLED"), person("2")], total=2, cursor="9"
    )
    drain(pull_loop)
    assert (revoked := store.roster.find("1")) is not None
    assert revoked.status == "CANCELLED"
    assert pull_loop.not_understood == ""


def test_lost_rows_are_pulled_again_after_a_restart_too(store: Store, hub: FakeHub) -> None:
    hub.pages = snapshot([person("1")])
    before = pull_loop_of(store, hub, "1")
    drain(before)
    hub.after = lambda path: raw_page(snapshot=False, cursor="2", participants={"a": 1})
    with pytest.raises(InvalidHubResponse):
        before.run_once()
    assert pull_loop_of(store, hub, "1")._served._position() is None


def test_a_hub_that_goes_on_losing_rows_sends_snapshots_now_and_then_and_deltas_between(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    queries: list[dict[str, str]] = []
    hub.fails = lambda path, payload: queries.append(payload)
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    queries.clear()
    hub.after = lambda path: raw_page(
        snapshot="cursor" not in queries[-1], total=1, participants=[person("1"), ["", ""]], cursor="2"
    )
    for _ in range(120):
        with contextlib.suppress(InvalidHubResponse):
            pull_loop.run_once()
        clock.advance(timedelta(seconds=5))
    snapshots = [query for query in queries if "cursor" not in query]
    assert 5 <= len(snapshots) <= 9, "in ten minutes"
    hub.after = lambda path: raw_page(participants=[person("1", status="CANCELLED")], total=1, cursor="3")
    clock.advance(timedelta(milliseconds=LOST_RETRY_CAP_MS))
    drain(pull_loop)
    assert pull_loop.not_understood == ""


def test_a_row_that_was_not_understood_is_pulled_again_every_ten_minutes(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    clock.advance(timedelta(hours=1))
    hub.after = lambda path: raw_page(participants=[person("1", status="NEW")], snapshot=False, cursor="1")
    pull_loop.run_once()
    hub.after = lambda path: None
    drain(pull_loop)
    assert (unclear := store.roster.find("1")) is not None
    assert unclear.standing == "unclear:status"
    clock.advance(timedelta(milliseconds=UNCLEAR_RETRY_MS))
    drain(pull_loop)
    assert (clear := store.roster.find("1")) is not None
    assert clear.standing == ""
    assert pull_loop.not_understood == ""


def test_a_snapshot_that_is_not_used_leaves_the_unclear_rows_on_record(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.after = lambda path: raw_page(participants=[person("1", status="NEW")], total=1, cursor="1")
    pull_loop.run_once()
    hub.after = lambda path: raw_page(epoch="epoch-2", total=7, participants=[person("1")], cursor="1")
    with pytest.raises(InvalidHubResponse, match="announced 7"):
        pull_loop.run_once()
    assert "NEW" in pull_loop.not_understood


def test_a_snapshot_of_another_event_is_not_taken(store: Store, hub: FakeHub, pull_loop: PullLoop) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0] |= {"events": [EVENT_ROW], "keys": [KEY]}
    store.settings.save_enrolment(
        StationEnrolment("http://hub", "device", "tenant", EVENT_ROW["id"], None, "Gate", "gate", "")
    )
    drain(pull_loop)
    wrong = {"events": [EVENT_ROW | {"id": "other"}], "keys": [KEY | {"kid": "x"}]}
    hub.after = lambda path: raw_page(epoch="epoch-2", participants=[person("9")], total=1, **wrong)
    with pytest.raises(InvalidHubResponse, match="without this station's event"):
        pull_loop.run_once()
    assert store.roster.find("1") is not None
    assert store.keys.digest() == key_ring_digest([QrKeyRow(**KEY | {"kid": "k1"}).values()])
    hub.after = lambda path: None
    hub.pages.append({"snapshot": False, "participants": [person("1", status="CANCELLED")]})
    drain(pull_loop)
    assert (healed := store.roster.find("1")) is not None
    assert healed.status == "CANCELLED"


@pytest.mark.parametrize("failure", ["slow", "large"])
def test_pages_get_smaller_where_they_do_not_arrive_and_larger_again(
    store: Store, hub: FakeHub, pull_loop: PullLoop, failure: str
) -> None:
    limits: list[int] = []

    def fails(path: str, payload: Any) -> httpx.Response | None:
        limits.append(int(payload["limit"]))
        if len(limits) > 2:
            return None
        if failure == "slow":
            raise httpx.ReadTimeout("slow")
        return httpx.Response(200, content=b"x" * (5 << 20), headers={"content-type": "application/json"})

    hub.pages = snapshot([person("1")], [person("2")], [person("3")])
    hub.fails = fails
    drain(pull_loop)
    assert limits == [1000, 500, 250, 500, 1000]


def test_a_checkpoint_that_was_deleted_before_may_be_missing(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    hub.pages = snapshot([person("1")])
    hub.pages[0]["checkpoints"] = [CHECKPOINT_ROW | {"deleted": True}]
    drain(pull_loop)
    hub.pages.append({"epoch": "epoch-2", "participants": [person("1")], "total": 1})
    drain(pull_loop)
    assert store.feed.position() == ("epoch-2", "2")


def test_a_list_of_which_a_part_was_lost_makes_the_roster_no_younger(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person("1")])
    drain(pull_loop)
    clock.advance(timedelta(minutes=5))
    hub.after = lambda path: raw_page(snapshot=False, cursor="2", participants=[["", ""]])
    with pytest.raises(InvalidHubResponse):
        pull_loop.run_once()
    assert store.venue.age(clock.now()) == timedelta(minutes=5)


def test_a_snapshot_that_leads_nowhere_is_not_asked_for_again_before_the_stored_position(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    queries: list[dict[str, str]] = []
    hub.pages = snapshot([person("1")])
    drain(pull_loop)

    def refuse(_path: str, query: dict[str, str]) -> httpx.Response:
        queries.append(query)
        return refused(400, "CursorUnknown")

    hub.fails = refuse
    for _ in range(4):
        with pytest.raises(HubRefused):
            pull_loop.run_once()
    assert ["cursor" in query for query in queries] == [True, False, True, False]


def test_changes_between_end_the_belief_in_a_short_snapshot(
    store: Store, hub: FakeHub, pull_loop: PullLoop, clock: ManualClock
) -> None:
    hub.pages = snapshot([person("1"), person("2")])
    drain(pull_loop)
    for _ in range(BELIEVED_ANSWERS + 1):
        hub.after = lambda path: raw_page(epoch="epoch-2", participants=[person("1")], total=1, cursor="1")
        with pytest.raises(InvalidHubResponse):
            pull_loop.run_once()
        hub.after = lambda path: raw_page(snapshot=False, cursor="1")
        pull_loop.run_once()
        clock.advance(timedelta(milliseconds=BETWEEN_ANSWERS_MS))
    assert store.roster.find("2") is not None


def test_operators_are_stored_from_the_first_page_of_a_snapshot_and_their_digest_is_sent(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    digests: list[str] = []
    hub.fails = lambda path, payload: digests.append(payload["operators"])
    hub.pages = [
        {"participants": [person("p-1")], "total": 2, "more": True, "operators": [MARA.model_dump()]},
        {"participants": [person("p-2")], "total": 2, "more": False},
        {"snapshot": False, "operators": []},
    ]
    assert pull_loop.run_once()
    assert store.operators.all() == (MARA,)
    assert not pull_loop.run_once()
    assert not pull_loop.run_once()
    assert store.operators.all() == (), "a revoked operator ends with the pull that says so"
    assert digests == ["", operators_digest((MARA,)), operators_digest((MARA,))]


def test_the_other_stations_are_stored_and_their_digest_is_sent(
    store: Store, hub: FakeHub, pull_loop: PullLoop
) -> None:
    side_gate = PeerRow(id="d-2", name="Side gate", public_key="dk1", addresses=("192.0.2.7",), port=47471)
    digests: list[str] = []
    hub.fails = lambda path, payload: digests.append(payload["peers"])
    hub.pages = [
        {"participants": [person("p-1")], "total": 1, "more": False, "peers": [side_gate.model_dump()]},
        {"snapshot": False, "more": False},
        {"snapshot": False, "more": False, "peers": []},
    ]
    assert not pull_loop.run_once()
    assert store.peers.all() == (side_gate,)
    assert not pull_loop.run_once()
    assert store.peers.all() == (side_gate,)
    assert not pull_loop.run_once()
    assert store.peers.all() == (), "a revoked station ends with the pull that says so"
    assert digests == ["", peers_digest((side_gate,)), peers_digest((side_gate,))]

"""The push loop: each row exactly once, whatever the network and the hub do."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from hub_sync.client.http.errors import HubRefused, HubServerError, HubUnreachable, StationRevoked
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.push_loop import ALARM_SETTING, COMPARE_EVERY_S, PushLoop
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import ClockCorrection, PushRequest
from tests.hub_sync.client.fake_hub import FakeHub, person, refused, scan
from tests.hub_sync.client.store.roster.test_roster import pull


@pytest.fixture
def hub(clock: ManualClock) -> FakeHub:
    return FakeHub(clock)


@pytest.fixture
def push_loop(store: Store, hub: FakeHub, clock: ManualClock) -> PushLoop:
    """Return the push loop of a boot whose anchor is set."""
    store.boots.get_or_create(clock.boot_id, 0, 0)
    store.boots.set_anchor(clock.boot_id, 777, 0)
    return PushLoop(store, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock)


def write(store: Store, count: int, **changes: Any) -> list[str]:
    store._file.run("PRAGMA synchronous = OFF")  # how durable a row is, is tested elsewhere
    return [store.journal.append(scan(f"p{number}", **changes)).record.id for number in range(count)]


def drain(push_loop: PushLoop, tries: int = 200) -> int:
    """Run until all is acknowledged; returns how many attempts failed."""
    failed = 0
    for _ in range(tries):
        try:
            if not push_loop.run_once().more:
                return failed
        except (HubUnreachable, HubServerError):
            failed += 1
    raise AssertionError("it never ended")


def test_every_scan_arrives_once_and_in_order(store: Store, hub: FakeHub, push_loop: PushLoop) -> None:
    ids = write(store, 2500)
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids
    assert store.journal.backlog().rows == 0
    assert hub.calls == ["push"] * 3, "a thousand rows a push, and no more calls than that"


def test_nothing_to_send_asks_the_hub_nothing(hub: FakeHub, push_loop: PushLoop) -> None:
    assert not push_loop.run_once().more
    assert hub.calls == []


def test_large_pushes_are_compressed(store: Store, hub: FakeHub, push_loop: PushLoop) -> None:
    write(store, 100)
    push_loop.run_once()
    assert hub.headers["content-encoding"] == "zstd"


def test_a_hub_that_takes_no_zstd_gets_it_plain(store: Store, hub: FakeHub, push_loop: PushLoop) -> None:
    write(store, 100)
    hub.fails = lambda path, payload: (
        refused(415, "UnsupportedEncoding") if "content-encoding" in hub.headers else None
    )
    drain(push_loop)
    assert len(hub.scans()) == 100


def test_an_answer_lost_after_the_commit_leaves_one_row_each(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 5)
    lost = iter([True, True])

    def after(path: str) -> None:
        if next(lost, False):
            raise httpx.ReadError("connection reset")

    hub.after = after
    assert drain(push_loop) == 2
    assert [row["id"] for row in hub.scans()] == ids


def test_a_slow_line_is_given_less_at_a_time(store: Store, hub: FakeHub, push_loop: PushLoop) -> None:
    ids = write(store, 100)

    def fails(path: str, payload: PushRequest) -> None:
        if len(payload.items) > 30:
            raise httpx.WriteTimeout("too much")

    hub.fails = fails
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids


def test_the_anchor_of_the_boot_travels_with_its_rows(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    sent: list[PushRequest] = []
    hub.fails = lambda path, payload: sent.append(payload)
    write(store, 1)
    write(store, 1, boot_id="boot-0")
    drain(push_loop)
    assert sent[0].anchors == {"boot-1": 777}


def test_a_hub_that_refuses_the_anchors_has_no_row_set_aside(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    hub.fails = lambda path, payload: refused(422, "PushUnreadable") if payload.anchors else None
    write(store, 3)
    for _ in range(5):
        with pytest.raises(HubRefused):
            push_loop.run_once()
    waiting = store.journal.backlog()
    assert (waiting.rows, waiting.set_aside) == (3, 0)
    hub.fails = lambda path, payload: None
    drain(push_loop)
    assert len(hub.scans()) == 3


def test_the_hubs_time_is_measured_before_the_first_rows_of_a_boot_go_up(
    store: Store, hub: FakeHub, clock: ManualClock
) -> None:
    sent: list[PushRequest] = []
    hub.fails = lambda path, payload: sent.append(payload) if path == "push" else None
    write(store, 1)
    drain(PushLoop(store, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock))
    assert (set(hub.calls[:-1]), hub.calls[-1]) == ({"time"}, "push")
    assert sent[0].anchors == {"boot-1": epoch_ms(clock.now()) - clock.monotonic_ms()}


def test_no_push_has_more_boots_than_there_is_room_for(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    for number in range(130):
        boot = f"boot-{number}"
        store.boots.get_or_create(boot, 0, 0)
        store.boots.set_anchor(boot, number, 0)
        store.journal.append(scan(boot_id=boot))
    drain(push_loop)
    assert len(hub.scans()) == 130


def test_a_hub_restored_from_its_backup_gets_the_rest_again(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 10)
    drain(push_loop)
    (rows,) = hub.journals.values()
    del rows[4:]
    ids += write(store, 1)
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids
    assert store.settings.get(ALARM_SETTING) is None


def test_a_hub_that_lost_everything_gets_everything(store: Store, hub: FakeHub, push_loop: PushLoop) -> None:
    ids = write(store, 10)
    drain(push_loop)
    hub.journals.clear()
    ids += write(store, 1)
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids


def test_a_restored_hub_gets_what_it_lacks_without_another_scan(
    store: Store, hub: FakeHub, clock: ManualClock
) -> None:
    restarted = threading.Event()
    push_loop = PushLoop(
        store, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock, hub_restarted=restarted
    )
    ids = write(store, 10)
    drain(push_loop)
    (rows,) = hub.journals.values()
    del rows[4:]
    assert not push_loop.run_once().more, "compared a moment ago"
    restarted.set()  # the pull loop got a snapshot
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids
    assert not restarted.is_set()
    assert store.settings.get(ALARM_SETTING) is None


@pytest.mark.parametrize("how", ["later", "program started again"])
def test_a_hub_that_holds_less_is_noticed_without_a_new_epoch_too(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock, how: str
) -> None:
    ids = write(store, 10)
    drain(push_loop)
    hub.journals.clear()
    if how == "later":
        clock.advance(timedelta(seconds=COMPARE_EVERY_S))
    else:
        push_loop = PushLoop(store, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock)
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids


def two_journals(store: Store, hub: FakeHub, push_loop: PushLoop) -> list[str]:
    ids = write(store, 5)
    drain(push_loop)
    store.outbox.start_new_incarnation("a restored backup")
    ids += write(store, 3)
    drain(push_loop)
    assert len(hub.journals) == 2
    return ids


def test_a_restored_hub_gets_the_rows_of_earlier_journals_under_their_own_id(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock
) -> None:
    ids = two_journals(store, hub, push_loop)
    before = {journal_id: list(rows) for journal_id, rows in hub.journals.items()}
    hub.journals.clear()
    clock.advance(timedelta(seconds=COMPARE_EVERY_S))
    drain(push_loop)
    assert hub.journals == before
    assert {row["id"] for row in hub.scans()} == set(ids)
    assert store.journal.backlog().rows == 0


def test_a_push_that_meets_the_restored_hub_makes_the_earlier_journals_compared_too(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = two_journals(store, hub, push_loop)
    hub.journals.clear()
    ids += write(store, 1)
    drain(push_loop)
    assert {row["id"] for row in hub.scans()} == set(ids)


def test_a_restored_hub_gets_the_notes_of_rows_that_were_set_aside_again(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock
) -> None:
    ids = write(store, 3)
    store.outbox.set_aside(2, "the hub failed on it")
    drain(push_loop)
    hub.journals.clear()
    clock.advance(timedelta(seconds=COMPARE_EVERY_S))
    drain(push_loop)
    (rows,) = hub.journals.values()
    assert [row[2] for row in rows] == [None, "the hub failed on it", None]
    assert [row["id"] for row in hub.scans()] == [ids[0], ids[2]]


def test_a_row_that_a_restored_hub_quarantines_again_counts_once_and_not_if_it_is_accepted(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock
) -> None:
    write(store, 2)
    verdicts = iter(("QUARANTINED", "QUARANTINED", "ACCEPTED"))

    def push(payload: PushRequest) -> httpx.Response:
        body = orjson.loads(original(payload).content)
        for answer in body["verdicts"]:
            if answer["sequence"] == 1 and answer["verdict"] == "ACCEPTED":
                answer["verdict"], answer["code"] = next(verdicts), "UnknownCheckpoint"
        return httpx.Response(200, json=body)

    original = hub.push
    hub.push = push  # type: ignore[method-assign]
    counts = []
    for _ in range(3):
        hub.journals.clear()
        clock.advance(timedelta(seconds=COMPARE_EVERY_S))
        drain(push_loop)
        counts.append(store.journal.backlog().quarantined)
    assert counts == [1, 1, 0]


def test_a_restored_hub_that_holds_other_rows_gets_everything_in_a_new_journal(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock
) -> None:
    ids = write(store, 6)
    drain(push_loop)
    (rows,) = hub.journals.values()
    rows[2:] = [("another station's", "ab" * 32, None)]
    clock.advance(timedelta(seconds=COMPARE_EVERY_S))
    drain(push_loop)
    newest = hub.journals[store.outbox.acknowledged().journal_id]
    assert [orjson.loads(body)["id"] for body, _, _ in newest] == ids
    assert "have diverged" in store.settings.get(ALARM_SETTING)
    clock.advance(timedelta(seconds=COMPARE_EVERY_S))
    drain(push_loop)
    assert len(hub.journals) == 2, "and only once"


def test_another_enrolments_rows_are_never_sent_also_not_to_a_restored_hub(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock
) -> None:
    write(store, 3)
    drain(push_loop)
    write(store, 2)
    store.outbox.start_new_incarnation("enrolled again", leave_unsent=True)
    ids = write(store, 1)
    hub.journals.clear()
    for _ in range(2):
        clock.advance(timedelta(seconds=COMPARE_EVERY_S))
        drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids
    assert store.journal.backlog().rows == 0


def test_a_poisoned_row_is_set_aside_and_blocks_nothing_behind_it(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 300)
    poison = ids[137]
    hub.fails = lambda path, payload: (
        httpx.Response(500) if path == "push" and any(poison in item.body for item in payload.items) else None
    )
    assert drain(push_loop) == 2, "two strikes are waited out, the third sets it aside"
    assert [row["id"] for row in hub.scans()] == ids[:137] + ids[138:]
    assert store.journal.backlog().rows == 0
    assert store.journal.backlog().set_aside == 1
    assert poison in {row.record.id for row in store.journal.rows()}
    ((*_, reason),) = [row for rows in hub.journals.values() for row in rows if row[2]]
    assert "fault" in (reason or "")
    assert store.journal.verify() is None


def test_a_row_that_the_hub_cannot_read_is_set_aside_at_once(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 3)
    hub.fails = lambda path, payload: (
        refused(422, "PushUnreadable") if any(ids[1] in item.body for item in payload.items) else None
    )
    assert drain(push_loop) == 0
    assert store.journal.backlog().set_aside == 1


def test_two_poisoned_rows_side_by_side_are_both_set_aside(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 20)
    bad = ids[6:8]
    hub.fails = lambda path, payload: (
        httpx.Response(500) if any(id_ in item.body for id_ in bad for item in payload.items) else None
    )
    drain(push_loop)
    assert store.journal.backlog().set_aside == 2
    assert len(hub.scans()) == 18


def test_a_hub_that_is_ill_altogether_sets_nothing_aside(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    write(store, 5)
    hub.fails = lambda path, payload: httpx.Response(503) if path == "push" else None
    for _ in range(30):
        with pytest.raises(HubServerError):
            push_loop.run_once()
    assert store.journal.backlog().set_aside == 0
    hub.fails = lambda path, payload: None
    assert drain(push_loop) == 0
    assert len(hub.scans()) == 5


def test_a_storm_of_errors_now_and_then_sets_nothing_aside(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 50)
    calls = iter(range(10_000))
    hub.fails = lambda path, payload: httpx.Response(502) if payload.items and next(calls) % 2 == 0 else None
    drain(push_loop)
    assert store.journal.backlog().set_aside == 0
    assert [row["id"] for row in hub.scans()] == ids


def test_a_lost_wal_parts_the_journals_and_is_never_silent(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    """The hub holds rows that this disk has lost, and others come in their place."""
    write(store, 5)
    drain(push_loop)
    (rows,) = hub.journals.values()
    ((name, _),) = hub.journals.items()
    rows[3:] = [("lost", "ab" * 32, None), ("lost", "cd" * 32, None)]
    store.outbox.acknowledge(3, rows[2][1])
    before = store.outbox.acknowledged().journal_id
    drain(push_loop)
    assert store.outbox.acknowledged().journal_id != before
    assert "have diverged" in store.settings.get(ALARM_SETTING)
    assert store.journal.verify() is None
    assert len(hub.journals) == 2
    assert len(hub.journals[name]) == 5, "the hub's copy is not touched"


def test_a_hub_that_acknowledges_what_was_never_sent_is_a_parting_too(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    write(store, 2)
    lies = iter([True])

    def after(path: str) -> httpx.Response | None:
        if not next(lies, False):
            return None
        acknowledged = {
            "journal_id": store.outbox.acknowledged().journal_id,
            "sequence": 9,
            "head": "ab" * 32,
        }
        return httpx.Response(200, json={"verdicts": [], "acknowledged": acknowledged, "server_time_ms": 0})

    hub.after = after
    drain(push_loop)
    assert "has not written it" in store.settings.get(ALARM_SETTING)
    assert store.journal.backlog().rows == 0


@pytest.mark.parametrize("code", ["JournalForked", "ChainBroken"])
def test_a_hub_that_refuses_every_journal_does_not_make_rows_multiply(
    store: Store, hub: FakeHub, push_loop: PushLoop, code: str
) -> None:
    write(store, 3)
    hub.fails = lambda path, payload: refused(409, code)
    assert push_loop.run_once().more
    for _ in range(5):
        with pytest.raises(HubServerError, match="not a new one either"):
            push_loop.run_once()
    assert len(list(store.journal.rows())) == 6


def test_a_hub_that_takes_rows_and_acknowledges_none_is_a_fault_not_a_loop(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    write(store, 3)
    journal_id = store.outbox.acknowledged().journal_id
    acknowledged = {"journal_id": journal_id, "sequence": 0, "head": ""}
    hub.after = lambda path: httpx.Response(
        200, json={"verdicts": [], "acknowledged": acknowledged, "server_time_ms": 0}
    )
    with pytest.raises(HubServerError, match="does not acknowledge"):
        push_loop.run_once()


def test_an_answer_about_another_journal_is_not_believed(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    rows = write(store, 1)
    acknowledged = {"journal_id": "0" * 36, "sequence": 1, "head": "ab" * 32}
    hub.after = lambda path: httpx.Response(
        200, json={"verdicts": [], "acknowledged": acknowledged, "server_time_ms": 0}
    )
    with pytest.raises(HubServerError, match="another journal"):
        push_loop.run_once()
    assert store.journal.backlog().rows == len(rows)


def test_what_the_hub_quarantined_is_counted_for_good_but_a_known_scan_is_not(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock, opened: Callable[[], Store]
) -> None:
    write(store, 2)
    hub.push(PushRequest(journal_id=store.outbox.acknowledged().journal_id, sent_at_ms=0, items=()))

    def after(path: str) -> httpx.Response:
        last = store.journal.last()
        assert last is not None
        acknowledged = {"journal_id": last.journal_id, "sequence": 2, "head": last.hash}
        verdicts = [
            {"sequence": 1, "verdict": "QUARANTINED", "code": "WrongDevice"},
            {"sequence": 2, "verdict": "QUARANTINED", "code": "DuplicateId"},
        ]
        return httpx.Response(
            200, json={"verdicts": verdicts, "acknowledged": acknowledged, "server_time_ms": 0}
        )

    hub.after = after
    assert push_loop.run_once().quarantined == 1
    assert not push_loop.run_once().more
    store.close()
    again = opened()
    assert again.journal.backlog().quarantined == 1
    engine = SyncEngine(
        again.open_session,
        lambda: HubApi("http://hub", transport=httpx.MockTransport(hub)),
        clock=clock,
    )
    work = engine._push()
    assert work.refresh is not None
    work.refresh()
    work.close()
    assert engine.status.quarantined == 1


def test_another_refusal_is_passed_on(store: Store, hub: FakeHub, push_loop: PushLoop) -> None:
    write(store, 1)
    hub.fails = lambda path, payload: refused(403, "NotAllowed", "Not you.")
    with pytest.raises(HubRefused, match="Not you") as failure:
        push_loop.run_once()
    assert (failure.value.code, failure.value.status) == ("NotAllowed", 403)
    assert store.journal.backlog().rows == 1


def test_after_a_restart_pushing_goes_on_from_what_was_acknowledged(
    store: Store, hub: FakeHub, push_loop: PushLoop, clock: ManualClock, opened: Callable[[], Store]
) -> None:
    ids = write(store, 1500)
    push_loop.run_once()
    store.close()
    again = opened()
    drain(PushLoop(again, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock))
    assert [row["id"] for row in hub.scans()] == ids
    assert hub.calls == ["push", "push"]


def test_the_hub_learns_of_a_time_that_was_known_after_the_rows_were_sent(
    store: Store, hub: FakeHub, clock: ManualClock
) -> None:
    corrections: list[tuple[ClockCorrection, ...]] = []

    def fails(path: str, payload: Any) -> None:
        if path == "push":
            corrections.append(payload.corrections)

    hub.fails = fails
    api = HubApi("http://hub", transport=httpx.MockTransport(hub))
    push_loop = PushLoop(store, api, clock)
    clock.jump(timedelta(days=1))
    hub.clock = ManualClock(clock.now() - timedelta(days=1))
    store.journal.append(scan("p1", monotonic_ms=clock.monotonic))
    while push_loop.run_once().more:
        continue
    assert set(corrections) == {()}, "the hub's time is not confirmed yet"
    clock.advance(timedelta(minutes=2))
    hub.clock.advance(timedelta(minutes=2))
    TimeLoop(store, api, clock).run_once()
    push_loop.run_once()
    (sent,) = (correction for batch in corrections for correction in batch)
    assert sent == ClockCorrection(boot_id="boot-1", anchor_ms=epoch_ms(hub.clock.now()) - clock.monotonic)
    assert store.boots.corrections() == ()


def test_a_hub_that_fails_on_the_note_of_a_row_is_a_fault_not_a_loop(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    write(store, 1)
    hub.fails = lambda path, payload: httpx.Response(500) if path == "push" and payload.items else None
    for _ in range(2):
        with pytest.raises(HubServerError):
            push_loop.run_once()
    assert push_loop.run_once().more, "set aside"
    for _ in range(2):
        with pytest.raises(HubServerError):
            push_loop.run_once()


def test_a_revoked_station_whose_scans_nobody_takes_any_more_erases_names(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    pull(store, person("p1"))
    write(store, 1)
    store.access.record(DeviceStatus.REVOKED)
    hub.fails = lambda path, payload: refused(403, "DeviceRevoked")
    with pytest.raises(StationRevoked):
        push_loop.run_once()
    assert (store.roster.count, store.access.must_erase) == (0, False)
    assert store.journal.backlog().rows == 1


def test_rows_before_a_row_that_fails_are_not_sent_again(
    store: Store, hub: FakeHub, push_loop: PushLoop
) -> None:
    ids = write(store, 100)
    stored = 0

    def fails(path: str, payload: PushRequest) -> httpx.Response | None:
        nonlocal stored
        sequences = [item.sequence for item in payload.items]
        if not sequences:
            return None
        assert sequences[0] == stored + 1, "the hub has these already"
        if any(ids[49] in item.body for item in payload.items):
            return httpx.Response(500)
        stored = sequences[-1]
        return None

    hub.fails = fails
    drain(push_loop)
    assert [row["id"] for row in hub.scans()] == ids[:49] + ids[50:]
    assert stored == 100

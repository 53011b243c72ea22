from datetime import timedelta

import orjson
import pytest
import sqlcipher3.dbapi2 as sqlcipher

from hub_sync.client.store import JournalMismatch, Store
from hub_sync.client.store.journal.journal import canonical_json
from hub_sync.contract.enums import Mark
from hub_sync.contract.ids import new_id
from hub_sync.contract.operators import OperatorStamp
from hub_sync.contract.sync import Override
from hub_sync.rules.journal_chain import GENESIS, chain_hash
from tests.hub_sync.client.fake_hub import NOON, scan


def test_rows_are_numbered_from_one_without_a_gap(store: Store) -> None:
    assert [store.journal.append(scan()).sequence for _ in range(5)] == [1, 2, 3, 4, 5]


def test_each_hash_covers_the_body_and_the_row_before(store: Store) -> None:
    first, second = scan("p1"), scan("p2")
    first_row, second_row = store.journal.append(first), store.journal.append(second)
    assert first_row.hash == chain_hash(GENESIS, canonical_json(first).encode())
    assert second_row.hash == chain_hash(first_row.hash, canonical_json(second).encode())
    assert store.journal.verify() is None


def test_the_hashed_text_is_the_sorted_json_of_the_model() -> None:
    record = scan(
        "p1",
        marks=(Mark.CLOCK_UNSURE, Mark.ROSTER_STALE),
        override=Override(reason="knows her", operator="Kim \u00fc"),
        operator=OperatorStamp(id="op-1", name="Kim"),
    )
    members = record.model_dump(mode="json")
    assert canonical_json(record) == orjson.dumps(members, option=orjson.OPT_SORT_KEYS).decode()


def test_a_row_reads_back_as_it_was_written(store: Store) -> None:
    record = scan("p1", override_asked=True, code_digest="0" * 64, roster_age_s=7)
    written = store.journal.append(record)
    assert store.journal.last() == written
    assert list(store.journal.rows()) == [written]


def test_recording_the_same_scan_again_leaves_one_row_and_one_entry(store: Store) -> None:
    record = scan("p1")
    first = store.journal.append(record)
    assert store.journal.append(record) == first
    assert store.journal.backlog().rows == 1
    assert store.presence.get("p1", "hall", "event").entries == 1


@pytest.mark.parametrize("statement", ["UPDATE journal SET body = '{}'", "DELETE FROM journal"])
def test_sqlite_itself_refuses_to_change_a_row(store: Store, statement: str) -> None:
    store.journal.append(scan())
    with pytest.raises(sqlcipher.IntegrityError, match="append-only"):
        store._file.run(statement)


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (
            "UPDATE journal SET body = replace(body, 'p2', 'p9') WHERE position = 2",
            "row 2 was changed",
        ),
        ("DELETE FROM journal WHERE position = 2", "row 2 is missing"),
    ],
)
def test_verify_finds_what_was_tampered_with_past_the_triggers(
    store: Store, tampering: str, says: str
) -> None:
    for number in (1, 2, 3):
        store.journal.append(scan(f"p{number}"))
    store._file.run("DROP TRIGGER journal_refuses_update")
    store._file.run("DROP TRIGGER journal_refuses_delete")
    store._file.run(tampering)
    assert says in (store.journal.verify() or "")


def test_verify_and_export_walk_more_rows_than_fit_a_page(store: Store) -> None:
    store._file.run("PRAGMA synchronous = OFF")
    for _ in range(1005):
        store.journal.append(scan(None))
    assert store.journal.verify() is None
    assert [row.sequence for row in store.journal.rows()] == list(range(1, 1006))


def test_recent_is_newest_first_and_no_more_than_asked(store: Store) -> None:
    for _ in range(7):
        store.journal.append(scan())
    assert [row.sequence for row in store.journal.recent(3)] == [7, 6, 5]


def test_what_is_acknowledged_is_not_pending_and_stays_in_the_journal(store: Store) -> None:
    rows = [store.journal.append(scan()) for _ in range(5)]
    store.outbox.acknowledge(3, rows[2].hash)
    assert [row.sequence for row in store.outbox.pending(10)] == [4, 5]
    assert store.journal.backlog().rows == 2
    assert len(list(store.journal.rows())) == 5


def test_a_hub_that_was_restored_gets_the_rows_again(store: Store) -> None:
    rows = [store.journal.append(scan()) for _ in range(5)]
    store.outbox.acknowledge(5, rows[4].hash)
    store.outbox.acknowledge(2, rows[1].hash)
    assert [row.sequence for row in store.outbox.pending(10)] == [3, 4, 5]
    store.outbox.acknowledge(0, GENESIS)
    assert store.journal.backlog().rows == 5


@pytest.mark.parametrize(("sequence", "head"), [(2, "ab" * 32), (9, "ab" * 32), (0, "ab" * 32)])
def test_an_acknowledgement_of_what_was_never_written_changes_nothing(
    store: Store, sequence: int, head: str
) -> None:
    rows = [store.journal.append(scan()) for _ in range(3)]
    store.outbox.acknowledge(1, rows[0].hash)
    with pytest.raises(JournalMismatch):
        store.outbox.acknowledge(sequence, head)
    assert store.outbox.acknowledged().sequence == 1


def test_a_row_set_aside_is_pushed_as_a_note_counted_and_kept(store: Store) -> None:
    rows = [store.journal.append(scan()) for _ in range(3)]
    store.outbox.set_aside(2, "the hub failed on it")
    pending = store.outbox.pending(10)
    assert [(row.body == "", row.set_aside) for row in pending] == [
        (False, None),
        (True, "the hub failed on it"),
        (False, None),
    ]
    assert pending[1].hash == rows[1].hash
    assert store.journal.backlog().set_aside == 1
    assert [row.record.id for row in store.journal.rows()] == [row.record.id for row in rows]


def test_a_new_incarnation_carries_what_was_not_acknowledged_and_keeps_the_old_rows(store: Store) -> None:
    rows = [store.journal.append(scan(f"p{number}")) for number in range(4)]
    store.outbox.acknowledge(2, rows[1].hash)
    store.outbox.set_aside(3, "poison")
    journal_id = store.outbox.start_new_incarnation("test")
    assert journal_id != rows[0].journal_id
    pending = store.outbox.pending(10)
    assert [row.sequence for row in pending] == [1, 2]
    assert [row.set_aside for row in pending] == ["poison", None]
    assert store.journal.backlog().set_aside == 1
    third = store.journal.append(scan("p9"))
    assert (third.journal_id, third.sequence) == (journal_id, 3)
    assert store.journal.verify() is None
    ids = [row.record.id for row in store.journal.rows()]
    assert ids == [row.record.id for row in [*rows, *rows[2:], third]]
    recent = store.journal.recent_of_all("event", 4)
    assert [row.record.id for row in recent] == [third.record.id, *(row.record.id for row in rows[:0:-1])]
    assert [row.journal_id for row in recent] == [journal_id] * 3 + [rows[0].journal_id]
    assert [row.sequence for row in recent] == [3, 2, 1, 2]


def test_a_new_incarnation_without_unsent_rows_starts_at_one(store: Store) -> None:
    row = store.journal.append(scan())
    store.outbox.acknowledge(1, row.hash)
    store.outbox.start_new_incarnation("test")
    assert store.outbox.pending(10) == ()
    assert store.journal.last() is None
    assert store.journal.append(scan()).sequence == 1
    assert store.journal.verify() is None


def test_the_gate_and_the_sync_thread_see_one_journal(store: Store) -> None:
    with store.open_session() as other:
        row = store.journal.append(scan())
        assert [pending.hash for pending in other.outbox.pending(5)] == [row.hash]
        other.outbox.acknowledge(1, row.hash)
    assert store.journal.backlog().rows == 0


def test_ids_are_not_what_makes_a_row_the_same_but_the_last_one(store: Store) -> None:
    record = scan(id=new_id())
    store.journal.append(record)
    store.journal.append(scan())
    assert store.journal.append(record).sequence == 3  # the hub knows it by its id; here nothing is lost


@pytest.mark.parametrize(("seconds_after", "is_counted"), [(-60, True), (59, True), (61, False)])
def test_whoever_was_admitted_in_the_minute_before_a_roster_may_be_missing_in_it(
    store: Store, seconds_after: int, is_counted: bool
) -> None:
    row = store.journal.append(scan("p1"))
    store.outbox.acknowledge(row.sequence, row.hash)
    people = store.journal.people_since(NOON + timedelta(seconds=seconds_after), "event")
    assert people == ({"p1": 1} if is_counted else {})


def test_a_hub_may_hold_more_of_a_closed_journal_than_is_sent_under_its_id(store: Store) -> None:
    rows = [store.journal.append(scan(f"p{number}")) for number in range(3)]
    store.outbox.acknowledge(1, rows[0].hash)
    store.outbox.start_new_incarnation("diverged")
    store.outbox.acknowledge(3, rows[2].hash, rows[0].journal_id)
    assert store.outbox.prefixes()[0].sequence == 1
    assert store.journal.backlog().rows == 2, "copied to the new journal"


def test_several_scans_are_written_together_and_a_second_call_changes_nothing(store: Store) -> None:
    records = [scan(participant_id=who) for who in ("mum", "kid", "kit")]
    rows = store.journal.append_all(records)
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert store.journal.append_all(records) == rows
    assert [row.record for row in store.journal.rows()] == records
    assert store.journal.verify() is None
    assert store.presence.get("kit", "hall", "event").inside


def test_two_sessions_that_write_in_turn_continue_one_chain(store: Store) -> None:
    with store.open_session() as other:
        for number, session in enumerate((store, other, store, store, other, store), 1):
            assert session.journal.append(scan(f"p{number}")).sequence == number
    assert store.journal.verify() is None


def test_a_row_that_could_not_be_committed_is_not_taken_for_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.journal.append(scan("p1"))
    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(store.journal._memory, "record", _fail)
        with pytest.raises(ZeroDivisionError):
            store.journal.append(scan("p2"))
    assert store.journal.append(scan("p3")).sequence == 2
    assert store.journal.verify() is None


def _fail(*_: object) -> None:
    raise ZeroDivisionError

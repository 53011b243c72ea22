"""One test for each migration step, over rows of the step before; then the whole chain."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlite_utils import Database

from hub_sync.client.store import Store, StoreError, StoreFault
from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row, preallocate_wal
from hub_sync.client.store.migrations import MIGRATIONS, known_steps, migrate
from hub_sync.client.store.station.boot_clocks import Boots
from hub_sync.client.store.station.ticket_keys import SELECT_KEYS, complete_key_rows
from tests.hub_sync.client.fake_hub import scan
from tests.support.speedups.store_schema import create_or_migrate


@pytest.fixture
def file(tmp_path: Path) -> Iterator[EncryptedFile]:
    sealed = EncryptedFile(tmp_path / "store.db", b"k" * 32)
    yield sealed
    sealed.close()


def up_to(file: EncryptedFile, step: str) -> Database:
    known = known_steps()
    database = file.database()
    following = known[known.index(step) + 1 :]
    MIGRATIONS.apply(database, stop_before=following[0] if following else None)
    return database


def put_row(file: EncryptedFile, position: int = 1) -> None:
    file.run("INSERT INTO journal VALUES (?, 'id', 'boot', ?, '{}')", (position, b"h" * 32))


def test_m001_makes_a_journal_that_nobody_can_rewrite(file: EncryptedFile) -> None:
    up_to(file, "m001_journal")
    put_row(file)
    for statement in ("UPDATE journal SET body = ''", "DELETE FROM journal"):
        with pytest.raises(sqlcipher.IntegrityError):
            file.run(statement)
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO journal VALUES (2, 'id', 'boot', x'00', '{}')")
    file.run(
        "INSERT INTO incarnations (number, journal_id, base, started_at_ms, why) VALUES (1, 'j', 0, 0, '')"
    )
    assert file.row("SELECT acknowledged, head FROM incarnations") == (0, b"")


def test_m002_sets_aside_only_rows_that_are_in_the_journal(file: EncryptedFile) -> None:
    up_to(file, "m001_journal")
    put_row(file)
    up_to(file, "m002_set_aside")
    file.run("INSERT INTO set_aside VALUES (1, 'why', 0)")
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO set_aside VALUES (2, 'why', 0)")


def test_m003_remembers_one_row_a_person_and_zone(file: EncryptedFile) -> None:
    up_to(file, "m003_memory")
    row = ("hall", "p1", "entry", 1, "d", 1, 0, 0, "b", 0, 0)
    file.run("INSERT INTO memory VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO memory VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)


def test_m004_knows_a_boot_once_and_without_an_anchor_at_first(file: EncryptedFile) -> None:
    up_to(file, "m004_boots")
    file.run("INSERT INTO boots (boot_id, wall_ms, monotonic_ms) VALUES ('b', 1, 2)")
    assert file.row("SELECT anchor_ms FROM boots") == (None,)
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO boots (boot_id, wall_ms, monotonic_ms) VALUES ('b', 1, 2)")


def test_m005_keeps_settings_and_keys_by_name(file: EncryptedFile) -> None:
    up_to(file, "m005_settings_and_keys")
    file.run("INSERT INTO settings VALUES ('a', '1')")
    file.run("INSERT INTO qr_keys VALUES ('k', 'ff', NULL, NULL)")
    for statement in ("INSERT INTO settings VALUES ('a', '2')", "INSERT INTO qr_keys VALUES ('k', '', 1, 2)"):
        with pytest.raises(sqlcipher.IntegrityError):
            file.run(statement)


def test_m006_has_room_for_one_row(file: EncryptedFile) -> None:
    up_to(file, "m006_room")
    preallocate_wal(file, pages=200)
    assert file.rows("SELECT only, length(filler) FROM room") == [(1, 64 * 4096)]
    assert file.row("PRAGMA freelist_count") == (0,)
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO room VALUES (2, x'00')")


def test_m009_takes_the_last_scan_of_whoever_came_in_for_the_entry(file: EncryptedFile) -> None:
    up_to(file, "m008_measured_clock")
    for person, direction, entries in (("p1", "entry", 2), ("p2", "exit", 1), ("p3", "exit", 0)):
        row = ("hall", person, direction, entries, "d", 1, 100, 200, "b", -3, 4)
        file.run("INSERT INTO memory VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
    up_to(file, "m009_last_entry")
    columns = ("scanned_at_ms", "monotonic_ms", "boot_id", "offset_ms", "after_ms")
    clocks = ", ".join(f"entered_{column}" for column in columns)
    rows = file.rows(f"SELECT participant_id, {clocks} FROM memory ORDER BY 1")  # noqa: S608  own column names
    assert rows == [
        ("p1", 100, 200, "b", -3, 4),
        ("p2", 100, 200, "b", -3, 4),
        ("p3", None, None, None, None, None),
    ]


def test_m010_lets_who_left_the_venue_leave_its_zones(file: EncryptedFile) -> None:
    up_to(file, "m008_measured_clock")
    rows = [
        ("hall", "left", "entry", 1, "d", 1, 100, 0, "b", 0, 0),
        ("", "left", "exit", 0, "d", 2, 200, 0, "b", 0, 0),
        ("hall", "back", "entry", 2, "d", 4, 400, 0, "b", 0, 0),
        ("", "back", "exit", 0, "d", 3, 300, 0, "b", 0, 0),
    ]
    file.run_many("INSERT INTO memory VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
    up_to(file, "m010_zones_left")
    where = "SELECT participant_id, direction, sequence, entries FROM memory WHERE zone = 'hall' ORDER BY 1"
    assert file.rows(where) == [("back", "entry", 4, 2), ("left", "exit", 2, 1)]
    assert file.rows("SELECT participant_id, sequence FROM zones_left ORDER BY 1") == [
        ("back", 3),
        ("left", 2),
    ]


def test_steps_are_numbered_without_a_gap() -> None:
    assert [name[:4] for name in known_steps()] == [
        f"m{number:03}" for number in range(1, len(known_steps()) + 1)
    ]


@pytest.mark.parametrize("step", known_steps())
def test_a_store_of_any_age_comes_up_to_date_and_keeps_its_rows(file: EncryptedFile, step: str) -> None:
    up_to(file, step)
    put_row(file)
    migrate(file.database())
    assert file.row("SELECT position FROM journal") == (1,)
    assert [applied.name for applied in MIGRATIONS.applied(file.database())] == known_steps()
    migrate(file.database())


def test_a_store_of_other_tests_is_as_its_migrations_leave_it(tmp_path: Path) -> None:
    def content(name: str, create: Callable[[Database], None]) -> tuple[list[Row], dict[str, int], str]:
        with closing(EncryptedFile(tmp_path / name, b"k" * 32)) as file:
            database = file.database()
            create(database)
            kinds = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
            counts = {table: database[table].count for table in database.table_names()}
            steps = [applied.name for applied in MIGRATIONS.applied(database)]
            assert steps == known_steps()
            pragmas = [file.row(f"PRAGMA {name}") for name in ("user_version", "application_id")]
            return file.rows(kinds), counts, str(pragmas)

    by_steps = content("steps.db", migrate)
    content("first.db", create_or_migrate)  # the first one of this process may run the steps
    assert content("at_once.db", create_or_migrate) == by_steps


def test_a_migration_that_fails_leaves_the_store_as_it_was(file: EncryptedFile) -> None:
    up_to(file, "m003_memory")
    file.run("CREATE TABLE boots (in_the_way INTEGER)")
    with pytest.raises(sqlcipher.OperationalError):
        migrate(file.database())
    assert [applied.name for applied in MIGRATIONS.applied(file.database())] == known_steps()[:3]
    file.run("DROP TABLE boots")
    migrate(file.database())


def test_m007_closes_earlier_incarnations_and_cuts_off_those_of_another_enrolment(
    file: EncryptedFile,
) -> None:
    up_to(file, "m006_room")
    put_row(file)
    for number, acknowledged, why in ((1, 4, "first start"), (2, 3, "enrolled again"), (3, 2, "restored")):
        file.run(
            "INSERT INTO incarnations (number, journal_id, base, acknowledged, started_at_ms, why)"
            " VALUES (?, ?, 0, ?, 0, ?)",
            (number, f"j{number}", acknowledged, why),
        )
    up_to(file, "m007_earlier_incarnations")
    assert file.rows("SELECT send_until, starts_enrolment FROM incarnations ORDER BY number") == [
        (4, 0),
        (3, 1),
        (None, 0),
    ]
    file.run("INSERT INTO quarantined VALUES (1)")
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO quarantined VALUES (2)")


def test_m008_keeps_anchors_and_has_one_correction_a_boot(file: EncryptedFile) -> None:
    up_to(file, "m007_earlier_incarnations")
    file.run("INSERT INTO boots VALUES ('b', 1, 2, 3)")
    up_to(file, "m008_measured_clock")
    assert file.rows("SELECT anchor_ms, candidate_ms, candidate_at_ms, anchored_at_ms FROM boots") == [
        (3, None, None, None)
    ]
    file.run("INSERT INTO clock_corrections VALUES ('b', 5, NULL, NULL)")
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO clock_corrections VALUES ('b', 6, NULL, NULL)")


def test_m011_leaves_the_order_of_earlier_boots_open_and_numbers_later_ones(file: EncryptedFile) -> None:
    up_to(file, "m010_zones_left")
    file.run("INSERT INTO boots (boot_id, wall_ms, monotonic_ms) VALUES ('old', 1, 2)")
    up_to(file, "m011_order_of_boots")
    boots = Boots(file)
    for boot_id in ("b", "a"):
        boots.get_or_create(boot_id, 1, 2)
    assert file.rows("SELECT boot_id, number FROM boots ORDER BY number") == [
        ("old", None),
        ("b", 1),
        ("a", 2),
    ]


def test_m012_takes_earlier_keys_for_aes_keys_of_no_tenant(file: EncryptedFile) -> None:
    up_to(file, "m011_order_of_boots")
    file.run("INSERT INTO qr_keys VALUES ('k', 'ff', NULL, NULL)")
    up_to(file, "m012_signed_tickets")
    assert file.rows(SELECT_KEYS) == [("k", "ff", None, None, "AES-256-GCM", "")]
    assert complete_key_rows([("k", "ff", None, None)]) == file.rows(SELECT_KEYS)


def test_m013_keeps_each_persons_last_scans_and_finds_them_without_an_index(file: EncryptedFile) -> None:
    up_to(file, "m012_signed_tickets")
    for zone, entered in (("", None), ("hall", 7)):
        file.run(
            "INSERT INTO memory VALUES (?, 'p', 'entry', 2, 'd', 3, 4, 5, 'b', 6, 7, ?, NULL, NULL, NULL, NULL)",
            (zone, entered),
        )
    columns = sorted(row[1] for row in file.rows("PRAGMA table_info(memory)"))
    before = file.dicts("SELECT * FROM memory")
    up_to(file, "m013_memory_by_person")
    assert sorted(row[1] for row in file.rows("PRAGMA table_info(memory)")) == columns
    assert file.dicts("SELECT * FROM memory ORDER BY zone") == before
    assert file.rows("SELECT name FROM sqlite_master WHERE name LIKE 'memory%'") == [("memory",)]
    (plan,) = file.rows("EXPLAIN QUERY PLAN SELECT * FROM memory WHERE participant_id = 'p'")
    assert "PRIMARY KEY" in plan[3]
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO memory (participant_id, zone) VALUES ('p', 'hall')")


def test_m014_has_room_for_admissions_that_were_given_back(file: EncryptedFile) -> None:
    up_to(file, "m014_annulled_scans")
    file.run("INSERT INTO annulled_scans VALUES ('p1', 'scan', 'gate-a', 1, 2, '[]')")
    assert file.row("SELECT participant_id FROM annulled_scans") == ("p1",)


def test_m015_has_room_for_what_other_stations_told(file: EncryptedFile) -> None:
    up_to(file, "m015_peers")
    file.run("INSERT INTO peer_positions VALUES ('gate-b', 'journal', 7)")
    file.run(
        "INSERT INTO peer_presence VALUES ('p1', 'gate-b', '', 'entry', 1, 7, 'main', 1, 1, 'boot', 0, 0, NULL, 5)"
    )
    assert file.row("SELECT entries, entered_before_ms, left_before_ms FROM peer_presence") == (1, None, 5)


def test_m016_has_room_for_seals_that_nobody_changes(file: EncryptedFile) -> None:
    up_to(file, "m016_seals")
    file.run("INSERT INTO seals VALUES (1, 'chain', 1, 'journal', 7, 'hash', '{}', 'signature')")
    file.run("INSERT INTO seal_anchors VALUES ('hash', '', 5, 'AGREES')")
    file.run("INSERT INTO peer_seals VALUES ('gate-b', 'chain', 1, 'hash', 'journal', 7, 'head', 5)")
    for statement in ("UPDATE seals SET number = 2", "DELETE FROM seals"):
        with pytest.raises(sqlcipher.IntegrityError, match="append-only"):
            file.run(statement)


@pytest.mark.parametrize(("enrolled", "event_id"), [(True, "fair"), (False, "gala")])
def test_m017_gives_where_people_are_to_the_event_of_the_enrolment(
    file: EncryptedFile, enrolled: bool, event_id: str
) -> None:
    up_to(file, "m016_seals")
    file.run("INSERT INTO journal VALUES (1, 'id', 'boot', ?, '{\"event_id\": \"gala\"}')", (b"h" * 32,))
    if enrolled:
        file.run("INSERT INTO settings VALUES ('enrolment', '{\"event_id\": \"fair\"}')")
    clocks = "4, 5, 'b', 6, 7"
    file.run(f"INSERT INTO memory VALUES ('p', 'hall', 'entry', 2, 'd', 3, {clocks}, 1, 2, 'b', 3, 4)")  # noqa: S608
    file.run(f"INSERT INTO zones_left VALUES ('p', 'd', 3, {clocks})")  # noqa: S608
    file.run("INSERT INTO annulled_scans VALUES ('p', 'scan', 'd', 1, 2, '[]')")
    file.run(f"INSERT INTO peer_presence VALUES ('p', 'd', '', 'entry', 1, 7, 'main', {clocks}, NULL, 5)")  # noqa: S608
    file.run("INSERT INTO peer_positions VALUES ('d', 'journal', 7)")
    tables = ("memory", "zones_left", "annulled_scans", "peer_presence", "peer_positions")
    before = {table: file.dicts(f"SELECT * FROM {table}") for table in tables}  # noqa: S608  own names
    up_to(file, "m017_presence_by_event")
    for table, rows in before.items():
        after = [{"event_id": event_id} | row for row in rows]
        assert file.dicts(f"SELECT * FROM {table}") == after  # noqa: S608
    (plan,) = file.rows(
        "EXPLAIN QUERY PLAN SELECT * FROM memory WHERE event_id = 'e' AND participant_id = 'p'"
    )
    assert "PRIMARY KEY" in plan[3]
    with pytest.raises(sqlcipher.IntegrityError):
        file.run("INSERT INTO memory (event_id, participant_id, zone) VALUES ('e', 'p', 'hall')")
    assert not file.rows("SELECT name FROM sqlite_master WHERE name LIKE '%_of_one_event'")


def test_m018_counts_by_the_numbers_of_rows_and_a_new_journal_begins_without(file: EncryptedFile) -> None:
    up_to(file, "m017_presence_by_event")
    file.run(
        "INSERT INTO memory (event_id, participant_id, zone, direction, entries, device_id, sequence, scanned_at_ms, monotonic_ms,"
        " boot_id, offset_ms, after_ms) VALUES ('e', 'p1', '', 'entry', 3, 'gate-a', 7, 1, 1, 'boot', 0, 0)"
    )
    up_to(file, "m018_given_back")
    assert file.row("SELECT entries, entry_sequences FROM memory") == (3, "[]")
    file.run("UPDATE memory SET entry_sequences = '[5, 7]'")
    file.run(
        "INSERT INTO incarnations (number, journal_id, base, started_at_ms, why) VALUES (9, 'new', 7, 1, '')"
    )
    assert file.row("SELECT entry_sequences FROM memory") == ("[]",)


def test_m019_keeps_two_seals_of_one_number(file: EncryptedFile) -> None:
    up_to(file, "m018_given_back")
    file.run("INSERT INTO peer_seals VALUES ('gate-b', 'chain', 1, 'hash', 'journal', 7, 'head', 5)")
    up_to(file, "m019_heard_seals")
    file.run(
        "INSERT INTO peer_seals (device_id, chain, number, hash, journal_id, sequence, head, at_ms)"
        " VALUES ('gate-b', 'chain', 1, 'other', 'journal', 7, 'head', 6)"
    )
    assert file.rows("SELECT hash, statement, is_sent FROM peer_seals") == [("hash", "", 0), ("other", "", 0)]


def test_m020_gives_a_number_to_each_action_that_comes_even_after_one_was_removed(
    file: EncryptedFile,
) -> None:
    up_to(file, "m020_queue")
    insert = (
        "INSERT INTO queue_actions (id, event_id, service_date, tick, source, body)"
        " VALUES (?, 'e', '2026-06-11', 1, 'hub', '{}')"
    )
    file.run(insert, ("a",))
    file.run("DELETE FROM queue_actions")
    file.run(insert, ("b",))
    assert file.rows("SELECT seq, id FROM queue_actions") == [(2, "b")]
    with pytest.raises(sqlcipher.IntegrityError):
        file.run(insert, ("b",))


def test_m021_leaves_the_journal_of_actions_that_were_heard_before_unknown(file: EncryptedFile) -> None:
    up_to(file, "m020_queue")
    file.run(
        "INSERT INTO queue_actions (id, event_id, service_date, tick, source, body)"
        " VALUES ('a', 'e', '2026-06-11', 1, 'peer', '{}')"
    )
    up_to(file, "m021_journals_of_queue_actions")
    assert file.rows("SELECT journal_id, number FROM queue_actions") == [("", 0)]


def test_m022_finds_the_rows_of_one_subject_by_its_index(file: EncryptedFile) -> None:
    up_to(file, "m022_screening")
    file.run("INSERT INTO screening_rows VALUES ('', 'p:ada', 'block', NULL, '2026-06-11')")
    plan = file.rows(
        "EXPLAIN QUERY PLAN SELECT effect FROM screening_rows WHERE slot = '' AND subject = 'p:ada'"
    )
    assert "screening_rows_by_subject" in str(plan)


def test_m023_keeps_one_receipt_of_a_bulletin_that_two_events_name(file: EncryptedFile) -> None:
    up_to(file, "m023_bulletins")
    insert = "INSERT OR IGNORE INTO bulletin_receipts (id, stored_at_ms) VALUES ('b', ?)"
    file.run(insert, (1,))
    file.run(insert, (2,))
    assert file.rows("SELECT id, stored_at_ms, shown_at_ms, is_sent FROM bulletin_receipts") == [
        ("b", 1, None, 0)
    ]


def test_an_older_store_is_copied_before_it_is_changed(
    store: Store, folder: Path, opened: Callable[[], Store], tmp_path: Path
) -> None:
    store.journal.append(scan("p1"))
    queue = "queue_state queue_rows queue_actions queue_tickets queue_blocks queue_lanes queue_claims queue_lost_calls"
    lists = "screening_lists screening_rows bulletins bulletin_lists bulletin_receipts door_lists door_fills"
    for table in ("seals", "seal_anchors", "peer_seals", *queue.split(), *lists.split()):
        store._file.run(f"DROP TABLE {table}")
    store._file.run("DROP TABLE peer_presence")
    store._file.run("DROP TABLE peer_positions")
    store._file.run("DROP TABLE annulled_scans")
    store._file.run("DROP TABLE qr_keys")
    store._file.run("DROP TABLE settings")
    store._file.run("DROP TABLE room")
    store._file.run("DROP TABLE quarantined")
    store._file.run("DROP TABLE clock_corrections")
    for column in ("candidate_ms", "candidate_at_ms", "anchored_at_ms", "number"):
        store._file.run(f"ALTER TABLE boots DROP COLUMN {column}")
    store._file.run("DROP TABLE zones_left")
    store._file.run("DROP VIEW sendable_incarnations")
    for column in ("send_until", "starts_enrolment"):
        store._file.run(f"ALTER TABLE incarnations DROP COLUMN {column}")
    store._file.run("DROP TRIGGER memory_of_a_new_incarnation")
    store._file.run("DROP TABLE peer_given_back")
    store._file.run("ALTER TABLE memory RENAME TO memory_by_event")
    old = EncryptedFile(tmp_path / "old.db", b"k" * 32)
    up_to(old, "m003_memory")
    ((definition,),) = old.rows("SELECT sql FROM sqlite_master WHERE name = 'memory'")
    names = ", ".join(row[1] for row in old.rows("PRAGMA table_info(memory)"))
    old.close()
    store._file.run(definition)
    store._file.run(f"INSERT INTO memory ({names}) SELECT {names} FROM memory_by_event")  # noqa: S608  own names
    store._file.run("DROP TABLE memory_by_event")
    store._file.run("DELETE FROM _sqlite_migrations WHERE name >= 'm005'")
    store.close()
    again = opened()
    assert len(list(folder.glob("before-migration-*.db"))) == 1
    assert again.presence.get("p1", "hall", "event").inside
    again.settings.put("x", 1)


def test_a_newer_store_is_refused_and_not_touched(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    store.journal.append(scan())
    store._file.run(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('store', 'm999_later', '')"
    )
    store.close()
    before = (folder / "store.db").read_bytes()
    with pytest.raises(StoreError, match="newer version of the program") as refused:
        opened()
    assert refused.value.fault is StoreFault.NEWER
    assert (folder / "store.db").read_bytes() == before
    assert not list(folder.glob("damaged-*"))

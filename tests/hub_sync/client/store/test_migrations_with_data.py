"""A station's store of any age, with rows in all its tables, under today's program: opened, restored from a backup, refused."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from hub_sync.client.store import FileKeyStore, Store, StoreError, StoreFault, open_store, restore_store
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal_copy import (
    COPY_FILE,
    CopiedIncarnation,
    CopiedRow,
    encode_incarnation,
    encode_keys,
    encode_row,
    encode_setting,
    write_copy,
)
from hub_sync.client.store.migrations import MIGRATIONS, known_steps
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction
from hub_sync.contract.ids import new_id
from hub_sync.rules.journal_chain import GENESIS, chain_hash
from tests.hub_sync.client.fake_hub import scan
from tests.hub_sync.client.store.recovery.test_opening import ENROLMENT
from tests.hub_sync.client.store.test_migrations import up_to

EVENT, JOURNAL = "event", "journal-1"
INSIDE, LEFT, GUEST = "inside", "left", "guest"
"""Who came in and stayed, came in and left, and came in last, after the rows that the hub has."""
REMEMBERED = "remembered"
"""Who is in the register of presence alone, as where the page of the row was damaged once."""
ACKNOWLEDGED = 2
FIRST_WITH_PRESENCE = "m003_memory"
"""A store from before remembers nobody: there were rows only."""
_CLOCKS: dict[str, Any] = {
    "scanned_at_ms": 100,
    "monotonic_ms": 200,
    "boot_id": "boot-1",
    "offset_ms": 0,
    "after_ms": 0,
}


def rows_of_a_day() -> list[tuple[str, str]]:
    """Return the bodies of the journal, each with its hash."""
    records = [
        scan(INSIDE, event_id=EVENT),
        scan(LEFT, event_id=EVENT),
        scan(LEFT, event_id=EVENT, direction=Direction.EXIT),
        scan(GUEST, event_id=EVENT),
    ]
    head, rows = GENESIS, []
    for record in records:
        body = record.model_dump_json()
        head = chain_hash(head, body.encode())
        rows.append((body, head))
    return rows


ROWS = rows_of_a_day()


def insert(file: EncryptedFile, table: str, **values: Any) -> None:
    """Insert a row into a table as it is at this step, or nothing if there is no such table or column yet."""
    columns = {row[1] for row in file.rows(f"PRAGMA table_info({table})")}
    values = {name: value for name, value in values.items() if name in columns}
    if values:
        places = ", ".join("?" * len(values))
        file.run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", tuple(values.values()))  # noqa: S608


def fill(file: EncryptedFile) -> None:
    """Put rows into every table that a store of this age has."""
    head = bytes.fromhex(ROWS[ACKNOWLEDGED - 1][1])
    insert(
        file,
        "incarnations",
        number=1,
        journal_id=JOURNAL,
        base=0,
        acknowledged=ACKNOWLEDGED,
        head=head,
        started_at_ms=1,
        why="first start",
        starts_enrolment=0,
    )
    for position, (body, digest) in enumerate(ROWS, start=1):
        id_ = orjson.loads(body)["id"]
        insert(
            file,
            "journal",
            position=position,
            record_id=id_,
            boot_id="boot-1",
            hash=bytes.fromhex(digest),
            body=body,
        )
    insert(file, "set_aside", position=3, why="the hub failed", at_ms=5)
    for person, direction, sequence in (
        (INSIDE, "entry", 1),
        (LEFT, "exit", 3),
        (GUEST, "entry", 4),
        (REMEMBERED, "entry", 9),
    ):
        place = {"event_id": EVENT, "zone": "hall", "participant_id": person}
        entered = {f"entered_{name}": value for name, value in _CLOCKS.items()}
        last = {"direction": direction, "entries": 1, "device_id": "gate-a", "sequence": sequence}
        insert(file, "memory", **place, **last, **_CLOCKS, **entered)
    insert(file, "boots", boot_id="boot-1", wall_ms=1, monotonic_ms=2, anchor_ms=3)
    insert(file, "settings", name="enrolment", value=orjson.dumps(enrolment()).decode())
    insert(file, "qr_keys", kid="k1", material="ab" * 32, not_before_ms=None, not_after_ms=None)
    insert(file, "quarantined", position=2)
    insert(file, "clock_corrections", boot_id="boot-1", anchor_ms=3)
    insert(file, "zones_left", event_id=EVENT, participant_id=LEFT, device_id="gate-a", sequence=3, **_CLOCKS)
    gone = {"event_id": EVENT, "participant_id": "elsewhere", "device_id": "gate-b"}
    insert(file, "annulled_scans", **gone, scan_id="scan", sequence=1, passage_sequence=2, hub_before="[]")
    presence = {"zone": "hall", "direction": "entry", "entries": 1, "sequence": 1, "checkpoint_id": "c"}
    insert(file, "peer_presence", **gone, **presence, **_CLOCKS)
    insert(file, "peer_positions", event_id=EVENT, device_id="gate-b", journal_id="theirs", position=7)
    insert(file, "seal_anchors", hash="hash", witness="", at_ms=5, state="AGREES")
    seal = {
        "chain": "theirs",
        "number": 1,
        "hash": "h",
        "journal_id": "theirs",
        "sequence": 7,
        "head": "head",
    }
    insert(file, "peer_seals", device_id="gate-b", **seal, at_ms=5)


def enrolment() -> dict[str, Any]:
    return {name: getattr(ENROLMENT, name) for name in ENROLMENT.__slots__} | {"event_id": EVENT}


def write_old_store(folder: Path, path: Path, step: str) -> None:
    """Write a store as a program with this newest step left it."""
    key = FileKeyStore(folder).load()
    assert key is not None
    with closing(EncryptedFile(path, key)) as file:
        up_to(file, step)
        fill(file)


def write_journal_copy(folder: Path) -> None:
    """Write the copy of the journal, whose form is of no step."""
    key = FileKeyStore(folder).load()
    assert key is not None
    rows = [CopiedRow(JOURNAL, number, digest, body) for number, (body, digest) in enumerate(ROWS, start=1)]
    records = [
        encode_incarnation(CopiedIncarnation(1, JOURNAL, 0, 1, "first start", starts_enrolment=False)),
        *map(encode_row, rows),
        encode_setting("enrolment", orjson.dumps(enrolment()).decode()),
        encode_keys([("k1", "ab" * 32, None, None)]),
    ]
    write_copy(folder, key, records).close()


@pytest.fixture
def old(folder: Path, clock: ManualClock) -> Callable[[str], Path]:
    """Return a function that leaves a folder whose store, with the copy of its journal, is of a step."""

    def leave(step: str) -> Path:
        open_store(folder, FileKeyStore(folder), clock, new_id).close()
        for name in ("store.db", "store.db-wal", "store.db-shm", COPY_FILE):
            (folder / name).unlink(missing_ok=True)
        write_old_store(folder, folder / "store.db", step)
        write_journal_copy(folder)
        return folder

    return leave


def reopen(folder: Path, clock: ManualClock) -> Store:
    return open_store(folder, FileKeyStore(folder), clock, new_id)


def assert_everything_is_there(store: Store, step: str) -> None:
    rows = list(store.journal.all_rows())
    assert [row.hash for row in rows] == [digest for _, digest in ROWS]
    assert store.journal.verify() is None
    if step >= FIRST_WITH_PRESENCE:
        people = {
            person: store.presence.get(person, "hall", EVENT).inside for person in (INSIDE, LEFT, GUEST)
        }
        assert people == {INSIDE: True, LEFT: False, GUEST: True}
        assert store.presence.get(INSIDE, "hall", EVENT).entries == 1
        assert store.presence.get(REMEMBERED, "hall", EVENT).inside
    if step >= "m005":
        saved = store.settings.enrolment()
        assert saved is not None
        assert (saved.event_id, saved.device_id) == (EVENT, ENROLMENT.device_id)
        assert store.keys._file.rows("SELECT kid, algorithm, tenant_id FROM qr_keys") == [
            ("k1", "AES-256-GCM", "")
        ]


@pytest.mark.parametrize("step", known_steps()[:-1])
def test_a_store_of_any_age_opens_with_all_that_is_in_it(
    old: Callable[[str], Path], clock: ManualClock, step: str
) -> None:
    folder = old(step)
    with reopen(folder, clock) as store:
        assert_everything_is_there(store, step)
        assert store.journal.backlog().rows == len(ROWS) - ACKNOWLEDGED
        following = store.journal.append(scan("next", event_id=EVENT))
        assert (following.sequence, following.journal_id) == (len(ROWS) + 1, JOURNAL)
        assert store.journal.verify() is None
    assert len(list(folder.glob("before-migration-*.db"))) == 1
    with reopen(folder, clock) as again:
        assert again.presence.get("next", "hall", EVENT).inside
        assert again.recovery is None, "what an upgrade needs is no loss"


@pytest.mark.parametrize("step", known_steps()[:-1])
def test_a_backup_of_any_age_is_restored_under_todays_program(
    old: Callable[[str], Path], clock: ManualClock, tmp_path: Path, step: str
) -> None:
    """The station went on after the backup: whoever came in since is inside, too."""
    folder, backup = old(known_steps()[-1]), tmp_path / "backup.db"
    write_old_store(folder, backup, step)
    with reopen(folder, clock) as store:
        store.journal.append(scan("since", event_id=EVENT))
    restore_store(folder, FileKeyStore(folder), clock, new_id, backup)
    with reopen(folder, clock) as restored:
        bodies = [row.record.id for row in restored.journal.all_rows()]
        rows = restored._file.rows("SELECT record_id FROM journal ORDER BY position")
        assert {orjson.loads(body)["id"] for body, _ in ROWS} <= {row[0] for row in rows}
        assert restored.journal.verify() is None
        for person, is_inside in ((INSIDE, True), (LEFT, False), (GUEST, True), ("since", True)):
            assert restored.presence.get(person, "hall", EVENT).inside is is_inside, person
        assert restored.presence.get(REMEMBERED, "hall", EVENT).inside
        assert len(set(bodies)) == len(bodies)
        following = restored.journal.append(scan("next", event_id=EVENT))
        assert following.journal_id != JOURNAL, "a restored journal goes on as another"


@pytest.mark.parametrize("step", ["m003_memory", "m009_last_entry", "m013_memory_by_person", "m016_seals"])
def test_a_damaged_store_is_rebuilt_from_a_backup_of_an_older_program(
    old: Callable[[str], Path], clock: ManualClock, step: str
) -> None:
    folder = old(known_steps()[-1])
    (folder / "backups").mkdir(exist_ok=True)
    write_old_store(folder, folder / "backups" / "store-1-1.db", step)
    (folder / "store.db").write_bytes(b"nothing of a store" * 500)
    with reopen(folder, clock) as store:
        assert store.recovery is not None
        for person, is_inside in ((INSIDE, True), (LEFT, False), (GUEST, True), (REMEMBERED, True)):
            assert store.presence.get(person, "hall", EVENT).inside is is_inside, person


def test_a_backup_of_a_newer_program_says_so_and_touches_nothing(
    old: Callable[[str], Path], clock: ManualClock, tmp_path: Path
) -> None:
    folder, backup = old(known_steps()[-1]), tmp_path / "backup.db"
    with reopen(folder, clock) as store:
        store.backups.save(backup)
    key = FileKeyStore(folder).load()
    assert key is not None
    with closing(EncryptedFile(backup, key, journal="")) as newer:
        newer.run(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'm999_later', '')",
            (MIGRATIONS.name,),
        )
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(
        StoreError, match=r"This backup was written by a newer version .*m999_later.*Update"
    ) as refused:
        restore_store(folder, FileKeyStore(folder), clock, new_id, backup)
    assert refused.value.fault is StoreFault.NEWER
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    with reopen(folder, clock) as store:
        assert_everything_is_there(store, known_steps()[-1])

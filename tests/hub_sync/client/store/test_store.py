"""The erasure of names and ticket keys (every file is read with the store's key, page by page); shortened journal copies."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, JournalRow, StationEnrolment, Store, StoreError, StoreFault
from hub_sync.client.store import store as store_module
from hub_sync.client.store.backups import BACKUP_FOLDER
from hub_sync.client.store.disk import encrypted_file
from hub_sync.client.store.disk.sealed_log import read_sealed_log
from hub_sync.client.store.journal import journal_copy
from hub_sync.client.store.journal.journal_copy import COPY_FILE, read_copy
from hub_sync.client.store.recovery import page_salvage
from hub_sync.client.store.station.access import Leftovers
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import QrKeyRow, key_ring_digest
from tests.hub_sync.client.fake_hub import FakeHub, page, person, scan
from tests.hub_sync.client.store.roster.test_roster import pull
from tests.support.builders.station import EVENT_ROW

PAGE, FRAME_HEADER, WAL_HEADER = 4096, 24, 32
CANARY = "Zzyzxcanary"
ENROLLED = StationEnrolment("http://hub", "d", "t", EVENT_ROW["id"], None, "North", "gate", "secret")
KEYS = ("c0ffee" + "12" * 29, "deadbe" + "34" * 29)
OLDER_KEY = {"kid": "k", "material": KEYS[0], "not_before_ms": None, "not_after_ms": None}


def pages(path: Path, key: bytes) -> Iterator[bytes]:
    """Yield each page of a database and each frame of its WAL, whatever SQLite thinks of it."""
    content, wal = page_salvage._read(path)
    for start in range(0, len(content) - PAGE + 1, PAGE):
        yield page_salvage._decrypt(content[start : start + PAGE], start // PAGE + 1, key, None) or b""
    for start in range(WAL_HEADER, len(wal) - PAGE - FRAME_HEADER + 1, PAGE + FRAME_HEADER):
        number = int.from_bytes(wal[start : start + 4], "big")
        frame = wal[start + FRAME_HEADER : start + FRAME_HEADER + PAGE]
        yield page_salvage._decrypt(frame, number, key, None) or b""


def files_with_secrets(
    folder: Path, key: bytes, secrets: Sequence[str] = (CANARY, CANARY.lower(), *KEYS)
) -> set[str]:
    """Return the files in which a name or a ticket key still is."""
    words = [word.encode() for word in secrets]
    databases = [path for path in folder.rglob("*") if path.suffix in (".db", ".rebuilt")]
    contents = {path.name: b"".join(pages(path, key)) for path in databases}
    contents[COPY_FILE] = b"".join(read_sealed_log(folder / COPY_FILE, key).records)
    return {name for name, content in contents.items() if any(word in content for word in words)}


@pytest.fixture
def used(store: Store, folder: Path) -> Store:
    """Return the store of a station that worked for a while, and was revoked."""
    for number, material in enumerate(KEYS, 1):
        people = [person(str(number), "Ada", f"{CANARY}{number}") for number in range(30)]
        pull(store, *people, epoch=f"epoch-{number}", events=[EVENT_ROW])
        store.keys.replace(
            [QrKeyRow(kid=f"k{number}", material=material, not_before_ms=None, not_after_ms=None)]
        )
        store.feed.apply(page(person("1", "Bo", f"{CANARY}delta"), snapshot=False, cursor="2"))
        store.journal.append(scan("1"))
        store.backups.rotate()
    shutil.copy(folder / "store.db", folder / "damaged-1.db")
    shutil.copy(folder / f"roster-{store._rosters.current}.db", folder / "damaged-roster.db")
    store.access.record(DeviceStatus.REVOKED)
    return store


def test_no_file_of_the_folder_has_a_name_or_a_key_after_the_erasure(
    used: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    key = used._place.key
    with used.open_session() as gate:
        assert gate.roster.find("1") is not None, "a reader that keeps the roster's file open"
        assert len(files_with_secrets(folder, key)) >= 5
        used.erase_personal_data()
        assert files_with_secrets(folder, key) == set()
        assert not used.access.must_erase
        assert gate.roster.find("1") is None
        assert (used.roster.count, used.keys.digest()) == (0, "")
        assert (used.venue.event() or pytest.fail("no event")).id == EVENT_ROW["id"]
        gate.journal.append(scan("2"))
    assert [row.sequence for row in used.journal.rows()] == [1, 2, 3]
    assert used.journal.verify() is None
    assert len(read_copy(folder, key).rows) == 3, "the journal's copy still has each row"
    used.close()
    again = opened()
    assert again.recovery is None
    assert [row.sequence for row in again.journal.rows()] == [1, 2, 3]
    assert files_with_secrets(folder, key) == set()


def test_another_enrolment_leaves_no_name_and_no_key_of_the_one_before(used: Store, folder: Path) -> None:
    """A station that was a gate is a board from now on."""
    key = used._place.key
    used.access.record(DeviceStatus.ACTIVE)
    used.settings.save_enrolment(ENROLLED)
    answer = {"device_id": "d2", "tenant_id": "t", "event_id": "e", "checkpoint_id": None, "name": "Board"}
    answer |= {"profile": "board", "credential": "new"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    assert len(files_with_secrets(folder, key)) >= 5
    code = parse_enrolment_code("TOKEN-TOKEN", "http://hub")
    enrol(used, HubApi("http://hub", transport=transport), code, serial="S", software="1", leave_unsent=True)
    assert files_with_secrets(folder, key) == set()
    assert used.access.leftovers is None
    assert [row.record.participant_id for row in used.journal.rows()] == ["1", "1"], "scans stay"


def test_keys_that_the_hub_withdrew_are_erased_from_all_files_with_the_next_maintenance(
    used: Store, folder: Path, clock: ManualClock
) -> None:
    key = used._place.key
    used.access.record(DeviceStatus.ACTIVE)
    used.settings.save_enrolment(ENROLLED)
    *_, last = used.journal.rows()
    used.outbox.acknowledge(last.sequence, last.hash)
    backups = {path.name for path in (folder / BACKUP_FOLDER).iterdir()}
    assert {COPY_FILE, "store.db", *backups} <= files_with_secrets(folder, key, KEYS)
    new = QrKeyRow(kid="k3", material="fe" * 32, not_before_ms=None, not_after_ms=None)
    hub = FakeHub(clock)
    hub.pages = [{}, {}, {"epoch": "epoch-2", "snapshot": False, "keys": [new.model_dump()]}]
    PullLoop(used, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock).run_once()
    assert used.keys.digest() == key_ring_digest([new.values()])
    MaintenanceLoop(used, 1000, clock).run_once()
    assert files_with_secrets(folder, key, KEYS) == set()
    assert used.keys.digest() == key_ring_digest([new.values()])


def test_keys_in_a_file_that_was_put_aside_are_erased_once_all_scans_are_sent(
    used: Store, folder: Path, clock: ManualClock
) -> None:
    """The file may be the only one with some scans. That it has keys was forgotten, so that they stayed for good."""
    key = used._place.key
    shutil.copy(next((folder / BACKUP_FOLDER).glob("*.db")), folder / "damaged-1.db")
    used.access.record(DeviceStatus.ACTIVE)
    used.settings.save_enrolment(ENROLLED)
    used.keys.replace([QrKeyRow(kid="k3", material="fe" * 32, not_before_ms=None, not_after_ms=None)])
    used.access.note_leftovers(Leftovers.KEYS)
    maintenance = MaintenanceLoop(used, 1000, clock)
    maintenance.run_once()
    assert files_with_secrets(folder, key, KEYS) == {"damaged-1.db"}
    backups = set((folder / BACKUP_FOLDER).iterdir())
    clock.advance(timedelta(minutes=1))
    maintenance.run_once()
    assert set((folder / BACKUP_FOLDER).iterdir()) == backups, "what is erased is not written anew each time"
    *_, last = used.journal.rows()
    used.outbox.acknowledge(last.sequence, last.hash)
    maintenance.run_once()
    assert files_with_secrets(folder, key, KEYS) == set()
    assert used.access.leftovers is None


def test_what_is_noted_last_narrows_nothing_that_was_noted_before(used: Store) -> None:
    def note(leftovers: Leftovers) -> Leftovers | None:
        used.access.note_leftovers(leftovers)
        return used.access.leftovers

    assert note(Leftovers.KEYS) is Leftovers.KEYS
    assert note(Leftovers.ASIDE) is Leftovers.KEYS
    assert note(Leftovers.ENROLMENT) is Leftovers.ENROLMENT
    assert note(Leftovers.KEYS) is Leftovers.ENROLMENT
    used.access.record_erasure(Leftovers.ASIDE)
    assert used.access.leftovers is Leftovers.ASIDE


def test_a_board_erases_keys_of_an_older_hub_and_takes_no_new_ones(
    used: Store, folder: Path, clock: ManualClock
) -> None:
    key = used._place.key
    used.access.record(DeviceStatus.ACTIVE)
    used.settings.save_enrolment(replace(ENROLLED, profile="board"))
    MaintenanceLoop(used, 1000, clock).run_once()
    assert files_with_secrets(folder, key) == set()
    hub = FakeHub(clock)
    hub.pages = [{"snapshot": True, "keys": [OLDER_KEY], "events": [EVENT_ROW]}]
    PullLoop(used, HubApi("http://hub", transport=httpx.MockTransport(hub)), clock).run_once()
    assert used.keys.digest() == ""


def test_an_erasure_that_did_not_reach_everything_is_not_recorded_and_is_tried_again(
    store: Store, used: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypted_file, "BUSY_TIMEOUT_MS", 20)
    with used.open_session() as impatient, used.open_session() as reader:
        reader._file.run("BEGIN")
        reader._file.rows("SELECT * FROM qr_keys")  # its view needs the WAL
        with pytest.raises(StoreError):
            impatient.erase_personal_data()
        assert used.access.must_erase
        reader._file.run("COMMIT")
        impatient.erase_personal_data()
    assert not used.access.must_erase
    assert files_with_secrets(folder, used._place.key) == set()


def test_a_file_that_still_has_a_name_is_not_taken_for_erased(
    used: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(used._rosters), "erase_others", lambda _: None)
    with used.open_session() as reader:
        reader.roster.find("p1")  # so that its file is not removed when another one replaces it
        with pytest.raises(StoreError):
            used.erase_personal_data()
    assert used.access.must_erase
    monkeypatch.undo()
    used.erase_personal_data()
    assert files_with_secrets(folder, used._place.key) == set()


def test_a_commit_is_durable_when_it_returns(store: Store) -> None:
    full, in_memory = 2, 2
    with store.open_session() as session:
        for each in (store, session):
            assert each._file.row("PRAGMA synchronous") == (full,)
            assert each._file.row("PRAGMA journal_mode") == ("wal",)
            assert each._file.row("PRAGMA temp_store") == (in_memory,), "nothing is written in clear text"


@pytest.fixture
def short_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SHORTEN_COPY_FROM_BYTES", 0)
    monkeypatch.setattr(store_module, "NEWEST_COPIED_ROWS", 2)
    monkeypatch.setattr(store_module, "_ROW_BYTES", 1)


def copied_sequences(folder: Path) -> list[int]:
    return sorted(sequence for _, sequence in read_copy(folder, FileKeyStore(folder).load() or b"").rows)


def shortened(store: Store, folder: Path, *, acknowledged: int) -> list[JournalRow]:
    """Write ten scans, back them up, and shorten the copy."""
    rows = [store.journal.append(scan(f"p{number}")) for number in range(10)]
    if acknowledged:
        store.outbox.acknowledge(rows[acknowledged - 1].sequence, rows[acknowledged - 1].hash)
    store.backups.rotate()
    store.shorten_copy()
    return rows


@pytest.mark.parametrize(("acknowledged", "first"), [(0, 1), (5, 6), (8, 9), (10, 9)])
def test_a_shortened_copy_has_every_unsent_row_and_the_newest(
    store: Store, folder: Path, opened: Callable[[], Store], short_copies: None, acknowledged: int, first: int
) -> None:
    store.settings.put("number", 7)
    shortened(store, folder, acknowledged=acknowledged)
    assert copied_sequences(folder) == list(range(first, 11))
    store.journal.append(scan("p10"))
    assert copied_sequences(folder) == list(range(first, 12))
    store.close()
    again = opened()
    assert (again.recovery, again.settings.get("number")) == (None, 7)
    assert copied_sequences(folder) == list(range(first, 12)), "what was dropped is not added again"


@pytest.mark.parametrize("has_backup", [True, False])
def test_a_store_that_is_lost_after_its_copy_was_shortened_comes_back_whole(
    store: Store, folder: Path, opened: Callable[[], Store], short_copies: None, has_backup: bool
) -> None:
    rows = shortened(store, folder, acknowledged=8)
    store.close()
    (folder / "store.db").unlink()
    if not has_backup:
        shutil.rmtree(folder / BACKUP_FOLDER)
    again = opened()
    assert again.recovery is not None
    assert "Nothing was lost" in again.recovery.sentence
    assert again.journal.verify() is None
    waiting = [row.record.id for row in again.journal.rows()][-2:]
    assert waiting == [row.record.id for row in rows[8:]]
    assert again.journal.backlog().rows == 2
    if has_backup:
        assert list(again.journal.rows()) == rows
        assert again.outbox.acknowledged().journal_id == rows[0].journal_id


def test_a_store_that_is_set_back_is_noticed_by_a_shortened_copy(
    store: Store, folder: Path, opened: Callable[[], Store], short_copies: None
) -> None:
    early = store.journal.append(scan("early"))
    store.run_maintenance()
    store.backups.save(folder / "image.db")
    rows = [early, *shortened(store, folder, acknowledged=8)]
    store.close()
    for suffix in ("", "-wal", "-shm"):
        (folder / f"store.db{suffix}").unlink(missing_ok=True)
    (folder / "image.db").rename(folder / "store.db")
    again = opened()
    assert again.recovery is not None
    assert list(again.journal.rows()) == rows


def test_a_copy_is_not_written_anew_for_little(store: Store, folder: Path) -> None:
    before = (folder / COPY_FILE).stat().st_ino
    shortened(store, folder, acknowledged=10)
    assert (folder / COPY_FILE).stat().st_ino == before


def test_a_copy_of_unsent_rows_is_not_written_anew(
    store: Store, folder: Path, short_copies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_ROW_BYTES", 1_000)
    before = (folder / COPY_FILE).stat().st_ino
    shortened(store, folder, acknowledged=1)
    assert (folder / COPY_FILE).stat().st_ino == before


def test_a_copy_that_cannot_be_shortened_goes_on(
    store: Store, folder: Path, short_copies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise StoreError(StoreFault.FULL)

    with monkeypatch.context() as patched:
        patched.setattr(journal_copy, "write_sealed_log", full)
        with pytest.raises(StoreError):
            shortened(store, folder, acknowledged=10)
    store.journal.append(scan("p10"))
    assert store.copy_fault is None
    assert copied_sequences(folder) == list(range(1, 12))

"""The erasure of names and ticket keys: every file of the folder is read with the store's key, page by page."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import Store, StoreError
from hub_sync.client.store.disk import encrypted_file
from hub_sync.client.store.disk.sealed_log import read_sealed_log
from hub_sync.client.store.journal.journal_copy import COPY_FILE, read_copy
from hub_sync.client.store.recovery import page_salvage
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.sync import QrKeyRow
from tests.hub_sync.client.fake_hub import page, person, scan
from tests.hub_sync.client.store.roster.test_roster import pull
from tests.support.builders.station import EVENT_ROW

PAGE, FRAME_HEADER, WAL_HEADER = 4096, 24, 32
CANARY = "Zzyzxcanary"
KEYS = ("c0ffee" + "12" * 29, "deadbe" + "34" * 29)


def pages(path: Path, key: bytes) -> Iterator[bytes]:
    """Yield each page of a database and each frame of its WAL, whatever SQLite thinks of it."""
    content, wal = page_salvage._read(path)
    for start in range(0, len(content) - PAGE + 1, PAGE):
        yield page_salvage._decrypt(content[start : start + PAGE], start // PAGE + 1, key, None) or b""
    for start in range(WAL_HEADER, len(wal) - PAGE - FRAME_HEADER + 1, PAGE + FRAME_HEADER):
        number = int.from_bytes(wal[start : start + 4], "big")
        frame = wal[start + FRAME_HEADER : start + FRAME_HEADER + PAGE]
        yield page_salvage._decrypt(frame, number, key, None) or b""


def files_with_secrets(folder: Path, key: bytes) -> set[str]:
    """Return the files in which a name or a ticket key still is."""
    words = [word.encode() for word in (CANARY, CANARY.lower(), *KEYS)]
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
    with pytest.raises(StoreError):
        used.erase_personal_data()
    assert used.access.must_erase
    monkeypatch.undo()
    used.erase_personal_data()
    assert files_with_secrets(folder, used._place.key) == set()


def test_a_commit_is_durable_when_it_returns(store: Store) -> None:
    full = 2
    with store.open_session() as session:
        for each in (store, session):
            assert each._file.row("PRAGMA synchronous") == (full,)
            assert each._file.row("PRAGMA journal_mode") == ("wal",)

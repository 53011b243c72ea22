"""Salvage of journal rows from the pages of a damaged file: what a damaged page holds is lost, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, Store
from hub_sync.client.store.disk.encrypted_file import checkpoint
from hub_sync.client.store.recovery.page_salvage import salvage_journal
from hub_sync.contract.sync import Override
from tests.hub_sync.client.fake_hub import scan

PAGE = 4096


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))


@pytest.fixture
def key(store: Store, folder: Path) -> bytes:
    key = FileKeyStore(folder).load()
    assert key is not None
    return key


def write(store: Store, count: int) -> dict[int, str]:
    store._file.run("PRAGMA synchronous = OFF")
    return {number: store.journal.append(scan(f"p{number}")).hash for number in range(1, count + 1)}


def test_every_row_of_an_undamaged_file_is_read(store: Store, folder: Path, key: bytes) -> None:
    hashes = write(store, 60)
    checkpoint(store._file)
    hashes[61] = store.journal.append(scan("in the WAL only")).hash
    rows = salvage_journal(folder / "store.db", key)
    assert {position: row.hash for position, row in rows.items()} == hashes
    bodies = {row.sequence: row.record.id for row in store.journal.rows()}
    assert all(bodies[position] in row.body for position, row in rows.items())


def test_a_row_that_does_not_fit_a_page_is_read(store: Store, folder: Path, key: bytes) -> None:
    long = Override(reason="\u00e4\u20ac" * 250, operator="x" * 200)
    record = scan("p1", override=long, marks=(), zone="z" * 64)
    row = store.journal.append(record)
    big = store.journal.append(
        scan("p2", override=Override(reason="\U0001f600" * 500, operator="\U0001f600" * 200))
    )
    checkpoint(store._file)
    rows = salvage_journal(folder / "store.db", key)
    assert (rows[1].hash, rows[2].hash) == (row.hash, big.hash)


def test_one_damaged_page_costs_the_rows_on_it_whatever_page_it_is(
    store: Store, folder: Path, key: bytes, opened: Callable[[], Store]
) -> None:
    hashes = write(store, 200)
    store.close()
    path = folder / "store.db"
    sound = path.read_bytes()
    for number in range(1, len(sound) // PAGE + 1):
        flip(path, (number - 1) * PAGE + 77)
        rows = salvage_journal(path, key)
        assert len(rows) >= len(hashes) - 8, number
        assert all(hashes[position] == row.hash for position, row in rows.items())
        path.write_bytes(sound)


def test_a_damaged_salt_costs_no_row_because_the_chain_vouches_for_them(
    store: Store, folder: Path, key: bytes
) -> None:
    hashes = write(store, 60)
    store.close()
    flip(folder / "store.db", 3)
    assert {number: row.hash for number, row in salvage_journal(folder / "store.db", key).items()} == hashes


def test_a_damaged_frame_of_the_wal_hides_none_behind_it(store: Store, folder: Path, key: bytes) -> None:
    hashes = write(store, 40)
    wal = folder / "store.db-wal"
    flip(wal, 32 + 24 * 10 + PAGE * 9 + 300)
    rows = salvage_journal(folder / "store.db", key)
    assert len(rows) >= len(hashes) - 4


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"x" * 20_000])
def test_nonsense_has_no_rows(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.db").write_bytes(content)
    (tmp_path / "store.db-wal").write_bytes(content)
    assert salvage_journal(tmp_path / "store.db", b"k" * 32) == {}

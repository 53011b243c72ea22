"""The sealed log: every record on its own, whatever happens to the others."""

import errno
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.store.disk import sealed_log
from hub_sync.client.store.disk.sealed_log import (
    ROOM_BYTES,
    SealedLog,
    read_sealed_log,
    write_sealed_log,
)
from tests.support.waiting import eventually

KEY = b"k" * 32
RECORDS = [f"record {number} ".encode() * 20 for number in range(30)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.copy"


def open_log(path: Path) -> SealedLog:
    return SealedLog(path, KEY, write_sealed_log(path, KEY, RECORDS[:10]))


def counted_syncs() -> tuple[list[int], Callable[[int], None]]:
    """Return the handles that were synced, and what to put in the place of `_sync`."""
    real, synced = sealed_log._sync, list[int]()

    def counted(handle: int) -> None:
        real(handle)
        synced.append(handle)

    return synced, counted


def test_records_come_back_in_order_and_nothing_of_them_is_in_clear_text(path: Path) -> None:
    log = open_log(path)
    for record in RECORDS[10:]:
        log.append([record])
    log.close()
    contents = read_sealed_log(path, KEY)
    assert contents.records == tuple(RECORDS)
    assert contents.is_intact
    assert b"record" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_goes_on_after_it_was_closed_at_any_record(path: Path) -> None:
    open_log(path).close()
    for number in range(10, 30):
        log = SealedLog(path, KEY, read_sealed_log(path, KEY).end)
        log.append([RECORDS[number]])
        log.close()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS)


def test_one_flipped_bit_costs_one_record(path: Path) -> None:
    end, rng = write_sealed_log(path, KEY, RECORDS), random.Random(1)
    sound = path.read_bytes()
    for at in [0, 4, 8, end - 1, *(rng.randrange(end) for _ in range(60))]:
        content = bytearray(sound)
        content[at] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        contents = read_sealed_log(path, KEY)
        lost = [record for record in RECORDS if record not in contents.records]
        assert len(lost) == 1
        assert not contents.is_intact
        assert contents.tail_is_damaged == (lost == [RECORDS[-1]])


@pytest.mark.parametrize("size", [0, 1, 19, 500, 4000])
def test_a_cut_file_has_the_records_before_the_cut_and_says_so(path: Path, size: int) -> None:
    write_sealed_log(path, KEY, RECORDS)
    path.write_bytes(path.read_bytes()[:size])
    contents = read_sealed_log(path, KEY)
    assert contents.records == tuple(RECORDS[: len(contents.records)])
    assert contents.tail_is_damaged


def test_a_file_that_is_not_there_is_no_damage(path: Path) -> None:
    contents = read_sealed_log(path, KEY)
    assert (contents.exists, contents.damaged_areas, contents.records) == (False, 0, ())


def test_a_record_moved_elsewhere_or_of_another_key_does_not_open(path: Path) -> None:
    write_sealed_log(path, KEY, RECORDS)
    assert read_sealed_log(path, b"x" * 32).records == ()
    path.write_bytes(b"\1" * 7 + path.read_bytes())
    assert read_sealed_log(path, KEY).records == ()


def test_room_is_added_before_it_is_needed(path: Path) -> None:
    log = open_log(path)
    size = path.stat().st_size
    log.ensure_room()
    assert path.stat().st_size == size
    log.append([b"x" * (ROOM_BYTES * 3 // 4)])
    assert path.stat().st_size == size
    log.ensure_room()
    assert path.stat().st_size == size + ROOM_BYTES
    log.close()


def test_a_log_that_fills_its_room_faster_than_it_is_extended_is_no_cut_file(path: Path) -> None:
    log = open_log(path)
    for _ in range(5):
        log.append([b"x" * (ROOM_BYTES // 2)])
    log.close()
    contents = read_sealed_log(path, KEY)
    assert contents.is_intact
    assert len(contents.records) == 15


def test_what_could_not_be_written_is_written_with_the_next_record(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(path)

    def full(_handle: int, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_write_all", full)
        with pytest.raises(StoreError) as failure:
            log.append([RECORDS[10]])
    assert failure.value.fault is StoreFault.FULL
    log.append([RECORDS[11]])
    log.close()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:12])


def test_records_are_written_at_once_and_made_durable_by_a_thread(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_sync, synced = threading.Event(), threading.Event()

    def slow_sync(_handle: int) -> None:
        assert may_sync.wait(10)
        synced.set()

    log = open_log(path)
    monkeypatch.setattr(sealed_log, "_sync", slow_sync)
    log.write([RECORDS[10]])
    log.sync_beside()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:11])
    assert not synced.is_set()
    may_sync.set()
    assert synced.wait(10)
    log.close()


def test_a_record_that_could_not_be_synced_is_written_again_with_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def broken(_handle: int) -> None:
        failed.set()
        raise OSError(errno.EIO, "no disk")

    log = open_log(path)
    end = read_sealed_log(path, KEY).end
    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_sync", broken)
        log.write([RECORDS[10]])
        log.sync_beside()
        assert failed.wait(10)
        eventually(lambda: log.sync_fault is StoreFault.IO)
    with path.open("r+b") as file:  # as if the kernel had dropped the page that it could not write
        file.seek(end)
        file.write(bytes(400))
    log.write([RECORDS[11]])
    log.sync_beside()
    log.close()
    assert log.sync_fault is None
    contents = read_sealed_log(path, KEY)
    assert contents.records == tuple(RECORDS[:12])
    assert contents.is_intact, "it was written again in the same place"


def test_a_record_is_written_while_an_earlier_one_is_being_synced(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncing, may_end = threading.Event(), threading.Event()

    calls: list[int] = []

    def slow_sync(_handle: int) -> None:
        calls.append(1)
        syncing.set()
        assert may_end.wait(20)

    log = open_log(path)
    monkeypatch.setattr(sealed_log, "_sync", slow_sync)
    log.write([RECORDS[10]])
    log.sync_beside()
    assert syncing.wait(10)
    writer = threading.Thread(target=log.write, args=([RECORDS[11]],), daemon=True)
    writer.start()
    writer.join(10)
    assert not writer.is_alive()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:12])
    may_end.set()
    log.close()
    assert len(calls) == 2, "the sync that ran meanwhile did not cover the later record"


def test_records_in_quick_turn_share_a_sync_and_closing_waits_for_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, counted = counted_syncs()
    log = open_log(path)
    monkeypatch.setattr(sealed_log, "_sync", counted)
    monkeypatch.setattr(sealed_log, "GATHER_S", 600)
    for record in RECORDS[10:20]:
        log.write([record])
        log.sync_beside()
    assert synced == []
    log.close()
    assert len(synced) == 1
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:20])


def test_the_thread_syncs_again_after_a_pause(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, counted = counted_syncs()
    log = open_log(path)
    monkeypatch.setattr(sealed_log, "_sync", counted)
    for number in (1, 2, 3):
        log.write([RECORDS[9 + number]])
        log.sync_beside()
        eventually(lambda number=number: len(synced) == number and log._syncer_is_idle)  # type: ignore[misc]
    log.close()


def test_whoever_waits_learns_that_another_thread_failed_to_sync_its_record(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "no disk")

    log = open_log(path)
    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_sync", broken)
        log.write([RECORDS[10]])
        for _ in range(2):
            with pytest.raises(StoreError) as failure:
                log.sync()
            assert failure.value.fault is StoreFault.IO
    assert log.has_unwritten
    log.append([])
    assert not log.has_unwritten
    log.close()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:11])


def test_a_system_without_more_threads_costs_no_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    synced, counted = counted_syncs()
    log = open_log(path)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_thread)
        patched.setattr(sealed_log, "_sync", counted)
        log.write([RECORDS[10]])
        log.sync_beside()
        assert synced, "the caller made it durable"
    log.write([RECORDS[11]])
    log.sync_beside()
    log.close()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:12])


def test_a_record_that_needs_more_room_waits_for_the_extension_and_is_not_overwritten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(path)
    log.append([b"x" * (ROOM_BYTES * 3 // 4)])
    real, extending, may_extend = sealed_log._write_all, threading.Event(), threading.Event()

    def slow_write(handle: int, content: bytes) -> None:
        if content == bytes(ROOM_BYTES):
            extending.set()
            assert may_extend.wait(20)
        real(handle, content)

    monkeypatch.setattr(sealed_log, "_write_all", slow_write)
    extension = threading.Thread(target=log.ensure_room, daemon=True)
    extension.start()
    assert extending.wait(10)
    log.write([RECORDS[10]])  # there is room for it
    large = threading.Thread(target=log.write, args=([b"y" * (ROOM_BYTES // 2)],), daemon=True)
    large.start()
    may_extend.set()
    extension.join(10)
    large.join(10)
    log.close()
    contents = read_sealed_log(path, KEY)
    assert contents.is_intact
    assert contents.records[-2:] == (RECORDS[10], b"y" * (ROOM_BYTES // 2))


def test_a_closed_log_takes_nothing_and_says_so(path: Path) -> None:
    log = open_log(path)
    log.close()
    log.close()
    with pytest.raises(StoreError):
        log.write([RECORDS[10]])
    log.ensure_room()
    assert read_sealed_log(path, KEY).records == tuple(RECORDS[:10])


def test_closing_makes_the_last_records_durable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, counted = counted_syncs()
    log = open_log(path)
    monkeypatch.setattr(sealed_log, "_sync", counted)
    log.write([RECORDS[10]])
    log.sync_beside()
    log.close()
    assert synced


def test_threads_that_write_at_once_lose_no_record(path: Path) -> None:
    log = open_log(path)

    def write(thread: int) -> None:
        for number in range(100):
            log.append([f"{thread}/{number}".encode()])
            log.ensure_room()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    contents = read_sealed_log(path, KEY)
    assert contents.is_intact
    assert len(contents.records) == 10 + 400
    for number in range(4):
        of_thread = [record for record in contents.records[10:] if record.startswith(f"{number}/".encode())]
        assert of_thread == [f"{number}/{i}".encode() for i in range(100)]


def test_of_what_cannot_be_written_the_newest_thousand_are_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    log = open_log(path)
    numbered = [str(number).encode() for number in range(1500)]
    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_write_all", full)
        for start in range(0, 1500, 100):
            with pytest.raises(StoreError):
                log.write(numbered[start : start + 100])
    log.append([])
    log.close()
    assert read_sealed_log(path, KEY).records == (*RECORDS[:10], *numbered[500:])


def test_a_record_is_written_where_there_is_no_space_for_more_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sealed_log._write_all

    def almost_full(handle: int, content: bytes) -> None:
        if len(content) > ROOM_BYTES:
            raise OSError(errno.ENOSPC, "no space")
        real(handle, content)

    log = open_log(path)
    monkeypatch.setattr(sealed_log, "_write_all", almost_full)
    for _ in range(3):
        log.append([b"x" * (ROOM_BYTES // 2)])
    log.close()
    assert len(read_sealed_log(path, KEY).records) == 13


def test_a_file_that_ends_with_its_last_record_was_cut(path: Path) -> None:
    end = write_sealed_log(path, KEY, RECORDS)
    path.write_bytes(path.read_bytes()[:end])
    contents = read_sealed_log(path, KEY)
    assert contents.records == tuple(RECORDS)
    assert contents.tail_is_damaged


def test_more_room_is_durable_before_it_is_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, synced = sealed_log._sync, list[int]()

    def counted(handle: int) -> None:
        real(handle)
        synced.append(path.stat().st_size)

    log = open_log(path)
    log.append([b"x" * (ROOM_BYTES * 3 // 4)])
    size = path.stat().st_size
    monkeypatch.setattr(sealed_log, "_sync", counted)
    log.ensure_room()
    assert synced == [size + ROOM_BYTES]
    log.close()

"""The station's log file: bounded, read for the hub without personal data, and no reason to stop."""

import gzip
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from hub_sync.contract.fleet import MAX_UPLOAD_LOG
from kiosk_app.bootstrap.log_file import LOG_FILE, MAX_BYTES, LogFile

Open = Callable[[Path, TextIO], LogFile]


@pytest.fixture
def open_log() -> Iterator[Open]:
    opened: list[LogFile] = []

    def build(folder: Path, stream: TextIO) -> LogFile:
        opened.append(LogFile(folder, stream))
        return opened[-1]

    yield build
    for log in opened:
        log.close()


def text_of(log: LogFile) -> str:
    packed = log.read()
    return gzip.decompress(packed).decode() if packed else ""


def test_lines_go_to_the_stream_and_to_a_file_that_others_can_not_read(
    tmp_path: Path, open_log: Open
) -> None:
    stream = io.StringIO()
    log = open_log(tmp_path, stream)
    log.write("sync_loop_failed reason=x\n")
    assert stream.getvalue() == text_of(log) == "sync_loop_failed reason=x\n"
    assert (tmp_path / LOG_FILE).stat().st_mode & 0o077 == 0


def test_addresses_and_telephone_numbers_stay_here(tmp_path: Path, open_log: Open) -> None:
    log = open_log(tmp_path, io.StringIO())
    log.write("ada@fair.example called +49 30 1234 5678 at 2026-11-29T12:00:00.123456Z row 1234567\n")
    assert text_of(log) == "[hidden] called [hidden] at 2026-11-29T12:00:00.123456Z row 1234567\n"


def test_the_log_is_bounded_on_disk_and_on_its_way(tmp_path: Path, open_log: Open) -> None:
    log, noise = open_log(tmp_path, io.StringIO()), random.Random(1)
    for number in range(40):
        log.write(f"line {number} {noise.randbytes(60_000).hex()}\n")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * MAX_BYTES
    assert len(log.read()) <= MAX_UPLOAD_LOG
    assert "line 39" in text_of(log), "the newest part"


def test_neither_a_missing_folder_nor_a_closed_stream_ends_a_station(tmp_path: Path, open_log: Open) -> None:
    stream = io.StringIO()
    log = open_log(tmp_path / "later", stream)
    log.write("lost\n")
    assert log.read() == b""
    (tmp_path / "later").mkdir()
    stream.close()
    log.write("kept\n")
    assert text_of(log) == "kept\n"
    log.close()
    log.write("after the wipe\n")
    assert text_of(log) == "kept\n"

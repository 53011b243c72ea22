"""Run the child process that reads a file, with limits on its time and its output.

The child limits its own memory and processor time (`child`); here is what a child that went wrong can't be trusted with.
"""

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson
import structlog

from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.rate_limits import TooManyRequests
from hub_sync.hub.kit.table_files import frames
from hub_sync.hub.kit.table_files.errors import MIB, FileRefused, RefusalCode

CHILD = "hub_sync.hub.kit.table_files.child"
LEAST_CPU_S = 4.0
CPU_S_PER_MIB = 0.6
"""Seconds of processor time: a large file may take longer, and a small one that takes long is up to something."""
OVERTIME = 3.0
"""How much longer than its processor time a child may take, on a busy machine."""
MAX_OUTPUT = 64 * MIB
"""Bytes of all frames; the rows in them are compressed."""
AT_ONCE = 2
RETRY_AFTER_S = 5
_WAIT_S = 15.0
_PIECE = 256 * 1024
log = structlog.get_logger(__name__)


class ReadersBusy(TooManyRequests):
    """As many files are being read as this process reads at once."""

    template = N_("Other files are being read. Nothing is lost: try again in some seconds.")


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """The way in which a file is read; what is empty is found."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class RowChunk:
    """Some rows of a file.

    Attributes:
        first_line: the line of the first one.
        rows: how many there are.
        content: compressed JSON `[[line, [cell, …]], …]`.
    """

    first_line: int
    rows: int
    content: bytes


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The content of a file.

    Attributes:
        about: format, encoding, delimiter, sheet, sheets, notes, rows, columns, numbers.
        chunks: the rows.
        readings: of a text whose encoding somebody has to choose; there are no rows then.
    """

    about: Mapping[str, Any] = field(default_factory=dict)
    chunks: Sequence[RowChunk] = ()
    readings: Sequence[Mapping[str, Any]] = ()


_slots = threading.BoundedSemaphore(AT_ONCE)


def read_file(file: BinaryIO, options: ReadingOptions) -> ReadFile:
    """Read a file in a child process.

    Args:
        file: an open file of the system, which the child inherits.
        options: how to read it.

    Raises:
        FileRefused: with the reason.
        ReadersBusy: 429, other files are being read.
    """
    if not _slots.acquire(timeout=_WAIT_S):
        raise ReadersBusy(retry_after_s=RETRY_AFTER_S)
    try:
        return _run(file, options)
    finally:
        _slots.release()


def _run(file: BinaryIO, options: ReadingOptions) -> ReadFile:
    file.flush()
    size = os.fstat(file.fileno()).st_size
    cpu_s = LEAST_CPU_S + CPU_S_PER_MIB * size / MIB
    arguments = {
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "sheet": options.sheet,
        "cpu_s": cpu_s,
    }
    command = [sys.executable, "-I", "-m", CHILD, orjson.dumps(arguments).decode()]
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    process = subprocess.Popen(  # noqa: S603 - this program
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        close_fds=True,
        start_new_session=True,
    )
    try:
        return _collect(process, time.monotonic() + cpu_s * OVERTIME)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _collect(process: subprocess.Popen[bytes], deadline: float) -> ReadFile:
    """Return what the child writes.

    Raises:
        FileRefused: by the child, or because of the child.
    """
    parser, chunks, size = frames.FrameParser(), list[RowChunk](), 0
    answer: ReadFile | None = None
    try:
        for data in _output(process, deadline):
            size += len(data)
            if size > MAX_OUTPUT:
                raise FileRefused(RefusalCode.WORKBOOK_TOO_LARGE)
            for kind, content in parser.feed(data):
                if kind == frames.ROWS:
                    first_line, rows = frames.ROWS_HEAD.unpack_from(content)
                    chunks.append(RowChunk(first_line, rows, content[frames.ROWS_HEAD.size :]))
                else:
                    answer = _answer(kind, content, chunks)
    except (frames.FrameInvalid, ValueError, KeyError) as error:
        log.warning("table_reader_wrote_nonsense", error=repr(error))
        raise FileRefused(RefusalCode.DAMAGED) from error
    if answer is None:
        raise FileRefused(_cause_of_death(process.wait()))
    return answer


def _answer(kind: bytes, content: bytes, chunks: Sequence[RowChunk]) -> ReadFile:
    values = orjson.loads(content)
    if kind == frames.REFUSED:
        raise FileRefused(RefusalCode(values["code"]), **values["parameters"])
    if kind == frames.QUESTION:
        return ReadFile(readings=values["readings"])
    return ReadFile(values, chunks)


def _output(process: subprocess.Popen[bytes], deadline: float) -> Any:
    """Yield what the child writes, until its end.

    Raises:
        FileRefused: it takes too long.
    """
    if process.stdout is None:
        return
    descriptor = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise FileRefused(RefusalCode.TOO_MUCH_WORK)
            data = os.read(descriptor, _PIECE)
            if not data:
                return
            yield data


def _cause_of_death(status: int) -> RefusalCode:
    """Return the reason for which a child ended without an answer."""
    log.warning("table_reader_ended", status=status)
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return RefusalCode.TOO_MUCH_WORK
    if status == -signal.SIGABRT:  # no memory
        return RefusalCode.WORKBOOK_TOO_LARGE
    return RefusalCode.DAMAGED

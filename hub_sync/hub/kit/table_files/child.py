"""The child process that reads a file: `python -m hub_sync.hub.kit.table_files.child OPTIONS < FILE`.

OPTIONS is a JSON object with `name`, `encoding`, `delimiter` and `sheet` (empty: find it). It limits its own memory and time
before it looks at the file, writes frames (`frames`) to its standard output, and opens no file for writing.
"""

import json
import os
import resource
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, BinaryIO

import orjson

from hub_sync.hub.kit.table_files import frames
from hub_sync.hub.kit.table_files.csv_rows import CsvTable
from hub_sync.hub.kit.table_files.decoding import find_encoding, readings
from hub_sync.hub.kit.table_files.errors import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_FILE,
    MAX_ROWS,
    MAX_TEXT,
    MEMORY,
    MIB,
    FileRefused,
    RefusalCode,
)
from hub_sync.hub.kit.table_files.workbook import ZIP_MAGIC, Workbook, check_package, refuse_old

CHUNK_ROWS = 1_000
_LEVEL = 1
_NUMBER_LINES = 5
_FILES = 32
_NICE = 10
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")
"""How files begin that are often sent by mistake."""
Rows = Iterator[tuple[int, Sequence[str], Sequence[int]]]


def main() -> None:
    """Read the file of the standard input."""
    options = json.loads(sys.argv[1])
    _limit(int(options["cpu_s"]))
    output = os.fdopen(os.dup(1), "wb")
    with os.fdopen(0, "rb", closefd=False) as file:
        try:
            _read(file, options, output)
        except FileRefused as error:
            _refuse(output, error)
        except (MemoryError, zlib.error):
            _refuse(output, FileRefused(RefusalCode.WORKBOOK_TOO_LARGE))
        except BaseException as error:  # noqa: BLE001 - a panic of the library, which is no Exception
            code = RefusalCode.WORKBOOK_TOO_LARGE if "capacity" in str(error) else RefusalCode.DAMAGED
            _refuse(output, FileRefused(code))
    output.flush()
    os._exit(0)  # without the clean-up of large objects


def _limit(cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        resource.setrlimit(kind, (most, most))
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # the hub's processes stay on one CPU each
    with suppress(OSError):
        os.nice(_NICE)


def _read(file: BinaryIO, options: dict[str, Any], output: BinaryIO) -> None:
    if os.fstat(file.fileno()).st_size > MAX_FILE:
        raise FileRefused(RefusalCode.TOO_LARGE, limit=MAX_FILE // MIB)
    head = file.read(8)
    if not head:
        raise FileRefused(RefusalCode.EMPTY)
    if head.startswith(_OTHER_FILES):
        raise FileRefused(RefusalCode.NOT_A_TABLE)
    refuse_old(head, file)
    if head.startswith(ZIP_MAGIC):
        _read_workbook(file, options, output)
    else:
        _read_text(file, options, output)


def _read_workbook(file: BinaryIO, options: dict[str, Any], output: BinaryIO) -> None:
    notes = check_package(file)
    book = Workbook(file)
    if not book.sheets:
        raise FileRefused(RefusalCode.NO_SHEET)
    wanted = options.get("sheet", "")
    for sheet in [wanted] if wanted else book.sheets:
        rows = book.rows(sheet)
        first = list(islice((row for row in rows if any(row[1])), 1))
        if first or wanted or sheet == book.sheets[-1]:
            about: dict[str, Any] = {"format": "xlsx", "sheet": sheet, "sheets": book.sheets, "notes": notes}
            _write(_chain(first, rows), about, output)
            return


def _read_text(file: BinaryIO, options: dict[str, Any], output: BinaryIO) -> None:
    encoding = options.get("encoding", "") or find_encoding(file)
    if not encoding:
        question = {"readings": readings(file)}
        output.write(frames.pack(frames.QUESTION, orjson.dumps(question)))
        return
    table = CsvTable(file, encoding, options.get("delimiter", "")).detect()
    quote = table.open_quote()
    if quote:
        raise FileRefused(RefusalCode.QUOTE_NEVER_ENDS, line=quote)
    about: dict[str, Any] = {"format": "csv", "encoding": encoding, "delimiter": table.delimiter, "notes": []}
    _write(((line, cells, ()) for line, cells in table.rows()), about, output)


def _chain(first: list[Any], rows: Rows) -> Rows:
    yield from first
    yield from rows


def _write(rows: Rows, about: dict[str, Any], output: BinaryIO) -> None:
    """Write the rows in frames of a thousand, and what is known of them at the end."""
    counts = _Counts()
    chunk: list[tuple[int, Sequence[str]]] = []
    for line, cells, number_columns in rows:
        if not any(cells):
            continue
        chunk.append((line, counts.add(line, cells, number_columns)))
        if len(chunk) >= CHUNK_ROWS:
            counts.size += _write_chunk(chunk, output)
            chunk = []
            if counts.size > MAX_TEXT:
                raise FileRefused(RefusalCode.WORKBOOK_TOO_LARGE)
    if chunk:
        _write_chunk(chunk, output)
    if not counts.rows:
        raise FileRefused(RefusalCode.EMPTY)
    done = {
        **about,
        "rows": counts.rows,
        "columns": counts.columns,
        "numbers": {str(column): noted for column, noted in counts.numbers.items()},
        "peak_kib": _peak_kib(),
    }
    output.write(frames.pack(frames.DONE, orjson.dumps(done)))


class _Counts:
    """Counts of the rows that went by."""

    def __init__(self) -> None:
        self.rows = self.columns = self.size = 0
        self.numbers: dict[int, list[Any]] = {}

    def add(self, line: int, cells: Sequence[str], number_columns: Sequence[int]) -> Sequence[str]:
        """Count a row, and return it without the empty cells at its end.

        Raises:
            FileRefused: it is too wide, a cell is too long, or it is one row too many.
        """
        width = len(cells)
        while not cells[width - 1]:
            width -= 1
        if width > MAX_COLUMNS:
            raise FileRefused(RefusalCode.TOO_MANY_COLUMNS, line=line, limit=MAX_COLUMNS)
        cells = cells[:width]
        if max(map(len, cells)) > MAX_CELL:
            raise FileRefused(RefusalCode.CELL_TOO_LONG, line=line, limit=MAX_CELL)
        self.rows += 1
        if self.rows > MAX_ROWS + 1:
            raise FileRefused(RefusalCode.TOO_MANY_ROWS, limit=MAX_ROWS)
        self.columns = max(self.columns, width)
        for column in number_columns:
            noted = self.numbers.setdefault(column, [0, []])
            noted[0] += 1
            if len(noted[1]) < _NUMBER_LINES:
                noted[1].append(line)
        return cells


def _peak_kib() -> int:
    """Return the most memory that this process has had; 0 where the system does not say."""
    with suppress(OSError), open("/proc/self/status", "rb") as status:  # noqa: PTH123 - quick to start
        for line in status:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1])
    return 0


def _write_chunk(chunk: list[tuple[int, Sequence[str]]], output: BinaryIO) -> int:
    content = orjson.dumps(chunk)
    if b"\\u0000" in content:
        line = next((line for line, cells in chunk if any("\x00" in cell for cell in cells)), 0)
        if line:
            raise FileRefused(RefusalCode.NUL, line=line)
    head = frames.ROWS_HEAD.pack(chunk[0][0], len(chunk))
    output.write(frames.pack(frames.ROWS, head + zlib.compress(content, _LEVEL)))
    return len(content)


def _refuse(output: BinaryIO, error: FileRefused) -> None:
    content = {"code": error.code.value, "parameters": error.parameters}
    output.write(frames.pack(frames.REFUSED, orjson.dumps(content)))


if __name__ == "__main__":
    main()

"""Read a text file as rows: the delimiter by its content, lines that end with LF, CRLF or CR, every cell as the text that it is."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TextIO

from hub_sync.hub.kit.table_files.errors import MAX_CELL, FileRefused, RefusalCode

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS, _SAMPLE_ROWS = 64 * 1024, 60
_SEP = "sep="
Row = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class CsvTable:
    """A text file that is read with one encoding and one delimiter."""

    file: BinaryIO
    encoding: str
    delimiter: str = ""

    def detect(self) -> "CsvTable":
        """Return the table with its delimiter.

        Raises:
            FileRefused: the text does not decode.
        """
        if self.delimiter:
            return self
        try:
            text = self._open().read(_SAMPLE_CHARACTERS)
        except UnicodeError as error:
            raise FileRefused(RefusalCode.ENCODING_UNFIT, line=_line_of(error)) from error
        named = _named_delimiter(text)
        return CsvTable(self.file, self.encoding, named or find_delimiter(text))

    def rows(self) -> Iterator[Row]:
        """Yield (line, cells) of each row.

        A quote within an unquoted cell is a character; one that never ends is refused with the line where it begins.

        Raises:
            FileRefused: with the line.
        """
        csv.field_size_limit(MAX_CELL)
        text = self._open()
        reader = csv.reader(text, delimiter=self.delimiter, strict=False)
        line = 1
        try:
            for cells in reader:
                if line == 1 and len(cells) <= 2 and _named_delimiter(self.delimiter.join(cells)):  # noqa: PLR2004 - "sep=" and ","
                    line = reader.line_num + 1
                    continue
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            code = RefusalCode.CELL_TOO_LONG if "field limit" in str(error) else RefusalCode.NOT_A_TABLE
            if reader.line_num > line and "field limit" in str(error):
                code = RefusalCode.QUOTE_NEVER_ENDS
            raise FileRefused(code, line=line, limit=MAX_CELL) from error
        except UnicodeError as error:
            raise FileRefused(RefusalCode.ENCODING_UNFIT, line=line) from error

    def open_quote(self) -> int:
        """Return the line of a quote that is open at the end of the file; 0 if there is none."""
        csv.field_size_limit(MAX_CELL)
        reader = csv.reader(self._open(), delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for _cells in reader:
                line = reader.line_num + 1
        except csv.Error as error:
            return line if "unexpected end" in str(error) else 0
        return 0

    def _open(self) -> TextIO:
        self.file.seek(0)
        raw = io.BufferedReader(_Unclosed(self.file))
        return io.TextIOWrapper(raw, encoding=self.encoding, errors="strict", newline="")


class _Unclosed(io.RawIOBase):
    """A file that stays open when the reader of its text is dropped."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer."""
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def find_delimiter(text: str) -> str:
    r"""Return the delimiter with which most rows have equally many cells, and the most of them.

    >>> find_delimiter("Name;Price\nAda;1,50\nBob;2,00\n")
    ';'
    """
    best, delimiter = (0.0, 0), DELIMITERS[0]
    for candidate in DELIMITERS:
        rows = list(islice(_sample(text, candidate), _SAMPLE_ROWS))
        widths = Counter(len(cells) for cells in rows)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda each: (each[1], each[0]))
        score = (count / len(rows) if width > 1 else 0.0, width)
        if score > best:
            best, delimiter = score, candidate
    return delimiter


def _sample(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CELL)
    try:
        yield from (
            cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if cells
        )
    except csv.Error:
        return


def _named_delimiter(text: str) -> str:
    """Return the delimiter that Excel's first line `sep=;` names, or ""."""
    first = text.lstrip("\ufeff")[: len(_SEP) + 2]
    if first.lower().startswith(_SEP) and first[len(_SEP) :][:1] in DELIMITERS:
        return first[len(_SEP)]
    return ""


def _line_of(error: UnicodeError) -> int:
    before = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
    return 1 + before.count(b"\n")

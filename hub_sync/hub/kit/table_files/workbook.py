"""Read a sheet of an Excel workbook (XLSX). Its packages are looked at before anything is unpacked.

`python_calamine` is quick, and ends the process on some files of a few kilobytes: this module runs in the child process only.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any, BinaryIO

from hub_sync.hub.kit.table_files.errors import (
    MAX_SHEET,
    MAX_STRINGS,
    MIB,
    FileRefused,
    RefusalCode,
)

ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STRINGS = "xl/sharedStrings.xml"
_MOST_PARTS = 2_000
_MOST_GROWTH = 400
"""How many bytes a byte of the archive may become: a sheet of equal rows becomes some 100."""
_GROWTH_FROM = 20 * MIB
EXTERNAL_NOTE, OWN_NOTE, UNCALCULATED_NOTE = "external_links", "own_export", "uncalculated"
"""Notes about a workbook: it has values of others; a hub has written it, and no other program has saved it since; it has formulas
whose results nobody has calculated, which are read as empty cells."""
_SHEETS = "xl/worksheets/"
_UNCALCULATED = re.compile(
    rb'<c(?![^<>]*\bt="str")[^<>]*>\s*+<f(?:[^<>]*/>|[^<>]*>[^<]*</f>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?\s*+</c>'
)
"""A cell with a formula and without a value. That of an empty text (`str`) is a result."""
_SEARCHED = 64
"""MiB of a workbook's sheets in which such cells are looked for: 100,000 rows of 8 columns have 66. The worst that can stand there takes 1.5 s."""
_LONGEST_FORMULA = 40 * 1024
"""In XML: Excel's longest has 8,192 characters, of which each may be an entity."""
PROPERTIES, APPLICATION = "docProps/app.xml", "<Application>Doorward</Application>"
"""The part by which a workbook of a hub is known. A program that saves it writes its own name there."""
_LONGEST_PROPERTIES = 4_096


def refuse_old(head: bytes, file: BinaryIO) -> None:
    """Refuse what begins as a file of Excel before 2007 does, or as an encrypted one.

    Raises:
        FileRefused.
    """
    if head.startswith(OLE_MAGIC):
        file.seek(0)
        is_encrypted = _ENCRYPTED in file.read()
        raise FileRefused(RefusalCode.PASSWORD if is_encrypted else RefusalCode.OLD_EXCEL)


def check_package(file: BinaryIO) -> list[str]:
    """Refuse a package that is no workbook, has macros or unpacks to too much. Return notes about it.

    Raises:
        FileRefused.
    """
    try:
        with zipfile.ZipFile(file) as package:
            parts = {part.filename: part for part in package.infolist()[: _MOST_PARTS + 1]}
            is_own = _is_own(package, parts)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise FileRefused(RefusalCode.DAMAGED) from error
    names = parts.keys()
    if "mimetype" in names or ("xl/workbook.bin" in names and "xl/workbook.xml" not in names):
        raise FileRefused(RefusalCode.OTHER_WORKBOOK)
    if not any(name.startswith("xl/") for name in names):
        raise FileRefused(RefusalCode.NOT_A_TABLE)
    if any("vbaproject" in name.lower() for name in names):
        raise FileRefused(RefusalCode.MACROS)
    total, packed = (
        sum(part.file_size for part in parts.values()),
        sum(part.compress_size for part in parts.values()),
    )
    strings = parts[_STRINGS].file_size if _STRINGS in parts else 0
    grows = total > _GROWTH_FROM and total > _MOST_GROWTH * max(1, packed)
    if len(parts) > _MOST_PARTS or total > MAX_SHEET or strings > MAX_STRINGS or grows:
        raise FileRefused(RefusalCode.WORKBOOK_TOO_LARGE, limit=MAX_SHEET // MIB)
    notes = {
        EXTERNAL_NOTE: any(name.startswith("xl/externalLinks/") for name in names),
        OWN_NOTE: is_own,
        UNCALCULATED_NOTE: not is_own and _has_uncalculated(file, names),
    }
    return [note for note, applies in notes.items() if applies]


def _has_uncalculated(file: BinaryIO, names: Iterable[str]) -> bool:
    """Return True if a sheet has a formula without its result: a program that calculates nothing has written it.

    Raises:
        FileRefused.
    """
    sheets = [name for name in names if name.startswith(_SHEETS) and name.endswith(".xml")]
    try:
        with zipfile.ZipFile(file) as package:
            for name in sheets[:_SEARCHED]:
                with package.open(name) as sheet:
                    if _finds_uncalculated(sheet, max(1, _SEARCHED // len(sheets))):
                        return True
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise FileRefused(RefusalCode.DAMAGED) from error
    return False


def _finds_uncalculated(sheet: IO[bytes], most: int) -> bool:
    """Return True if there is such a cell in the first `most` MiB of a sheet."""
    rest = b""
    for _ in range(most):
        piece = sheet.read(MIB)
        if not piece:
            break
        text = rest + piece
        if b"<f" in text and _UNCALCULATED.search(text):
            return True
        begins = text.rfind(b"<c ", -_LONGEST_FORMULA)
        rest = text[begins:] if begins >= 0 else text[-1:]
    return False


def _is_own(package: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo]) -> bool:
    properties = parts.get(PROPERTIES)
    if properties is None or properties.file_size > _LONGEST_PROPERTIES:
        return False
    return APPLICATION.encode() in package.read(properties)


class Workbook:
    """An open workbook."""

    def __init__(self, file: BinaryIO) -> None:
        """Open it.

        Raises:
            FileRefused: it is damaged, or encrypted.
        """
        import python_calamine  # noqa: PLC0415 - only in the child, after its limits are set

        file.seek(0)
        try:
            self._book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
        except python_calamine.PasswordError as error:
            raise FileRefused(RefusalCode.PASSWORD) from error
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise FileRefused(RefusalCode.DAMAGED) from error
        self._errors = (python_calamine.CalamineError, OSError, ValueError)
        self.sheets = [
            each.name
            for each in self._book.sheets_metadata
            if each.typ == python_calamine.SheetTypeEnum.WorkSheet
            and each.visible == python_calamine.SheetVisibleEnum.Visible
        ]

    def rows(self, sheet: str) -> Iterator[tuple[int, Sequence[str], Sequence[int]]]:
        """Yield (line, cells as text, the columns whose cells are numbers) of each row of a sheet.

        Raises:
            FileRefused: there is no such sheet, or it is damaged.
        """
        if sheet not in self.sheets:
            raise FileRefused(RefusalCode.NO_SHEET)
        try:
            table = self._book.get_sheet_by_name(sheet)
            for line, values in enumerate(table.iter_rows(), start=1):
                cells = [value if type(value) is str else _text(value) for value in values]
                yield line, cells, [column for column, value in enumerate(values) if type(value) is float]
        except self._errors as error:
            raise FileRefused(RefusalCode.DAMAGED) from error


def _text(value: Any) -> str:
    """Return a cell's value as a text; a whole number has no decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)

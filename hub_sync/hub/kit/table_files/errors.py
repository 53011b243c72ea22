"""Reasons to refuse a file, and the limits of what is read. The child imports this module, so it imports nothing of the hub."""

from enum import StrEnum

MIB = 1024 * 1024
MAX_FILE = 48 * MIB
"""Bytes of a file."""
MAX_ROWS = 250_000
MAX_COLUMNS = 200
MAX_CELL = 65_536
"""Characters of a cell: the longest details of a participant, which an export has in one. Excel has half as many."""
MAX_TEXT = 256 * MIB
"""Characters of all cells."""
MAX_SHEET = 400 * MIB
"""Unpacked bytes of a sheet."""
MAX_STRINGS = 100 * MIB
"""Unpacked bytes of a workbook's table of texts."""
MEMORY = 640 * MIB
"""Bytes of the child's address space."""


class RefusalCode(StrEnum):
    """The reason for which a file can't be read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    CELL_TOO_LONG = "cell_too_long"
    QUOTE_NEVER_ENDS = "quote_never_ends"
    NUL = "nul"
    ENCODING_UNFIT = "encoding_unfit"
    NOT_A_TABLE = "not_a_table"
    OLD_EXCEL = "old_excel"
    PASSWORD = "password"  # noqa: S105 - the name of a reason
    MACROS = "macros"
    OTHER_WORKBOOK = "other_workbook"
    DAMAGED = "damaged"
    NO_SHEET = "no_sheet"
    WORKBOOK_TOO_LARGE = "workbook_too_large"
    TOO_MUCH_WORK = "too_much_work"


class FileRefused(Exception):
    """A file that can't be read; the parameters fill the sentence of its code in."""

    def __init__(self, code: RefusalCode, **parameters: object) -> None:
        """Create the error.

        Args:
            code: why.
            parameters: the line, or the limit.
        """
        super().__init__(code.value)
        self.code, self.parameters = code, parameters

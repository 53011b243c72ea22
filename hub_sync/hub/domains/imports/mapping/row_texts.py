"""The texts of a row's fields: the cells of the mapped columns, with the corrections that somebody made."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from hub_sync.hub.domains.imports.importable import EXTRA
from hub_sync.hub.domains.imports.issues import Issue
from hub_sync.hub.domains.imports.options import (
    ClearMend,
    DefaultMend,
    ImportOptions,
    Mend,
    ReplaceMend,
    RowMend,
    SkipMend,
)
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.kit.lists.csv_writer import undo_escape
from hub_sync.hub.kit.table_files.workbook import OWN_NOTE

_MENDS: TypeAdapter[list[Mend]] = TypeAdapter(list[Mend])


def load_mends(stored: Sequence[Any]) -> list[Mend]:
    """Return stored corrections."""
    return _MENDS.validate_python(list(stored))


def dump_mends(mends: Sequence[Mend]) -> list[Any]:
    """Return corrections as they are stored."""
    dumped: list[Any] = _MENDS.dump_python(list(mends), mode="json")
    return dumped


class RowReader:
    """Reads the cells of rows as texts of fields."""

    def __init__(
        self,
        mapping: Mapping[str, str],
        mends: Sequence[Mend],
        *,
        clear_empty: bool = False,
        is_escaped: bool = True,
    ) -> None:
        """Prepare what is the same for all rows.

        Args:
            mapping: the field of each column, by its number.
            mends: the corrections.
            clear_empty: True if an empty cell removes what is stored.
            is_escaped: True if an apostrophe before what would be a formula may be that of a CSV file (`csv_writer`).
        """
        self._is_escaped = is_escaped
        self._columns = sorted((int(column), name) for column, name in mapping.items() if name)
        self._clear_empty = clear_empty
        self._replaced = {(each.field, each.text): each.by for each in mends if isinstance(each, ReplaceMend)}
        self._replaced_fields = {name for name, _text in self._replaced}
        self._defaults = {each.field: each.by for each in mends if isinstance(each, DefaultMend)}
        self._cleared = {(each.cause, each.field) for each in mends if isinstance(each, ClearMend)}
        self._skipped = {(each.cause, each.field) for each in mends if isinstance(each, SkipMend)}
        self._of_rows: dict[int, dict[str, str]] = {}
        for each in mends:
            if isinstance(each, RowMend):
                self._of_rows.setdefault(each.line, {})[each.field] = each.by

    @classmethod
    def of(cls, draft: Import, options: ImportOptions) -> "RowReader":
        """Return the reader of an import's rows.

        In a workbook of a hub all apostrophes are the people's own. One of another program may have been a CSV file of a hub.
        """
        is_escaped = OWN_NOTE not in draft.reading.get("notes", ())
        mends = load_mends(draft.mends)
        return cls(draft.mapping, mends, clear_empty=options.clear_empty, is_escaped=is_escaped)

    def texts(self, line: int, cells: Sequence[str]) -> dict[str, str]:
        """Return the texts by field; empty ones are left out, unless they are to remove what is stored."""
        texts: dict[str, str] = {}
        width = len(cells)
        for column, name in self._columns:
            text = cells[column].strip() if column < width else ""
            if self._is_escaped and text[:1] == "'":
                text = undo_escape(text)
            if text or (self._clear_empty and not name.startswith(EXTRA)):
                texts[name] = text
        if line in self._of_rows:
            texts.update(self._of_rows[line])
            texts = {name: text.strip() for name, text in texts.items() if text.strip() or self._clear_empty}
        for name in self._replaced_fields:
            by = self._replaced.get((name, texts.get(name, "")))
            if by is not None:
                texts[name] = by
        for name, by in self._defaults.items():
            if not texts.get(name):
                texts[name] = by
        return texts

    def clears(self, issue: Issue) -> bool:
        """Return True if the field of this problem is left out."""
        return bool(self._cleared) and (issue.cause, issue.field) in self._cleared

    def skips(self, issue: Issue) -> bool:
        """Return True if the row of this problem is left out."""
        return bool(self._skipped) and (issue.cause, issue.field) in self._skipped

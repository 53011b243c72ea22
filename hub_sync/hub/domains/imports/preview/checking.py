"""Make the preview of an import: parse each row, find who is registered, group the problems. Nothing of it is written yet.

A file of 100,000 rows takes some seconds of this process. Rows are worked on in small parts with a pause between, so that
gates and other callers are served meanwhile; each thousand is read and written in a transaction of its own. After single
rows were mended, these are worked on alone, with those whose matching depends on them.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import Cells, pack_plan, unpack_cells, unpack_plan
from hub_sync.hub.domains.imports.errors import ImportChanged, ImportStarted, NothingMapped
from hub_sync.hub.domains.imports.importable import Importable, Matcher, ParsedRow
from hub_sync.hub.domains.imports.issues import Cause, Issue, RowOutcome
from hub_sync.hub.domains.imports.mapping.row_texts import RowReader, load_mends
from hub_sync.hub.domains.imports.options import ImportOptions, Mend, RowMend
from hub_sync.hub.domains.imports.preview.summary import Summary
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey

PART_ROWS = 100
PAUSE_S = 0.0001
"""As short as the system can make it: whoever waits goes first. In between, threads take turns anyway (`server.tune_interpreter`)."""
Plan = tuple[str, bytes, Mapping[str, int]]
"""The id of a chunk, its packed rows, and how many have which outcome."""
MOST_REDONE = 500
"""Rows that are worked on anew one by one; if it were more, the whole file is."""


def check(uow: UnitOfWork, key: FeedKey, import_id: str, entity: Importable) -> Import:
    """Make the preview anew, and store it unless the import was changed meanwhile.

    Raises:
        ImportNotFound: 404. ImportStarted: 409. ImportChanged: 412. NothingMapped: 422.
    """
    with uow.read() as work:
        draft = storage.get(work, key, import_id)
        if draft.stage is ImportStage.STARTED:
            raise ImportStarted
        if not any(draft.mapping.values()):
            raise NothingMapped
        chunks = storage.chunks_of(work, draft)
        options = ImportOptions.model_validate(draft.options)
        matcher = entity.matcher(work, key, options)
        work.session.expunge_all()
    checker = _Checker(entity, options, RowReader.of(draft, options), draft.header_line)
    summary = Summary()
    plans: list[Plan] = []
    for chunk in chunks:
        with uow.read() as work:
            cells = storage.read_cells(work, draft, chunk.position)
            rows = checker.parse(unpack_cells(cells))
            matcher.match(work, [row for row in rows if row.outcome is not RowOutcome.SKIP])
        checker.mend(rows)
        plans.append((chunk.id, pack_plan(rows), dict(summary.add(rows))))
        time.sleep(PAUSE_S)
    _add_number_cells(summary, draft, entity)
    return _store(uow, key, draft, plans, summary)


def check_rows(
    uow: UnitOfWork, key: FeedKey, import_id: str, entity: Importable, lines: Collection[int], since: int
) -> Import:
    """Make the preview of mended rows anew, and of the rows that share a code, id or person with them.

    What the others would do stays as it was previewed. The whole preview is made anew if it was not that of the import before
    the mends, or if too many rows depend on them.

    Args:
        uow: begins transactions.
        key: the event.
        import_id: the import.
        entity: what it imports.
        lines: the lines of the mended rows.
        since: the version of the import before these mends.

    Raises:
        As `check`.
    """
    with uow.read() as work:
        draft = storage.get(work, key, import_id)
        is_current = draft.stage is ImportStage.PREVIEW and (draft.summary or {}).get("version") == since
        work.session.expunge_all()
    redone = _Redone(uow, key, draft, entity, frozenset(lines)).work_off() if is_current else None
    if redone is None:
        return check(uow, key, import_id, entity)
    plans, summary = redone
    _add_number_cells(summary, draft, entity)
    return _store(uow, key, draft, plans, summary)


def check_mends(
    uow: UnitOfWork, key: FeedKey, import_id: str, entity: Importable, before: Sequence[Mend], since: int
) -> Import:
    """Make the preview anew after the corrections were changed: of the rows concerned, if only such of single rows were.

    Args:
        uow: begins transactions.
        key: the event.
        import_id: the import.
        entity: what it imports.
        before: the corrections before.
        since: the version of the import before they were changed.

    Raises:
        As `check`.
    """
    with uow.read() as work:
        after = load_mends(storage.get(work, key, import_id).mends)
    if _of_all_rows(before) != _of_all_rows(after):
        return check(uow, key, import_id, entity)
    old, new = _of_rows(before), _of_rows(after)
    lines = {line for line in old.keys() | new.keys() if old.get(line) != new.get(line)}
    return check_rows(uow, key, import_id, entity, lines, since)


def _of_all_rows(mends: Sequence[Mend]) -> list[Mend]:
    return [mend for mend in mends if not isinstance(mend, RowMend)]


def _of_rows(mends: Sequence[Mend]) -> dict[int, dict[str, str]]:
    fields: dict[int, dict[str, str]] = {}
    for mend in mends:
        if isinstance(mend, RowMend):
            fields.setdefault(mend.line, {})[mend.field] = mend.by
    return fields


class _Redone:
    """Works on a few rows of a preview anew."""

    def __init__(
        self, uow: UnitOfWork, key: FeedKey, draft: Import, entity: Importable, lines: frozenset[int]
    ) -> None:
        self._uow, self._key, self._draft, self._entity, self._lines = uow, key, draft, entity, lines
        self._options = ImportOptions.model_validate(draft.options)
        reader = RowReader.of(draft, self._options)
        self._checker = _Checker(entity, self._options, reader, draft.header_line)
        self._count = 0

    def work_off(self) -> tuple[list[Plan], Summary] | None:
        """Return the changed plans, and the summary of all rows; None if too many rows depend on the mended ones."""
        with self._uow.read() as work:
            chunks = storage.chunks_of(work, self._draft)
            matcher = self._matcher(work)
            touched = self._touched_keys(work, chunks)
        summary, plans = Summary(), list[Plan]()
        for chunk in chunks:
            with self._uow.read() as work:
                rows = self._plan(work, chunk.position)
                before = self._count
                for place, row in enumerate(rows):
                    if self._is_affected(row, matcher, touched):
                        rows[place] = self._redo(work, chunk.position, row.line, matcher)
            counts = dict(summary.add(rows))
            if self._count > before:
                plans.append((chunk.id, pack_plan(rows), counts))
            if self._count > MOST_REDONE:
                return None
            time.sleep(PAUSE_S)
        return plans, summary

    def _touched_keys(self, work: Work, chunks: Sequence[Any]) -> frozenset[tuple[str, str]]:
        """Return the keys that the mended rows had, and those that they have now."""
        probe, keys = self._matcher(work), set[tuple[str, str]]()
        for number, chunk in enumerate(chunks):
            end = chunks[number + 1].first_line if number + 1 < len(chunks) else None
            if any(line >= chunk.first_line and (end is None or line < end) for line in self._lines):
                for row in self._plan(work, chunk.position):
                    if row.line in self._lines:
                        keys |= {*row.keys, *self._redo(work, chunk.position, row.line, probe).keys}
        self._count = 0
        return frozenset(keys)

    def _is_affected(self, row: ParsedRow, matcher: Matcher, touched: frozenset[tuple[str, str]]) -> bool:
        if row.line in self._lines or not touched.isdisjoint(row.keys):
            return True
        above = matcher.line_above(row.line, row.keys)
        if row.outcome is RowOutcome.SKIP:  # its problems are not stored
            return False
        known = [issue.parameters["above"] for issue in row.issues if issue.cause is Cause.TWICE]
        return known != ([] if above is None else [above])

    def _redo(self, work: Work, position: int, line: int, matcher: Matcher) -> ParsedRow:
        cells = dict(unpack_cells(storage.read_cells(work, self._draft, position)))
        (row,) = self._checker.parse([(line, cells[line])])
        if row.outcome is not RowOutcome.SKIP:
            matcher.match(work, [row])
        self._checker.mend([row])
        self._count += 1
        return row

    def _plan(self, work: Work, position: int) -> list[ParsedRow]:
        return unpack_plan(storage.read_plan(work, self._draft, position) or b"")

    def _matcher(self, work: Work) -> Matcher:
        return self._entity.matcher(work, self._key, self._options, of_few=True)


class _Checker:
    """Parses rows, and applies the corrections that are about problems."""

    def __init__(
        self, entity: Importable, options: ImportOptions, reader: RowReader, header_line: int
    ) -> None:
        self._entity, self._options, self._reader = entity, options, reader
        self._header_line = header_line

    def parse(self, cells: Sequence[Cells]) -> list[ParsedRow]:
        rows = []
        for place, (line, texts) in enumerate(cells):
            if line <= self._header_line:
                continue
            if place % PART_ROWS == 0:
                time.sleep(PAUSE_S)
            rows.append(self._parse_row(line, self._reader.texts(line, texts)))
        return rows

    def _parse_row(self, line: int, texts: dict[str, str]) -> ParsedRow:
        row = self._entity.parse(line, texts, self._options)
        if row.issues:
            cleared = {issue.field for issue in row.issues if issue.field and self._reader.clears(issue)}
            if cleared:
                texts = {name: text for name, text in texts.items() if name not in cleared}
                row = self._entity.parse(line, texts, self._options)
            self._skip(row)
        return row

    def mend(self, rows: Sequence[ParsedRow]) -> None:
        """Leave the rows out that somebody wants left out, once what is registered is known."""
        for row in rows:
            if row.issues:
                self._skip(row)

    def _skip(self, row: ParsedRow) -> None:
        if row.outcome is not RowOutcome.SKIP and any(self._reader.skips(issue) for issue in row.issues):
            row.outcome, row.issues = RowOutcome.SKIP, []


def _add_number_cells(summary: Summary, draft: Import, entity: Importable) -> None:
    """Warn of columns of text whose cells are numbers in the workbook."""
    for column, (count, lines) in draft.reading.get("numbers", {}).items():
        name = draft.mapping.get(column, "")
        field = entity.fields.get(name)
        if field is None or not field.is_text or not count:
            continue
        for line in lines:
            summary.add_issue(line, Issue(Cause.NUMBER_CELL, name, parameters={"cells": count}))


def _store(
    uow: UnitOfWork,
    key: FeedKey,
    checked: Import,
    plans: Sequence[Plan],
    summary: Summary,
) -> Import:
    with uow.begin() as work:
        draft = storage.get_for_update(work, key, checked.id)
        if draft.version != checked.version:
            raise ImportChanged
        storage.store_plans(work, draft, plans)
        draft.version += 1
        draft.summary = summary.to_dict() | {"version": draft.version}
        draft.stage = ImportStage.PREVIEW
        work.session.flush()
        work.session.expunge_all()
    return draft

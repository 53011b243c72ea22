"""Make the preview of an import: parse each row, find who is registered, group the problems. Nothing of it is written yet.

A file of 100,000 rows takes some seconds of this process. Rows are worked on in small parts with a pause between, so that
gates and other callers are served meanwhile; each thousand is read and written in a transaction of its own.
"""

import time
from collections.abc import Mapping, Sequence

from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import Cells, pack_plan, unpack_cells
from hub_sync.hub.domains.imports.errors import ImportChanged, ImportStarted, NothingMapped
from hub_sync.hub.domains.imports.importable import Importable, ParsedRow
from hub_sync.hub.domains.imports.issues import Cause, Issue, RowOutcome
from hub_sync.hub.domains.imports.mapping.row_texts import RowReader, load_mends
from hub_sync.hub.domains.imports.options import ImportOptions
from hub_sync.hub.domains.imports.preview.summary import Summary
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.events.change_feed import FeedKey

PART_ROWS = 20
PAUSE_S = 0.0001
"""As short as the system can make it: whoever waits goes first, and a preview for which nobody waits loses little."""


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
    reader = RowReader(draft.mapping, load_mends(draft.mends), clear_empty=options.clear_empty)
    checker = _Checker(entity, options, reader, draft.header_line)
    summary = Summary()
    plans: list[tuple[str, bytes, Mapping[str, int]]] = []
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
        cleared = {issue.field for issue in row.issues if issue.field and self._reader.clears(issue)}
        if cleared:
            texts = {name: text for name, text in texts.items() if name not in cleared}
            row = self._entity.parse(line, texts, self._options)
        self._skip(row)
        return row

    def mend(self, rows: Sequence[ParsedRow]) -> None:
        """Leave the rows out that somebody wants left out, once what is registered is known."""
        for row in rows:
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
    plans: Sequence[tuple[str, bytes, Mapping[str, int]]],
    summary: Summary,
) -> Import:
    with uow.begin() as work:
        draft = storage.get_for_update(work, key, checked.id)
        if draft.version != checked.version:
            raise ImportChanged
        storage.store_plans(work, draft, plans)
        draft.version += 1
        draft.summary, draft.stage = summary.to_dict(), ImportStage.PREVIEW
        work.session.flush()
        work.session.expunge_all()
    return draft

"""Pages through the rows of a preview, and single rows of the file."""

from dataclasses import dataclass

from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import unpack_cells, unpack_plan
from hub_sync.hub.domains.imports.errors import RowNotFound
from hub_sync.hub.domains.imports.importable import ParsedRow
from hub_sync.hub.domains.imports.issues import RowOutcome
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.kit.db.unit_of_work import Work

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a preview. Attributes as the pages of a list have them (`ui.pages`)."""

    rows: list[ParsedRow]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """The number of pages, one at least."""
        return max(1, -(-self.total // self.size))

    @property
    def skipped(self) -> int:
        """The number of rows on the pages before."""
        return (self.page - 1) * self.size


def page_of(
    work: Work, draft: Import, outcome: RowOutcome | None, page: int, size: int = PAGE_ROWS
) -> RowPage:
    """Return a page of the rows of an outcome; None: of all rows. Only the chunks with these rows are read."""
    first, rows, total = (page - 1) * size, list[ParsedRow](), 0
    for chunk in storage.chunks_of(work, draft):
        counts = chunk.counts or {}
        count = sum(counts.values()) if outcome is None else counts.get(outcome.value, 0)
        if count and total + count > first and len(rows) < size:
            planned = unpack_plan(storage.read_plan(work, draft, chunk.position) or b"")
            chosen = [row for row in planned if outcome is None or row.outcome is outcome]
            rows += chosen[max(0, first - total) :][: size - len(rows)]
        total += count
    return RowPage(rows, total, page, size)


def cells_at(work: Work, draft: Import, line: int) -> list[str]:
    """Return the cells of a line.

    Raises:
        RowNotFound: 404.
    """
    for chunk in reversed(storage.chunks_of(work, draft)):
        if chunk.first_line <= line:
            cells = dict(unpack_cells(storage.read_cells(work, draft, chunk.position)))
            if line in cells and line > draft.header_line:
                return list(cells[line])
            break
    raise RowNotFound


def row_at(work: Work, draft: Import, line: int) -> ParsedRow | None:
    """Return what would become of a line; None if there is no preview."""
    for chunk in reversed(storage.chunks_of(work, draft)):
        if chunk.first_line <= line:
            stored = storage.read_plan(work, draft, chunk.position)
            rows = unpack_plan(stored) if stored else []
            return next((row for row in rows if row.line == line), None)
    return None

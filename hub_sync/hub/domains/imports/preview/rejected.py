"""The rows that are refused, as a table: why, and what the file has, so that it can be mended and sent again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from hub_sync.hub.domains.imports.drafts import storage
from hub_sync.hub.domains.imports.drafts.plans import unpack_cells, unpack_plan
from hub_sync.hub.domains.imports.issues import RowOutcome
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.http.file_names import file_stem

LabelOf = Callable[[str], str]
SentenceOf = Callable[[str, Mapping[str, Any]], str]


def columns(draft: Import, line: str, reason: str) -> list[str]:
    """Return the heading: that of the file, and two columns which an import ignores (`guessing.OWN_COLUMNS`)."""
    return [line, reason, *(name or f"{number}" for number, name in enumerate(draft.header, start=1))]


def rows(
    uow: UnitOfWork,
    draft: Import,
    label_of: LabelOf,
    sentence_of: SentenceOf,
    failed: Mapping[int, str] | None = None,
) -> Iterator[Sequence[Any]]:
    """Yield the refused rows, a chunk of the file from a snapshot each.

    Args:
        uow: the source of snapshots.
        draft: the import.
        label_of: the label of a field.
        sentence_of: the sentence of a problem.
        failed: why, by the line, of rows that failed when the import ran.
    """
    width, failed = len(draft.header), failed or {}
    with uow.read() as work:
        chunks = storage.chunks_of(work, draft)
    for chunk in chunks:
        has_failed = any(chunk.first_line <= line for line in failed)
        if not (chunk.counts or {}).get(RowOutcome.REFUSE.value) and not has_failed:
            continue
        with uow.read() as work:
            cells = dict(unpack_cells(storage.read_cells(work, draft, chunk.position)))
            plan = unpack_plan(storage.read_plan(work, draft, chunk.position) or b"")
        for row in plan:
            if row.outcome is not RowOutcome.REFUSE and row.line not in failed:
                continue
            reasons = [
                f"{label_of(issue.field)}: {sentence_of(issue.cause.value, issue.parameters)}"
                if issue.field
                else sentence_of(issue.cause.value, issue.parameters)
                for issue in row.issues
                if issue.is_error
            ]
            if row.line in failed:
                reasons.append(failed[row.line])
            own = list(cells[row.line])
            yield [row.line, " ".join(reasons), *own, *[""] * (width - len(own))]


def file_name(draft: Import, kind: str) -> str:
    """Return the name of the file of refused rows."""
    return f"refused-{file_stem(PurePath(draft.file_name).stem, 'import')}.{kind}"


def problem_sentence(problem: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
    """Return what a bulk operation stores of an error as a sentence; `translate` translates its template."""
    return fill_in(translate(problem.get("template", "")), problem.get("parameters", {}))

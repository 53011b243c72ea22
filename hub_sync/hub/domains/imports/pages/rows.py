"""Pages of single rows: what would become of each, and a form that mends a refused one."""

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import ALSO, FLAG, MAY_IMPORT
from hub_sync.hub.domains.imports.errors import (
    ImportChanged,
    ImportMappingInvalid,
    ImportStarted,
    RowNotFound,
    TooManyMends,
)
from hub_sync.hub.domains.imports.issues import RowOutcome
from hub_sync.hub.domains.imports.mapping.row_texts import RowReader, load_mends
from hub_sync.hub.domains.imports.options import LONGEST_TEXT, ImportOptions, RowMend
from hub_sync.hub.domains.imports.pages.files import PATH
from hub_sync.hub.domains.imports.pages.preview import OUTCOMES, row_words
from hub_sync.hub.domains.imports.preview import rejected
from hub_sync.hub.domains.imports.preview.rejected import problem_sentence
from hub_sync.hub.domains.imports.preview.rows import cells_at, page_of, row_at
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.domains.participants.manifest import STATUSES
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists import csv_writer, xlsx_writer
from hub_sync.hub.kit.lists.exports import attachment_response
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.text_normalization import whole_number

_FIELD = "field_"
_MOST_PAGES, _MOST_LINES = 100_000, 2_000_000

router = PageRouter()


@router.get(f"{PATH}/rows", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def list_rows(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """List the rows of the file with what would become of each."""
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    if draft.summary is None:
        return page.redirect(f"/events/{event_id}/imports/{import_id}")
    wanted = page.request.query_params.get("outcome", "")
    outcome = RowOutcome(wanted) if wanted in list(RowOutcome) else None
    number = whole_number(page.request.query_params.get("page", "1"), _MOST_PAGES) or 1
    return page.render(
        "imports/rows.html",
        event=events.get(page.work, page.tenant_id, event_id),
        draft=draft,
        summary=draft.summary,
        result=page_of(page.work, draft, outcome, number),
        chosen=outcome.value if outcome else "",
        outcomes=OUTCOMES,
        statuses=STATUSES,
        **row_words(imports.PARTICIPANTS),
    )


@router.get(f"{PATH}/rows/{{line}}", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def show_row(page: PageCall, event_id: Id, import_id: Id, line: Id) -> Response:
    """Show the texts of a row in a form."""
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    number = _line(line)
    texts = _texts(page.work, draft, number)
    return page.render(
        "imports/row.html",
        event=events.get(page.work, page.tenant_id, event_id),
        draft=draft,
        line=number,
        row=row_at(page.work, draft, number),
        fields=[(f"{_FIELD}{name}", name, texts.get(name, "")) for name in _mapped(draft)],
        statuses=STATUSES,
        outcomes=OUTCOMES,
        **row_words(imports.PARTICIPANTS),
    )


@router.post(
    f"{PATH}/rows/{{line}}",
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    on_error=show_row,
    beside={ImportChanged: "", ImportStarted: "", ImportMappingInvalid: "", TooManyMends: ""},
)
def mend_row(page: PageCall, event_id: Id, import_id: Id, line: Id) -> Response:
    """Mend one row, and preview it anew, with the rows that depend on it."""
    key, number = FeedKey(page.tenant_id, event_id), _line(line)
    with page.begin() as work:
        draft = imports.get(work, key, import_id)
        texts = _texts(work, draft, number)
        changed = [
            name
            for name in _mapped(draft)
            if f"{_FIELD}{name}" in (page.sent or {})
            and page.value(f"{_FIELD}{name}").strip() != texts.get(name, "")
        ]
        typed = page.short_texts([f"{_FIELD}{name}" for name in changed], LONGEST_TEXT)
        mends = [RowMend(line=number, field=name, by=typed[f"{_FIELD}{name}"]) for name in changed]
        if mends:
            before = load_mends(draft.mends)
            since = imports.add_mends(work, key, import_id, imports.PARTICIPANTS, mends).version - 1
    if mends:
        imports.check_mends(page.hub.uow, key, import_id, imports.PARTICIPANTS, before, since)
    return page.redirect(
        f"/events/{event_id}/imports/{import_id}/rows?outcome={RowOutcome.REFUSE.value}",
        say=_("Line %(line)s is mended.") % {"line": number},
    )


@router.get(f"{PATH}/refused.csv", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def download_refused_csv(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Download the refused rows with their reasons as CSV."""
    return _download(page, event_id, import_id, "csv")


@router.get(f"{PATH}/refused.xlsx", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def download_refused_xlsx(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Download the refused rows with their reasons as a workbook."""
    return _download(page, event_id, import_id, "xlsx")


def _download(page: PageCall, event_id: str, import_id: str, kind: str) -> Response:
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    words = row_words(imports.PARTICIPANTS)
    columns = rejected.columns(draft, _("Line"), _("Reason"))
    failed = imports.failed_rows(page.work, draft, lambda problem: problem_sentence(problem, translate=_))
    rows = rejected.rows(page.hub.uow, draft, words["label_of"], words["sentence_of"], failed)
    slot = page.hub.export_slots.take(page.caller)
    name = rejected.file_name(draft, kind)
    if kind == "csv":
        return attachment_response(slot, csv_writer.csv_chunks(columns, rows), csv_writer.MEDIA_TYPE, name)
    chunks = xlsx_writer.xlsx_chunks(columns, rows, sheet=_("Refused"), right_to_left=page.language == "ar")
    return attachment_response(slot, chunks, xlsx_writer.MEDIA_TYPE, name)


def _line(text: str) -> int:
    number = whole_number(text, _MOST_LINES)
    if not number:
        raise RowNotFound
    return number


def _mapped(draft: Import) -> list[str]:
    return [draft.mapping[column] for column in sorted(draft.mapping, key=int)]


def _texts(work: Work, draft: Import, line: int) -> dict[str, str]:
    options = ImportOptions.model_validate(draft.options)
    return RowReader.of(draft, options).texts(line, cells_at(work, draft, line))

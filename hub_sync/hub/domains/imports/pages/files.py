"""Pages to send a file, to choose how it is read, and to see the imports of an event."""

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import ALSO, FLAG, MAY_IMPORT
from hub_sync.hub.domains.imports.errors import (
    EncodingOfWorkbook,
    HeaderMissing,
    ImportChanged,
    ImportFileRefused,
    ImportStarted,
    SheetWithoutWorkbook,
)
from hub_sync.hub.domains.imports.options import Delimiter, EncodingName
from hub_sync.hub.domains.imports.pages.labels import OPERATION_TONES, OPERATION_WORDS
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.table_files.csv_rows import DELIMITERS
from hub_sync.hub.kit.table_files.decoding import ENCODINGS
from hub_sync.hub.kit.table_files.errors import MAX_FILE
from hub_sync.hub.kit.table_files.process import ReadersBusy, ReadingOptions
from hub_sync.hub.kit.table_files.uploads import FILE_FIELD, OVERHEAD, FileMissing
from hub_sync.hub.kit.text_types import Id

LIST_PATH = "/events/{event_id}/imports"
PATH = f"{LIST_PATH}/{{import_id}}"
_SHOWN = 50
_LONGEST_NUMBER = 18
DELIMITER_LABELS = {
    ",": N_("Comma ,"),
    ";": N_("Semicolon ;"),
    "\t": N_("Tab"),
    "|": N_("Vertical line |"),
}
ENCODING_LABELS = {
    "utf-8": "Unicode (UTF-8)",
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "utf-32": "Unicode (UTF-32)",
    "utf-16-le": "Unicode (UTF-16 LE)",
    "utf-16-be": "Unicode (UTF-16 BE)",
    "cp1252": "Windows (1252)",
    "mac_roman": "Mac OS Roman",
    "cp850": "DOS (850)",
    "cp1250": "Windows (1250)",
    "cp1251": "Windows (1251)",
    "cp1254": "Windows (1254)",
    "cp1256": "Windows (1256)",
    "iso8859_7": "ISO 8859-7",
    "cp1255": "Windows (1255)",
    "gb18030": "GB 18030",
    "shift_jis": "Shift JIS",
    "big5": "Big5",
    "euc_kr": "EUC-KR",
    "iso8859_15": "ISO 8859-15",
    "koi8_r": "KOI8-R",
    "mac_cyrillic": "Mac OS Cyrillic",
    "mac_turkish": "Mac OS Turkish",
    "cp437": "DOS (437)",
}
_BESIDE: dict[Any, str] = {FileMissing: FILE_FIELD, ImportFileRefused: FILE_FIELD, ReadersBusy: FILE_FIELD}

router = PageRouter()


class ReadingForm(BaseModel):
    """The form to read the file otherwise."""

    encoding: EncodingName = ""
    delimiter: Delimiter = ""
    sheet: str = Field(default="", max_length=200)
    header_line: int | None = Field(default=None, ge=0, le=2_000_000)
    version: int | None = None


@router.get(LIST_PATH, permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def list_imports(page: PageCall, event_id: Id) -> Response:
    """Show the form to send a file, and the imports of the event."""
    key = FeedKey(page.tenant_id, event_id)
    query = imports.of_event(key).order_by(Import.created_at.desc(), Import.id.desc()).limit(_SHOWN)
    drafts = page.work.session.scalars(query).all()
    started = [draft.operation_id for draft in drafts if draft.operation_id is not None]
    operations = page.work.session.scalars(bulk.of_event(key).where(bulk.BulkOperation.id.in_(started)))
    return page.render(
        "imports/list.html",
        event=events.get(page.work, page.tenant_id, event_id),
        imports=drafts,
        statuses={operation.id: operation.status for operation in operations},
        operation_words=OPERATION_WORDS,
        operation_tones=OPERATION_TONES,
        max_bytes=MAX_FILE,
        who=audit.actor_name,
    )


@router.post(
    LIST_PATH,
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    creates=True,
    takes_file=MAX_FILE + OVERHEAD,
    on_error=list_imports,
    beside=_BESIDE,
)
def send_file(page: PageCall, event_id: Id) -> Response:
    """Take a file in."""
    with page.hub.uow.read() as work:
        events.check_exists(work, page.tenant_id, event_id)
    if page.upload is None:
        raise FileMissing
    received = imports.receive(page.upload, ReadingOptions())
    with page.begin() as work:
        draft = imports.create(work, FeedKey(page.tenant_id, event_id), imports.PARTICIPANTS, received)
        path = f"/events/{event_id}/imports/{draft.id}"
    return page.redirect(path)


@router.get(PATH, permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def show_import(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Redirect to what the import waits for."""
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    base = f"/events/{event_id}/imports/{import_id}"
    steps = {ImportStage.READING: "file", ImportStage.MAPPING: "columns"}
    return page.redirect(f"{base}/{steps.get(draft.stage, 'preview')}")


@router.get(f"{PATH}/file", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def show_file(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Show how the file was read, or the readings to choose from."""
    draft = imports.get(page.work, FeedKey(page.tenant_id, event_id), import_id)
    readings = draft.reading.get("readings", [])
    offered = [reading["encoding"] for reading in readings]
    return page.render(
        "imports/file.html",
        event=events.get(page.work, page.tenant_id, event_id),
        draft=draft,
        readings=readings,
        others=[name for name in ENCODINGS if name not in offered],
        encodings=ENCODING_LABELS,
        delimiters=[(each, DELIMITER_LABELS[each]) for each in DELIMITERS],
        values={"header_line": draft.header_line, **_reading_values(draft)},
    )


@router.post(
    f"{PATH}/file",
    permissions=MAY_IMPORT,
    also=ALSO,
    flag=FLAG,
    on_error=show_file,
    beside={
        ImportFileRefused: "",
        SheetWithoutWorkbook: "sheet",
        EncodingOfWorkbook: "encoding",
        HeaderMissing: "header_line",
        ImportChanged: "",
        ImportStarted: "",
        ReadersBusy: "",
    },
)
def read_file_again(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Read the file as somebody has chosen."""
    form = page.parse(ReadingForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.hub.uow.read() as work:
        draft = imports.get(work, key, import_id)
        before, was_read = imports.reading_options(draft), draft.stage is not ImportStage.READING
        header_line = draft.header_line
    chosen = ReadingOptions(form.encoding or before.encoding, form.delimiter, form.sheet)
    if chosen != before or not was_read:
        imports.read_again(
            page.hub.uow,
            key,
            import_id,
            imports.PARTICIPANTS,
            chosen,
            form.version,
            actor=page.caller.actor,
        )
    elif form.header_line is not None and form.header_line != header_line:
        with page.begin() as work:
            imports.choose_header(work, key, import_id, imports.PARTICIPANTS, form.header_line, form.version)
    return page.redirect(f"/events/{event_id}/imports/{import_id}/columns")


@router.post(f"{PATH}/discard", permissions=MAY_IMPORT, also=ALSO, flag=FLAG)
def discard_import(page: PageCall, event_id: Id, import_id: Id) -> Response:
    """Delete an import that was not started, with its file."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        name = imports.get(work, key, import_id).file_name
        imports.discard(work, key, import_id)
    return page.redirect(
        f"/events/{event_id}/imports", say=_("“%(name)s” was discarded.") % {"name": isolated(name)}
    )


def sent_number(page: PageCall, name: str) -> int | None:
    """Return a hidden number of the sent form; None if it is none."""
    text = page.value(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def _reading_values(draft: Import) -> dict[str, str]:
    return {name: draft.reading.get(name, "") for name in ("encoding", "delimiter", "sheet")}

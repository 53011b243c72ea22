"""Imports over REST: send a file, decide about it, run it."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from hub_sync.hub.domains.bulk.service import Requester
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import ALSO, FLAG, MAY_IMPORT
from hub_sync.hub.domains.imports.errors import (
    EncodingOfWorkbook,
    ImportChanged,
    ImportEmpty,
    ImportFileRefused,
    ImportMappingInvalid,
    ImportNotFound,
    ImportNotReady,
    ImportStarted,
    SheetWithoutWorkbook,
    TooManyMends,
)
from hub_sync.hub.domains.imports.lists import IMPORTS
from hub_sync.hub.domains.imports.mapping.row_texts import load_mends
from hub_sync.hub.domains.imports.options import Delimiter, EncodingName
from hub_sync.hub.domains.imports.schemas import ImportChanges, ImportResponse
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.table_files.errors import MAX_FILE
from hub_sync.hub.kit.table_files.process import ReadersBusy, ReadingOptions
from hub_sync.hub.kit.table_files.uploads import FileMissing
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/imports", tags=["imports"], flag=FLAG)

_MISSING = (EventNotFound, ImportNotFound)
_UNREADABLE = (ImportFileRefused, SheetWithoutWorkbook, EncodingOfWorkbook, ReadersBusy)
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file, as the whole body or as the field `file` of a form.",
        "content": {
            "text/csv": {
                "schema": {"type": "string", "format": "binary"},
                "example": "First name;Last name;E-mail\nAda;Lovelace;ada@example.org\n",
            },
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}


@router.get("", permissions=MAY_IMPORT, also=ALSO, listing=IMPORTS, errors=(EventNotFound,))
def list_imports(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(IMPORTS.parse_query)]
) -> Response:
    """List the event's imports, the latest first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return IMPORTS.list_response(call, query, imports.of_event(FeedKey(call.tenant_id, event_id)))


@router.get(
    "/{import_id}",
    permissions=MAY_IMPORT,
    also=ALSO,
    schema=ImportResponse,
    listing=IMPORTS,
    errors=_MISSING,
)
def get_import(
    call: Call,
    event_id: Id,
    import_id: Id,
    selection: Annotated[FieldSelection, Depends(IMPORTS.parse_selection)],
) -> Response:
    """Return an import with its preview. A change takes its ETag as `If-Match`."""
    events.check_exists(call.work, call.tenant_id, event_id)
    draft = imports.get(call.work, FeedKey(call.tenant_id, event_id), import_id)
    return IMPORTS.item_response(call, selection, draft)


@router.post(
    "",
    permissions=MAY_IMPORT,
    also=ALSO,
    schema=ImportResponse,
    status=201,
    errors=(EventNotFound, *_UNREADABLE, FileMissing),
    takes_file=MAX_FILE + 64 * 1024,
    body=_FILE_BODY,
)
def create_import(
    call: Call,
    event_id: Id,
    file_name: Annotated[
        str, Query(max_length=200, description="The file's name, if it is the whole body.")
    ] = "",
    encoding: Annotated[EncodingName, Query(description="The encoding; empty: it is found.")] = "",
    delimiter: Annotated[Delimiter, Query(description="Between the columns; empty: it is found.")] = "",
    sheet: Annotated[str, Query(max_length=200, description="The sheet; empty: the first with rows.")] = "",
) -> Response:
    """Send a CSV file or an Excel workbook (.xlsx). Its columns are guessed; nothing is written before it is run."""
    del file_name  # `kit.table_files.uploads` reads it
    events_key = FeedKey(call.tenant_id, event_id)
    with call.hub.uow.read() as work:
        events.check_exists(work, *events_key)
    call.replay_if_stored()
    if call.upload is None:
        raise FileMissing
    received = imports.receive(call.upload, ReadingOptions(encoding, delimiter, sheet))
    with call.begin() as work:
        draft = imports.create(work, events_key, imports.PARTICIPANTS, received)
        location = f"{API}/events/{event_id}/imports/{draft.id}"
        return call.created(ImportResponse.model_validate(draft), location, version=draft.version)


@router.put(
    "/{import_id}",
    permissions=MAY_IMPORT,
    also=ALSO,
    schema=ImportResponse,
    errors=(
        *_MISSING,
        ImportChanged,
        ImportStarted,
        *_UNREADABLE,
        ImportMappingInvalid,
        TooManyMends,
    ),
)
def update_import(call: Call, event_id: Id, import_id: Id, changes: ImportChanges) -> Response:
    """Change how the file is read, what its columns are, or what is corrected; the preview is made anew.

    Needs If-Match with the ETag of the last read. To read the file otherwise drops mapping and corrections.
    """
    expected = call.expected_version()
    key = FeedKey(call.tenant_id, event_id)
    with call.hub.uow.read() as work:
        events.check_exists(work, *key)
    before, draft = _change(call, key, import_id, changes, expected)
    if any(draft.mapping.values()) and draft.stage is not ImportStage.READING:
        entity = imports.PARTICIPANTS
        if changes.changes_only_mends:
            draft = imports.check_mends(call.hub.uow, key, import_id, entity, before, draft.version - 1)
        else:
            draft = imports.check(call.hub.uow, key, import_id, entity)
    return call.ok(ImportResponse.model_validate(draft), version=draft.version)


@router.post(
    "/{import_id}/run",
    permissions=MAY_IMPORT,
    also=ALSO,
    schema=ImportResponse,
    errors=(*_MISSING, ImportStarted, ImportNotReady, ImportEmpty),
)
def run_import(call: Call, event_id: Id, import_id: Id) -> Response:
    """Start the import as a bulk operation, in the background. It can be watched, paused and taken back there."""
    key = FeedKey(call.tenant_id, event_id)
    call.replay_if_stored()
    with call.hub.uow.read() as work:
        events.check_exists(work, *key)
        version = imports.get(work, key, import_id).version
    requester = Requester(call.actor, call.caller.bounds.owner)
    with (
        imports.prepared(call.hub.uow, key, import_id, requester, version) as operation_id,
        call.begin() as work,
    ):
        draft = imports.start(work, key, import_id, operation_id, requester, version)
        return call.ok(ImportResponse.model_validate(draft), version=draft.version)


@router.delete("/{import_id}", permissions=MAY_IMPORT, also=ALSO, errors=(*_MISSING, ImportStarted))
def delete_import(call: Call, event_id: Id, import_id: Id) -> Response:
    """Discard an import that was not started, with its file."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        events.check_exists(work, *key)
        imports.discard(work, key, import_id)
        return call.no_content()


def _change(
    call: RestCall, key: FeedKey, import_id: str, changes: ImportChanges, expected: IfVersion
) -> tuple[list[imports.Mend], Import]:
    """Make the changes; each counts the version up, so that only the first one looks at the caller's.

    Returns:
        The corrections before, and the import.
    """
    uow, entity = call.hub.uow, imports.PARTICIPANTS
    with uow.read() as work:
        draft = imports.get(work, key, import_id)
        reading = {
            name: value
            for name in ("encoding", "delimiter", "sheet")
            if (value := getattr(changes, name)) is not None
        }
        chosen, before = imports.with_options(draft, **reading), load_mends(draft.mends)
        work.session.expunge_all()
    if reading:
        draft = imports.read_again(uow, key, import_id, entity, chosen, expected, actor=call.actor)
        expected = draft.version
    with call.begin() as work:
        if changes.header_line is not None:
            draft = imports.choose_header(work, key, import_id, entity, changes.header_line, expected)
            expected = None
        if changes.mapping is not None or changes.options is not None:
            present = imports.get(work, key, import_id)
            mapping = present.mapping if changes.mapping is None else changes.mapping
            options = changes.options or imports.ImportOptions.model_validate(present.options)
            draft = imports.set_mapping(work, key, import_id, entity, mapping, options, expected)
            expected = None
        if changes.mends is not None or not changes.model_fields_set:
            mends = before if changes.mends is None else changes.mends
            draft = imports.set_mends(work, key, import_id, entity, mends, expected)
        work.session.flush()
        work.session.expunge_all()
    return before, draft

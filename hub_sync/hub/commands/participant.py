"""`doorward-hub participant`: import the participants of an event from a file."""

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    TenantSlug,
    open_hub,
    print_result,
    report_errors,
    select_tenant,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.access import FLAG
from hub_sync.hub.domains.imports.options import Matched, MatchKey, Unmatched
from hub_sync.hub.domains.imports.preview import rejected
from hub_sync.hub.domains.imports.routes.rows import sentence_of
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.lists.csv_writer import csv_chunks
from hub_sync.hub.kit.table_files.csv_rows import DELIMITERS
from hub_sync.hub.kit.table_files.decoding import READABLE
from hub_sync.hub.kit.table_files.process import ReadingOptions
from hub_sync.hub.kit.table_files.uploads import Upload, digest_of

_ACTOR = "cli"
_POLL_S = 0.2
_EXTRA = "extra:"

app = typer.Typer(
    help="Participants: import from a file.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.callback()
def participant() -> None:
    """Manage participants."""


@app.command("import")
@report_errors
def import_file(  # noqa: PLR0917 - options of a command
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file or an Excel workbook (.xlsx).")],
    event_id: Annotated[str, typer.Option("--event", metavar="EVENT", help="The event's slug or id.")],
    match: Annotated[
        MatchKey | None,
        typer.Option(help="The field by which rows find people (default: the best that is mapped)."),
    ] = None,
    matched: Annotated[
        Matched, typer.Option(help="Change people who are registered, or leave them.")
    ] = Matched.UPDATE,
    unmatched: Annotated[
        Unmatched, typer.Option(help="Create people who are not registered, or refuse their rows.")
    ] = Unmatched.CREATE,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="What a column is; FIELD empty: ignore it. Repeatable."
        ),
    ] = None,
    encoding: Annotated[str, typer.Option(help="The encoding, where the file is no Unicode.")] = "",
    delimiter: Annotated[str, typer.Option(help="The character between the columns.")] = "",
    sheet: Annotated[str, typer.Option(help="The sheet of the workbook.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Import the other rows where some are refused.")
    ] = False,
    refused: Annotated[
        Path | None, typer.Option(help="Write the refused rows with their reasons to this CSV file.")
    ] = None,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Import participants. Nothing is written if a row is refused, unless --partial says otherwise."""
    reading = _reading(encoding, delimiter, sheet)
    with open_hub(data, database_url) as hub, closing(_open(file)) as source:
        with hub.uow.look_up() as work:
            owner = select_tenant(work, tenant)
            if not feature_flags.is_on(work, owner.id, FLAG):
                raise CommandFailed(f"Bulk operations are off: doorward-hub flag on {FLAG} switches them on.")
            key = FeedKey(owner.id, events.get_by_slug_or_id(work, owner.id, event_id).id)
        draft = _prepare(hub, key, source, file.name, reading)
        chosen = {"match_by": match, "matched": matched, "unmatched": unmatched}
        try:
            _map(hub, key, draft, mapping or [], {name: value for name, value in chosen.items() if value})
            draft = imports.check(hub.uow, key, draft.id, imports.PARTICIPANTS)
            if refused is not None:
                _write_refused(hub, draft, refused)
        except (HubError, CommandFailed):
            _discard(hub, key, draft)
            raise
        counts = (draft.summary or {})["counts"]
        todo = counts["create"] + counts["change"]
        is_blocked = bool(counts["refuse"]) and not partial
        if dry_run or is_blocked or not todo:
            _discard(hub, key, draft)
            print_result(_sentences(draft), {"import_id": None, **_answer(draft)}, as_json=as_json)
            if is_blocked and not dry_run:
                raise CommandFailed("Rows are refused, so nothing was imported. Mend them, or say --partial.")
            return
        operation = _run(hub, key, draft)
    answer = _answer(draft) | {
        "import_id": draft.id,
        "operation_id": operation.id,
        "status": operation.status.value,
        "succeeded": operation.succeeded,
        "failed": operation.failed + operation.conflicts,
    }
    print_result(f"{_sentences(draft)}\n{operation.succeeded} imported.", answer, as_json=as_json)
    if operation.status not in (BulkOperationStatus.COMPLETED, BulkOperationStatus.COMPLETED_WITH_ERRORS):
        raise CommandFailed(operation.error or f"The import ended as {operation.status.value}.")


def _reading(encoding: str, delimiter: str, sheet: str) -> ReadingOptions:
    """Return how the file is to be read.

    Raises:
        CommandFailed: there is no such encoding or delimiter.
    """
    if encoding and encoding not in READABLE:
        raise CommandFailed(f"“{encoding}” is no encoding. --encoding takes one of {', '.join(READABLE)}.")
    if delimiter and delimiter not in DELIMITERS:
        raise CommandFailed(
            f"“{delimiter}” is no delimiter. --delimiter takes a comma, a semicolon, a tab or |."
        )
    return ReadingOptions(encoding, delimiter, sheet)


def _open(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise CommandFailed(f"The file {file} can't be read: {error.strerror}.") from error


def _prepare(hub: HubContext, key: FeedKey, source: BinaryIO, name: str, reading: ReadingOptions) -> Import:
    size, sha256 = digest_of(source)
    received = imports.receive(Upload(name, source, size, sha256), reading)
    if received.read.readings:
        offered = ", ".join(each["encoding"] for each in received.read.readings)
        raise CommandFailed(f"The file is no Unicode. Say its encoding: --encoding with one of {offered}.")
    with hub.uow.begin(actor=_ACTOR) as work:
        draft = imports.create(work, key, imports.PARTICIPANTS, received)
        work.session.flush()
        work.session.expunge_all()
    return draft


def _map(hub: HubContext, key: FeedKey, draft: Import, mapped: list[str], options: Mapping[str, Any]) -> None:
    fields: dict[str, str] = dict(draft.mapping)
    for pair in mapped:
        column, sign, name = pair.partition("=")
        if not sign or column not in draft.header:
            known = ", ".join(filter(None, draft.header))
            raise CommandFailed(f"“{pair}” is no COLUMN=FIELD. The columns are: {known}.")
        place = str(draft.header.index(column))
        fields = {other: field for other, field in fields.items() if other != place and field != name}
        if name:
            fields[place] = name
    chosen = {**draft.options, **options}
    if "match_by" not in options and chosen["match_by"] not in fields.values():
        chosen["match_by"] = MatchKey.NONE
    with hub.uow.begin(actor=_ACTOR) as work:
        parsed = imports.ImportOptions.model_validate(chosen)
        imports.set_mapping(work, key, draft.id, imports.PARTICIPANTS, fields, parsed)


def _discard(hub: HubContext, key: FeedKey, draft: Import) -> None:
    with hub.uow.begin(actor=_ACTOR) as work:
        imports.discard(work, key, draft.id)


def _run(hub: HubContext, key: FeedKey, draft: Import) -> bulk.BulkOperation:
    """Run the import to its end, here or in a hub that serves beside."""
    requester = bulk.Requester(_ACTOR)
    operation_id = imports.prepare(hub.uow, key, draft.id, requester, None)
    with hub.uow.begin(actor=_ACTOR) as work:
        imports.start(work, key, draft.id, operation_id, requester, None)
    runner = OperationRunner(hub.uow)
    while True:
        own = [each for each in runner.find_active() if each.id == operation_id]
        if not own:
            with hub.uow.read() as work:
                operation = bulk.get(work, key, operation_id)
                work.session.expunge_all()
            return operation
        if not runner.run_part(own[0]):
            time.sleep(_POLL_S)


def _write_refused(hub: HubContext, draft: Import, target: Path) -> None:
    rows = rejected.rows(hub.uow, draft, str, sentence_of)
    try:
        with target.open("wb") as output:
            output.writelines(csv_chunks(rejected.columns(draft, "Line", "Reason"), rows))
    except OSError as error:
        raise CommandFailed(f"The file {target} can't be written: {error.strerror}.") from error


def _answer(draft: Import) -> dict[str, Any]:
    summary = draft.summary or {}
    return {
        "file_name": draft.file_name,
        "stage": ImportStage(draft.stage).value,
        "mapping": {
            draft.header[int(column)] or column: name.removeprefix(_EXTRA)
            for column, name in draft.mapping.items()
        },
        **summary,
    }


def _sentences(draft: Import) -> str:
    summary = draft.summary or {}
    counts = summary["counts"]
    first = (
        f"{draft.file_name}: {summary['total']} rows; {counts['create']} new, {counts['change']} changed, "
        f"{counts['unchanged']} unchanged, {counts['skip']} left out, {counts['refuse']} refused."
    )
    lines = [first]
    for group in summary["groups"]:
        line, text, parameters = group["examples"][0]
        shown = f" “{text}”" if text else ""
        label = f"{group['field']}: " if group["field"] else ""
        word = "refused" if group["is_error"] else "note"
        lines.append(
            f"  {group['count']} {word}: {label}{sentence_of(group['cause'], parameters)} (line {line}{shown})"
        )
    return "\n".join(lines)

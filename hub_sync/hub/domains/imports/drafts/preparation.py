"""The acts of people on an import before it runs: send a file, read it otherwise, say what its columns are, mend, discard.

The file is read outside of any transaction. Each change counts the version up; who changes an older version is refused.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports.drafts import mapping_memory, storage
from hub_sync.hub.domains.imports.drafts.plans import unpack_cells
from hub_sync.hub.domains.imports.errors import (
    ColumnUnknown,
    EncodingOfWorkbook,
    FieldTwice,
    FieldUnknown,
    HeaderMissing,
    ImportChanged,
    ImportFileRefused,
    ImportStarted,
    KeyNotMapped,
    NothingMapped,
    PhoneRegionUnknown,
    SheetWithoutWorkbook,
    TooManyMends,
)
from hub_sync.hub.domains.imports.importable import EXTRA, Importable
from hub_sync.hub.domains.imports.manifest import IMPORT_CREATED, IMPORT_DISCARDED
from hub_sync.hub.domains.imports.mapping import guessing
from hub_sync.hub.domains.imports.mapping.phone_regions import region_of_zone, regions
from hub_sync.hub.domains.imports.mapping.row_texts import dump_mends, load_mends
from hub_sync.hub.domains.imports.options import MAX_MENDS, ImportOptions, MatchKey, Mend
from hub_sync.hub.domains.imports.tables import Import, ImportStage
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.table_files.errors import FileRefused
from hub_sync.hub.kit.table_files.process import ReadFile, ReadingOptions, read_file
from hub_sync.hub.kit.table_files.uploads import FileMissing, Upload


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that was sent and read, ready to be stored."""

    upload: Upload
    pieces: Sequence[bytes]
    read: ReadFile


def receive(upload: Upload, options: ReadingOptions) -> ReceivedFile:
    """Read a file that was sent.

    Raises:
        FileMissing: 422: nothing was sent. ImportFileRefused, SheetWithoutWorkbook, EncodingOfWorkbook: 422. ReadersBusy: 429.
    """
    if not upload.size and not upload.name:
        raise FileMissing
    read = _read(upload.file, options)
    return ReceivedFile(upload, storage.compress_file(upload.file), read)


def _read(file: BinaryIO, options: ReadingOptions) -> ReadFile:
    """Read a file as somebody has chosen.

    Raises:
        ImportFileRefused: 422. SheetWithoutWorkbook, EncodingOfWorkbook: 422: what was chosen means nothing for this file.
        ReadersBusy: 429.
    """
    try:
        read = read_file(file, options)
    except FileRefused as error:
        raise ImportFileRefused(error) from error
    is_workbook = read.about.get("format") == "xlsx"
    if options.sheet and not is_workbook:
        raise SheetWithoutWorkbook
    if is_workbook and (options.encoding or options.delimiter):
        raise EncodingOfWorkbook
    return read


def create(work: Work, key: FeedKey, entity: Importable, received: ReceivedFile) -> Import:
    """Store an import with its file, and guess what the columns are.

    Raises:
        EventNotFound: 404. EventIsTemplate: 409.
    """
    events.check_live(work, *key)
    storage.sweep(work, key.tenant_id)
    draft = Import(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        entity=entity.entity,
        file_name=received.upload.name or "import",
        file_size=received.upload.size,
        file_sha256=received.upload.sha256,
        stage=ImportStage.READING,
        requested_by=work.actor[:200],
        header_line=0,
        header=[],
        mapping={},
        options={},
        mends=[],
        version=0,
    )
    work.session.add(draft)
    work.session.flush()
    storage.store_file(work, draft, received.pieces)
    _take(work, draft, entity, received.read)
    after = {"event_id": key.event_id, "file_name": draft.file_name, "file_size": draft.file_size}
    audit.record(work, key.tenant_id, IMPORT_CREATED, draft.id, after=after)
    return draft


def read_again(
    uow: UnitOfWork,
    key: FeedKey,
    import_id: str,
    entity: Importable,
    options: ReadingOptions,
    if_version: IfVersion = None,
    *,
    actor: str,
) -> Import:
    """Read the file with another encoding, delimiter or sheet.

    Raises:
        ImportNotFound: 404. ImportStarted: 409. ImportChanged: 412. ImportFileRefused, SheetWithoutWorkbook,
            EncodingOfWorkbook: 422. ReadersBusy: 429.
    """
    with uow.read() as work:
        draft = storage.get(work, key, import_id)
        _require_open(draft, if_version)
        version = draft.version
        file = storage.open_file(work, draft)
    with closing(file):
        read = _read(file, options)
    with uow.begin(actor=actor) as work:
        draft = storage.get_for_update(work, key, import_id)
        _require_open(draft, version)
        _take(work, draft, entity, read)
        work.session.expunge(draft)
    return draft


def choose_header(
    work: Work, key: FeedKey, import_id: str, entity: Importable, line: int, if_version: IfVersion = None
) -> Import:
    """Take another line as the names of the columns (0: the file has none), and guess anew what they are.

    Raises:
        ImportNotFound: 404. ImportStarted: 409. ImportChanged: 412. HeaderMissing: 422.
    """
    draft = storage.get_for_update(work, key, import_id)
    _require_open(draft, if_version)
    if line != draft.header_line:
        _take_header(work, draft, entity, line)
        draft.version += 1
        work.session.flush()
    return draft


def set_mapping(
    work: Work,
    key: FeedKey,
    import_id: str,
    entity: Importable,
    mapping: Mapping[str, str],
    options: ImportOptions,
    if_version: IfVersion = None,
) -> Import:
    """Say what the columns are, and how rows find people; it is remembered for the next file with these columns.

    Raises:
        ImportNotFound: 404. ImportStarted: 409. ImportChanged: 412. ImportMappingInvalid: 422.
    """
    draft = storage.get_for_update(work, key, import_id)
    _require_open(draft, if_version)
    fields = {column: name for column, name in mapping.items() if name}
    _check_mapping(draft, entity, fields, options)
    draft.mapping, draft.options = fields, options.model_dump(mode="json")
    draft.summary, draft.stage = None, ImportStage.MAPPING
    draft.version += 1
    mapping_memory.remember(work, draft)
    return draft


def set_mends(
    work: Work,
    key: FeedKey,
    import_id: str,
    entity: Importable,
    mends: Sequence[Mend],
    if_version: IfVersion = None,
) -> Import:
    """Replace the corrections.

    Raises:
        ImportNotFound: 404. ImportStarted: 409. ImportChanged: 412. TooManyMends, ImportMappingInvalid: 422.
    """
    draft = storage.get_for_update(work, key, import_id)
    _require_open(draft, if_version)
    if len(mends) > MAX_MENDS:
        raise TooManyMends(most=MAX_MENDS)
    for field in {mend.field for mend in mends} - {""}:  # "" of `SkipMend`: a problem of the whole row
        _check_field(entity, field)
    draft.mends = dump_mends(mends)
    draft.version += 1
    work.session.flush()
    return draft


def add_mends(
    work: Work,
    key: FeedKey,
    import_id: str,
    entity: Importable,
    mends: Sequence[Mend],
    if_version: IfVersion = None,
) -> Import:
    """Add corrections; one of the same thing is replaced.

    Raises:
        As `set_mends`.
    """
    draft = storage.get_for_update(work, key, import_id)
    kept = {_identity(mend): mend for mend in load_mends(draft.mends)}
    for mend in mends:
        kept.pop(_identity(mend), None)
        kept[_identity(mend)] = mend
    return set_mends(work, key, import_id, entity, list(kept.values()), if_version)


def discard(work: Work, key: FeedKey, import_id: str) -> None:
    """Delete an import that was not started.

    Raises:
        ImportNotFound: 404. ImportStarted: 409.
    """
    draft = storage.get_for_update(work, key, import_id)
    _require_open(draft, None)
    before = {"event_id": key.event_id, "file_name": draft.file_name, "file_size": draft.file_size}
    storage.delete_import(work, draft)
    audit.record(work, key.tenant_id, IMPORT_DISCARDED, import_id, before=before)


def reading_options(draft: Import) -> ReadingOptions:
    """Return how the file of an import was read."""
    about = draft.reading
    return ReadingOptions(about.get("encoding", ""), about.get("delimiter", ""), about.get("sheet", ""))


def with_options(draft: Import, **chosen: str) -> ReadingOptions:
    """Return how the file was read, but for what somebody has chosen otherwise."""
    return replace(reading_options(draft), **chosen)


def _identity(mend: Mend) -> tuple[Any, ...]:
    values = mend.model_dump()
    values.pop("by", None)
    return tuple(sorted(values.items(), key=lambda each: each[0]))


def _require_open(draft: Import, if_version: IfVersion) -> None:
    if draft.stage is ImportStage.STARTED:
        raise ImportStarted
    check_version(draft.version, if_version, ImportChanged)


def _take(work: Work, draft: Import, entity: Importable, read: ReadFile) -> None:
    """Take what was read of the file."""
    storage.replace_chunks(work, draft, read.chunks)
    draft.summary, draft.mends = None, []
    draft.version += 1
    if read.readings:
        draft.reading = (
            {**draft.reading, "readings": list(read.readings)}
            if draft.reading
            else {"readings": list(read.readings)}
        )
        draft.stage = ImportStage.READING
        work.session.flush()
        return
    kept = {"readings": draft.reading["readings"]} if draft.reading and "readings" in draft.reading else {}
    draft.reading = {**kept, **read.about}
    rows = unpack_cells(read.chunks[0].content)
    _take_header(work, draft, entity, guessing.guess_header_line(entity, rows))


def _take_header(work: Work, draft: Import, entity: Importable, line: int) -> None:
    rows = dict(unpack_cells(storage.first_cells(work, draft)))
    if line not in rows and line != guessing.NO_HEADER:
        raise HeaderMissing(line=line)
    header = [" ".join(cell.split())[:120] for cell in rows.get(line, [])]
    header += [""] * (int(draft.reading.get("columns", 0)) - len(header))
    draft.header_line, draft.header, draft.stage = line, header, ImportStage.MAPPING
    draft.summary, draft.mends = None, []
    is_export = guessing.is_export(entity, header)
    is_known = (
        is_export or not line
    )  # nothing is remembered of an export, nor can be of columns without names
    remembered = None if is_known else mapping_memory.recall(work, draft.tenant_id, draft.entity, header)
    if remembered is not None:
        mapping, options = remembered
        draft.mapping = guessing.as_remembered(dict(mapping), header)
        draft.options = ImportOptions.model_validate(options).model_dump(mode="json")
    else:
        first = next(iter(rows.values()), [])
        draft.mapping = (
            guessing.guess_mapping(entity, header) if line else guessing.guess_mapping_of_values(first)
        )
        draft.options = _first_options(work, draft, is_export=is_export).model_dump(mode="json")
    work.session.flush()


def _first_options(work: Work, draft: Import, *, is_export: bool) -> ImportOptions:
    """Return the options for a file that nobody has chosen any for."""
    if (
        is_export
    ):  # everybody in it has a code, few may have an external id, and phone numbers are as they were stored
        return ImportOptions(match_by=MatchKey.REGISTRATION_CODE)
    event = events.get(work, draft.tenant_id, draft.event_id)
    mapped = set(draft.mapping.values())
    order = (MatchKey.EXTERNAL_ID, MatchKey.REGISTRATION_CODE, MatchKey.EMAIL)
    match_by = next((key for key in order if key.value in mapped), MatchKey.NONE)
    return ImportOptions(match_by=match_by, phone_region=region_of_zone(event.time_zone))


def _check_mapping(
    draft: Import, entity: Importable, mapping: Mapping[str, str], options: ImportOptions
) -> None:
    """Check a mapping.

    Raises:
        ImportMappingInvalid: 422.
    """
    if not mapping:
        raise NothingMapped
    used: set[str] = set()
    for column, name in mapping.items():
        if not (column.isascii() and column.isdigit() and int(column) < len(draft.header)):
            raise ColumnUnknown(column=column[:80])
        _check_field(entity, name)
        if name in used:
            raise FieldTwice(field=name.removeprefix(EXTRA))
        used.add(name)
    if "full_name" in used and used & {"first_name", "last_name"}:
        raise FieldTwice(field="full_name")
    if options.match_by is not MatchKey.NONE and options.match_by.value not in used:
        raise KeyNotMapped(field=options.match_by.value)
    if options.phone_region and options.phone_region not in regions():
        raise PhoneRegionUnknown(region=options.phone_region)


def _check_field(entity: Importable, name: str) -> None:
    """Check the name of a field.

    Raises:
        ImportMappingInvalid: 422.
    """
    is_extra = name.startswith(EXTRA) and name[len(EXTRA) :].strip()
    if name not in entity.fields and not is_extra:
        raise FieldUnknown(field=name[:80])

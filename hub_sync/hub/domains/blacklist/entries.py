"""Entries of the blacklist: create, read, update, delete and import.

Each change advances the feeds of the events that it concerns, so that nobody registers between a change and its screening: who
registers holds the feed, too. Then the events are screened again (`sweeps`).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, bindparam, delete, func, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.blacklist import attempts, hits, sweeps
from hub_sync.hub.domains.blacklist.errors import (
    BlacklistEntryChanged,
    BlacklistEntryExists,
    BlacklistEntryNotFound,
    BlacklistFull,
    BlacklistMatchUnfit,
    FuzzyOnlyFlags,
    LinesInvalid,
    NoLines,
    TooManyLines,
    ValidityReversed,
)
from hub_sync.hub.domains.blacklist.manifest import (
    BLACKLIST_IMPORTED,
    ENTRY_CREATED,
    ENTRY_DELETED,
    ENTRY_UPDATED,
    BlacklistChanged,
)
from hub_sync.hub.domains.blacklist.matching import HASHED, day_text, entry_value
from hub_sync.hub.domains.blacklist.schemas import BlacklistEntryChanges, BlacklistLines, NewBlacklistEntry
from hub_sync.hub.domains.blacklist.tables import (
    Blacklist,
    BlacklistAction,
    BlacklistKind,
    BlacklistMatch,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.lists.csv_writer import undo_escape
from hub_sync.rules.matching.normalization import normal_document
from hub_sync.rules.screening import slow_hash
from hub_sync.rules.text_normalization import visible_text

MAX_ENTRIES = 10_000
MAX_LINES = 2_000
_LISTED_ERRORS = 10
EXPORT_HEADER = ("kind", "value", "match", "action", "event", "reason", "valid_from", "valid_until")
"""The columns of an export. A text whose first line has them is imported as one."""
ALL = select(Blacklist).where(Blacklist.tenant_id == bindparam("t"))
"""The entries of the tenant `t`."""


@dataclass(frozen=True, slots=True)
class BlacklistImportResult:
    """How many entries an import has added, and how many lines the list had already."""

    added: int
    skipped: int


def get(work: Work, tenant_id: str, entry_id: str) -> Blacklist:
    """Return the entry of an id.

    Raises:
        BlacklistEntryNotFound: 404.
    """
    entry = work.session.get(Blacklist, (tenant_id, entry_id))
    if entry is None:
        raise BlacklistEntryNotFound
    return entry


def all_of(tenant_id: str) -> Select[Blacklist]:
    """Return the query of a tenant's entries."""
    return ALL.params(t=tenant_id)


def create(work: Work, tenant_id: str, new: NewBlacklistEntry) -> Blacklist:
    """Add an entry. People whom it meets are screened at once by the background work.

    Raises:
        EventNotFound: 404.
        BlacklistEntryExists, BlacklistFull: 409.
        BlacklistValueInvalid, BlacklistMatchUnfit, FuzzyOnlyFlags, ValidityReversed: 422.
    """
    entry = _build(work, tenant_id, new)
    sweeps.lock(work, tenant_id, [entry.event_id])
    if _known(work, tenant_id, [entry]):
        raise BlacklistEntryExists
    _check_room(work, tenant_id, 1)
    work.session.add(entry)
    work.session.flush()
    audit.record(work, tenant_id, ENTRY_CREATED, entry.id, after=snapshot(entry))
    _announce(work, tenant_id, [entry.event_id], 1)
    return entry


def update(
    work: Work, tenant_id: str, entry_id: str, changes: BlacklistEntryChanges, if_version: IfVersion = None
) -> Blacklist:
    """Change the members that `changes` names.

    Raises:
        BlacklistEntryNotFound, EventNotFound: 404.
        BlacklistEntryChanged: 412.
        BlacklistEntryExists: 409.
        BlacklistValueInvalid, BlacklistMatchUnfit, FuzzyOnlyFlags, ValidityReversed: 422.
    """
    entry = _get_for_update(work, tenant_id, entry_id, if_version)
    values = changes.model_dump(exclude_unset=True)
    stored = {
        "event_id": entry.event_id,
        "kind": entry.kind,
        "value": entry.label or f"{HASHED}{entry.value}",
        "match": entry.match,
        "action": entry.action,
        "reason": entry.reason,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
    }
    wanted = _build(work, tenant_id, NewBlacklistEntry.model_validate(stored | values))
    sweeps.lock(work, tenant_id, [entry.event_id, wanted.event_id])
    if _known(work, tenant_id, [wanted], but=entry_id):
        raise BlacklistEntryExists
    before, scopes = snapshot(entry), [entry.event_id, wanted.event_id]
    if (entry.kind, entry.value) != (wanted.kind, wanted.value):
        entry.station_hash = wanted.station_hash
    for name in (
        "event_id",
        "kind",
        "value",
        "label",
        "match",
        "action",
        "reason",
        "valid_from",
        "valid_until",
    ):
        setattr(entry, name, getattr(wanted, name))
    if snapshot(entry) == before:
        return entry
    entry.version += 1
    work.session.flush()
    audit.record(work, tenant_id, ENTRY_UPDATED, entry.id, before=before, after=snapshot(entry))
    _announce(work, tenant_id, scopes, 1)
    return entry


def remove(work: Work, tenant_id: str, entry_id: str, if_version: IfVersion = None) -> None:
    """Delete an entry; whom it held back is free at once.

    Raises:
        BlacklistEntryNotFound: 404.
        BlacklistEntryChanged: 412.
    """
    entry = _get_for_update(work, tenant_id, entry_id, if_version)
    _remove(work, tenant_id, [entry])


def remove_many(work: Work, tenant_id: str, entry_ids: Sequence[str]) -> int:
    """Delete entries; return how many were there."""
    query = all_of(tenant_id).where(in_values(Blacklist.id, entry_ids, work.dialect)).with_for_update()
    entries = work.session.scalars(query).all()
    if entries:
        _remove(work, tenant_id, entries)
    return len(entries)


def import_lines(work: Work, tenant_id: str, request: BlacklistLines) -> BlacklistImportResult:
    """Add an entry for each line; lines that the list has already are skipped. If one can't be used, none is added.

    A line is a value, with a reason behind a tab or a semicolon if it has its own. A text that begins with the header of
    an export is read as one.

    Raises:
        EventNotFound: 404.
        BlacklistFull: 409.
        NoLines, TooManyLines, LinesInvalid, BlacklistMatchUnfit, FuzzyOnlyFlags, ValidityReversed: 422.
    """
    built = _read_lines(work, tenant_id, request)
    scopes = [entry.event_id for entry in built]
    sweeps.lock(work, tenant_id, scopes)
    known = _known(work, tenant_id, built)
    fresh: dict[tuple[object, ...], Blacklist] = {}
    for entry in built:
        if _identity(entry) not in known:
            fresh.setdefault(_identity(entry), entry)
    _check_room(work, tenant_id, len(fresh))
    work.session.add_all(fresh.values())
    work.session.flush()
    for entry in fresh.values():
        audit.record(work, tenant_id, ENTRY_CREATED, entry.id, after=snapshot(entry))
    counts = {"count": len(fresh), "skipped": len(built) - len(fresh)}
    audit.record(work, tenant_id, BLACKLIST_IMPORTED, tenant_id, after=counts)
    if fresh:
        _announce(work, tenant_id, [entry.event_id for entry in fresh.values()], len(fresh))
    return BlacklistImportResult(len(fresh), len(built) - len(fresh))


def export_row(entry: Any, event_slugs: Mapping[str, str]) -> tuple[Any, ...]:
    """Return an entry as a row of an export. A document number stays a hash, which an import takes."""
    value = entry.label if entry.kind is not BlacklistKind.DOCUMENT else f"{HASHED}{entry.value}"
    return (
        entry.kind.value,
        value,
        entry.match.value,
        entry.action.value,
        event_slugs.get(entry.event_id or "", ""),
        entry.reason,
        entry.valid_from or "",
        entry.valid_until or "",
    )


# --- lines ----------------------------------------------------------------------------------------


def _read_lines(work: Work, tenant_id: str, request: BlacklistLines) -> list[Blacklist]:
    lines = [
        (number, line.strip())
        for number, line in enumerate(request.lines.lstrip("\ufeff").splitlines(), start=1)
        if line.strip()
    ]
    if not lines:
        raise NoLines
    if len(lines) > MAX_LINES:
        raise TooManyLines(most=MAX_LINES)
    shared = request.model_dump(exclude={"lines"})
    header = tuple(each.strip().casefold() for each in next(csv.reader([lines[0][1]])))
    is_export = header == EXPORT_HEADER
    slugs: dict[str, str] = {}
    entries, errors = [], []
    for number, line in lines[1:] if is_export else lines:
        try:
            values = _exported(work, tenant_id, line, slugs) if is_export else shared | _plain_line(line)
            entries.append(_build(work, tenant_id, NewBlacklistEntry.model_validate(values)))
        except ValidationError as error:
            errors.append(f"{number}: {error.errors()[0]['msg']}")
        except (BlacklistMatchUnfit, FuzzyOnlyFlags, ValidityReversed):
            if not is_export:
                raise
            errors.append(f"{number}")
        except HubError as error:
            errors.append(f"{number}: {error.message}")
        if len(errors) >= _LISTED_ERRORS:
            break
    if errors:
        raise LinesInvalid(lines=" ".join(errors))
    return entries


def _plain_line(line: str) -> dict[str, Any]:
    """Return the members that a line has of its own."""
    separator = "\t" if "\t" in line else ";"
    value, _, reason = line.partition(separator)
    return {"value": undo_escape(value.strip())} | ({"reason": reason.strip()} if reason.strip() else {})


def _exported(work: Work, tenant_id: str, line: str, slugs: dict[str, str]) -> dict[str, Any]:
    cells = [undo_escape(cell) for cell in next(csv.reader(io.StringIO(line)))]
    values: dict[str, Any] = dict(zip(EXPORT_HEADER, cells, strict=False))
    slug = values.pop("event", "")
    if slug and slug not in slugs:
        slugs[slug] = events.get_by_slug_or_id(work, tenant_id, slug).id
    days = {name: values.pop(name, "") or None for name in ("valid_from", "valid_until")}
    return values | days | {"event_id": slugs.get(slug)}


# --- parts ----------------------------------------------------------------------------------------


def _build(work: Work, tenant_id: str, new: NewBlacklistEntry) -> Blacklist:
    """Return a new entry, not stored yet."""
    match = new.match or (BlacklistMatch.DOMAIN if new.kind is BlacklistKind.DOMAIN else BlacklistMatch.EXACT)
    _check_match(new.kind, match, new.action)
    if new.valid_from and new.valid_until and new.valid_until < new.valid_from:
        raise ValidityReversed
    zone = events.get(work, tenant_id, new.event_id).time_zone if new.event_id else ""
    value = entry_value(work, tenant_id, new.kind, new.value, zone)
    is_document = new.kind is BlacklistKind.DOCUMENT
    return Blacklist(
        tenant_id=tenant_id,
        id=work.new_id(),
        event_id=new.event_id,
        kind=new.kind,
        value=value,
        label="" if is_document else visible_text(new.value),
        match=match,
        action=new.action,
        reason=new.reason,
        valid_from=day_text(new.valid_from),
        valid_until=day_text(new.valid_until),
        created_by=work.actor,
        station_hash=_document_hash(work, tenant_id, new.value) if is_document else None,
        version=1,
    )


def _check_match(kind: BlacklistKind, match: BlacklistMatch, action: BlacklistAction) -> None:
    is_domain = kind is BlacklistKind.DOMAIN
    if is_domain is not (match is BlacklistMatch.DOMAIN):
        raise BlacklistMatchUnfit
    if match is BlacklistMatch.FUZZY:
        if kind is not BlacklistKind.NAME:
            raise BlacklistMatchUnfit
        if action is not BlacklistAction.FLAG:
            raise FuzzyOnlyFlags


def _document_hash(work: Work, tenant_id: str, text: str) -> str | None:
    """Return the slow hash of a number now, because nobody can read it later; None for one that was exported."""
    if text.strip().startswith(HASHED):
        return None
    salt = sweeps.station_salt(work.derive_key, tenant_id)
    return slow_hash(BlacklistKind.DOCUMENT.value, normal_document(text), salt).hex()


def _identity(entry: Blacklist) -> tuple[object, ...]:
    return entry.event_id or "", entry.kind, entry.match, entry.value


def _known(
    work: Work, tenant_id: str, entries: Sequence[Blacklist], but: str = ""
) -> frozenset[tuple[object, ...]]:
    """Return the identities of stored entries that equal one of these."""
    columns = (func.coalesce(Blacklist.event_id, ""), Blacklist.kind, Blacklist.match, Blacklist.value)
    values = sorted({entry.value for entry in entries})
    known: set[tuple[object, ...]] = set()
    for start in range(0, len(values), 500):
        query = select(*columns).where(
            Blacklist.tenant_id == tenant_id,
            Blacklist.kind.in_(list(BlacklistKind)),
            Blacklist.value.in_(values[start : start + 500]),
            Blacklist.id != but,
        )
        with work.session.no_autoflush:
            known.update(tuple(row) for row in work.session.execute(query))
    return frozenset(known & {_identity(entry) for entry in entries})


def _check_room(work: Work, tenant_id: str, count: int) -> None:
    stored = work.session.scalar(
        select(func.count()).select_from(Blacklist).where(Blacklist.tenant_id == tenant_id)
    )
    if (stored or 0) + count > MAX_ENTRIES:
        raise BlacklistFull(most=MAX_ENTRIES)


def _get_for_update(work: Work, tenant_id: str, entry_id: str, if_version: IfVersion) -> Blacklist:
    entry = work.session.get(Blacklist, (tenant_id, entry_id), with_for_update=True, populate_existing=True)
    if entry is None:
        raise BlacklistEntryNotFound
    check_version(entry.version, if_version, BlacklistEntryChanged)
    return entry


def _remove(work: Work, tenant_id: str, entries: Sequence[Blacklist]) -> None:
    ids, scopes = [entry.id for entry in entries], [entry.event_id for entry in entries]
    sweeps.lock(work, tenant_id, scopes)
    for entry in entries:
        audit.record(work, tenant_id, ENTRY_DELETED, entry.id, before=snapshot(entry))
    hits.forget_entries(work, tenant_id, ids)
    attempts.forget_entries(work, tenant_id, ids)
    are_gone = in_values(Blacklist.id, ids, work.dialect)
    work.session.execute(delete(Blacklist).where(Blacklist.tenant_id == tenant_id, are_gone))
    _announce(work, tenant_id, scopes, len(entries))


def _announce(work: Work, tenant_id: str, scopes: Sequence[str | None], count: int) -> None:
    sweeps.request(work, tenant_id, scopes)
    domain_events.emit(work, tenant_id, BlacklistChanged(entity_id=tenant_id, event_id="", count=count))

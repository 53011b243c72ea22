"""Repository of journals: the acknowledged prefix of each, locked while it grows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Select, String, Table, bindparam, cast, column, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.sync import MAX_MISSING_ROWS, Acknowledged
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.push.hash_chain import JournalPrefix
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.bulk import update_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.json_values import dump_json_text

_TABLE: Table = DeviceJournal.metadata.tables[DeviceJournal.__tablename__]
_C = _TABLE.c
_JOURNAL = select(_C.id, _C.sequence, _C.head).where(
    _C.tenant_id == bindparam("t"), _C.device_id == bindparam("d"), _C.journal_id == bindparam("j")
)
MAX_HEADS = 500
"""Journals of an event whose heads are sent. A station begins a new one only when its store was set back."""
_HEADS = (
    select(_C.device_id, _C.journal_id, _C.sequence)
    .where(_C.tenant_id == bindparam("t"), _C.device_id.in_(devices.select_ids_of_event()))
    .order_by(_C.updated_at.desc(), _C.id)
    .limit(MAX_HEADS)
)
_Q: Table = QuarantinedScan.metadata.tables[QuarantinedScan.__tablename__]
_MISSING = (
    select(_Q.c.device_id, _Q.c.journal_id, _Q.c.sequence)
    .where(
        _Q.c.tenant_id == bindparam("t"),
        _Q.c.device_id.in_(devices.select_ids_of_event()),
        # The hub has the scan already, or the station may scan nobody: both count here.
        _Q.c.code.not_in(["DuplicateId", "ProfileForbidsRow"]),
    )
    .order_by(_Q.c.sequence.desc())
    .limit(10 * MAX_MISSING_ROWS)
)
_NAME = (column("device_id", String), column("journal_id", String))


@dataclass(frozen=True, slots=True)
class LockedJournal:
    """A journal that this transaction has locked."""

    id: str
    tenant_id: str
    journal_id: str
    prefix: JournalPrefix

    def acknowledged(self) -> Acknowledged:
        """Return the prefix as stations learn it."""
        return Acknowledged(journal_id=self.journal_id, sequence=self.prefix.sequence, head=self.prefix.head)


def get_for_update(work: Work, names: Sequence[tuple[StationIdentity, str]]) -> list[LockedJournal]:
    """Return journals of a tenant's stations, created if they are new, and lock them in the order of their ids until this transaction ends."""
    tenant_id = names[0][0].tenant_id
    wanted = dump_json_text(
        [{"device_id": station.id, "journal_id": journal_id} for station, journal_id in names]
    )
    query, bound = _lock_all(work.dialect.name), {"t": tenant_id, "wanted": wanted}
    rows = {(row.device_id, row.journal_id): row for row in work.fetch_all(query, bound)}
    missing = sorted(
        ((station, journal_id) for station, journal_id in names if (station.id, journal_id) not in rows),
        key=lambda name: (name[0].id, name[1]),
    )
    if missing:
        for station, journal_id in missing:
            _create(work, station, journal_id)
        rows = {(row.device_id, row.journal_id): row for row in work.fetch_all(query, bound)}
    stored = ((rows[station.id, journal_id], journal_id) for station, journal_id in names)
    return [
        LockedJournal(row.id, tenant_id, journal_id, JournalPrefix(row.sequence, row.head))
        for row, journal_id in stored
    ]


@cache
def _lock_all(dialect_name: str) -> Select[Any]:
    """Return the query that locks the journals of the JSON parameter `wanted`: objects with `device_id` and `journal_id`."""
    wanted = bindparam("wanted", type_=String)
    locked = (
        select(_C.id, _C.device_id, _C.journal_id, _C.sequence, _C.head)
        .where(_C.tenant_id == bindparam("t"))
        .order_by(_C.device_id, _C.journal_id)
        .with_for_update(of=_TABLE)
    )
    if dialect_name == "postgresql":
        listed = func.json_to_recordset(cast(wanted, JSON)).table_valued(*_NAME, name="listed")
        named = listed.render_derived(with_types=True)
        is_named = (_C.device_id == named.c.device_id) & (_C.journal_id == named.c.journal_id)
        return locked.select_from(named.join(_TABLE, is_named))
    each = func.json_each(wanted).table_valued("value", name="listed").c.value
    names = select(*(func.json_extract(each, f"$.{column.name}") for column in _NAME))
    # Not a join: without statistics SQLite reads all journals of the tenant, and the whole list for each of them.
    return locked.where(tuple_(_C.device_id, _C.journal_id).in_(names))


def read(work: Work, station: StationIdentity, journal_id: str) -> LockedJournal:
    """Return the journal without a lock; one that the hub does not have is empty. It must not be acknowledged."""
    row = work.fetch_one(_JOURNAL, {"t": station.tenant_id, "d": station.id, "j": journal_id})
    if row is None:
        return LockedJournal("", station.tenant_id, journal_id, JournalPrefix())
    return LockedJournal(row.id, station.tenant_id, journal_id, JournalPrefix(row.sequence, row.head))


def heads(work: Work, key: FeedKey) -> list[dict[str, Any]]:
    """Return how far the journals of an event's stations are stored, as `contract.sync.JournalHead`, the last changed ones first.

    `missing` are quarantined rows: the people in them are where their station says, whatever is wrong with the row.

    Read in one snapshot with presences, these include no other rows of the stations: a push stores its rows and their projections at
    once.
    """
    where = {"t": key.tenant_id, "e": key.event_id}
    # Before those that are missing: without a snapshot a row that comes in between is then too much in that list, and not too little.
    rows: Sequence[Any] = work.fetch_all(_HEADS, where)
    missing: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in work.fetch_all(_MISSING, where):
        numbers = missing[row.device_id, row.journal_id]
        if len(numbers) < MAX_MISSING_ROWS:
            numbers.append(row.sequence)
    heads = []
    for device_id, journal_id, sequence in rows:
        head: dict[str, Any] = {"device_id": device_id, "journal_id": journal_id, "sequence": sequence}
        in_quarantine = missing.get((device_id, journal_id))
        heads.append(head | {"missing": in_quarantine} if in_quarantine else head)
    return heads


def acknowledge(work: Work, tenant_id: str, prefixes: Iterable[tuple[LockedJournal, JournalPrefix]]) -> None:
    """Store new acknowledged prefixes of a tenant's journals, before the commit."""
    rows = [
        {"id": journal.id, "sequence": prefix.sequence, "head": prefix.head} for journal, prefix in prefixes
    ]
    if rows:
        shared = {"tenant_id": tenant_id, "updated_at": work.now()}
        pending_writes.add(work.session, lambda _: update_many(work.session, _TABLE, rows, shared))


def _create(work: Work, station: StationIdentity, journal_id: str) -> None:
    """Create the journal; of two first pushes at once, one creates it."""
    dialect = postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite
    row = {
        "tenant_id": station.tenant_id,
        "id": work.new_id(),
        "device_id": station.id,
        "journal_id": journal_id,
        "sequence": 0,
        "head": "",
        **work.timestamps(),
    }
    work.session.execute(dialect.insert(_TABLE).values(row).on_conflict_do_nothing())

"""Repository of journals: the acknowledged prefix of each, locked while it grows."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.sync import MAX_MISSING_ROWS
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.push.hash_chain import JournalPrefix
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

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
_LOCKED = _JOURNAL.with_for_update()
_ACKNOWLEDGE = (
    update(_TABLE)
    .where(_C.tenant_id == bindparam("t"), _C.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in ("sequence", "head", "updated_at")})
)


@dataclass(frozen=True, slots=True)
class LockedJournal:
    """A journal that this transaction has locked."""

    id: str
    tenant_id: str
    journal_id: str
    prefix: JournalPrefix


def get_for_update(work: Work, station: StationIdentity, journal_id: str) -> LockedJournal:
    """Return the journal, created if it is new, and lock it until this transaction ends."""
    mine = {"t": station.tenant_id, "d": station.id, "j": journal_id}
    row = work.fetch_one(_LOCKED, mine)
    if row is None:
        _create(work, station, journal_id)
        (row,) = work.fetch_all(_LOCKED, mine)
    return LockedJournal(row.id, station.tenant_id, journal_id, JournalPrefix(row.sequence, row.head))


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
    rows = work.fetch_all(_HEADS, where)
    missing: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in work.fetch_all(_MISSING, where):
        numbers = missing[row.device_id, row.journal_id]
        if len(numbers) < MAX_MISSING_ROWS:
            numbers.append(row.sequence)
    heads = []
    for row in rows:
        head = {"device_id": row.device_id, "journal_id": row.journal_id, "sequence": row.sequence}
        in_quarantine = missing.get((row.device_id, row.journal_id))
        heads.append(head | {"missing": in_quarantine} if in_quarantine else head)
    return heads


def acknowledge(work: Work, journal: LockedJournal, prefix: JournalPrefix) -> None:
    """Store a new acknowledged prefix."""
    acknowledged = {"sequence": prefix.sequence, "head": prefix.head, "updated_at": work.now()}
    work.connection.execute(_ACKNOWLEDGE, {"t": journal.tenant_id, "the_id": journal.id, **acknowledged})


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

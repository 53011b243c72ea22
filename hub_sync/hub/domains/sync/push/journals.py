"""Repository of journals: the acknowledged prefix of each, locked while it grows."""

from dataclasses import dataclass

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.hub.domains.sync.push.hash_chain import JournalPrefix
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.tables import DeviceJournal
from hub_sync.hub.kit.db.unit_of_work import Work

_TABLE: Table = DeviceJournal.metadata.tables[DeviceJournal.__tablename__]


@dataclass(frozen=True, slots=True)
class LockedJournal:
    """A journal that this transaction has locked."""

    id: str
    tenant_id: str
    journal_id: str
    prefix: JournalPrefix


def get_for_update(work: Work, station: StationIdentity, journal_id: str) -> LockedJournal:
    """Return the journal, created if it is new, and lock it until this transaction ends."""
    c = _TABLE.c
    mine = (c.tenant_id == station.tenant_id, c.device_id == station.id, c.journal_id == journal_id)
    query = select(c.id, c.sequence, c.head).where(*mine).with_for_update()
    row = work.session.execute(query).one_or_none()
    if row is None:
        _create(work, station, journal_id)
        row = work.session.execute(query).one()
    return LockedJournal(row.id, station.tenant_id, journal_id, JournalPrefix(row.sequence, row.head))


def acknowledge(work: Work, journal: LockedJournal, prefix: JournalPrefix) -> None:
    """Store a new acknowledged prefix."""
    work.session.execute(
        update(_TABLE)
        .where(_TABLE.c.tenant_id == journal.tenant_id, _TABLE.c.id == journal.id)
        .values(sequence=prefix.sequence, head=prefix.head, updated_at=work.now())
    )


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

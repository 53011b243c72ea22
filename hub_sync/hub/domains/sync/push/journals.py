"""The prefix that the hub holds of each journal, locked while it grows."""

from dataclasses import dataclass

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.hub.domains.sync.push.hash_chain import Prefix
from hub_sync.hub.domains.sync.schemas import Station
from hub_sync.hub.domains.sync.tables import DeviceJournal
from hub_sync.hub.kit.db.unit_of_work import Work

_TABLE: Table = DeviceJournal.metadata.tables[DeviceJournal.__tablename__]


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that this transaction has to itself."""

    id: str
    tenant_id: str
    journal_id: str
    prefix: Prefix


def locked(work: Work, station: Station, journal_id: str) -> Journal:
    """The journal, begun if it is new; nobody else advances it until this transaction ends."""
    c = _TABLE.c
    mine = (c.tenant_id == station.tenant_id, c.device_id == station.id, c.journal_id == journal_id)
    query = select(c.id, c.sequence, c.head).where(*mine).with_for_update()
    row = work.session.execute(query).one_or_none()
    if row is None:
        _begin(work, station, journal_id)
        row = work.session.execute(query).one()
    return Journal(row.id, station.tenant_id, journal_id, Prefix(row.sequence, row.head))


def advance(work: Work, journal: Journal, prefix: Prefix) -> None:
    """Acknowledge the journal up to here."""
    work.session.execute(
        update(_TABLE)
        .where(_TABLE.c.tenant_id == journal.tenant_id, _TABLE.c.id == journal.id)
        .values(sequence=prefix.sequence, head=prefix.head, updated_at=work.now())
    )


def _begin(work: Work, station: Station, journal_id: str) -> None:
    """Two first pushes at once begin one journal."""
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

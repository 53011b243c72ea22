"""The service of sync: what other domains may call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from hub_sync.hub.domains.sync.pull.live_changes import StationFeeds
from hub_sync.hub.domains.sync.seals.evidence import write_evidence
from hub_sync.hub.domains.sync.seals.status import SealRow, SealStatus, seal_status
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import Work

__all__ = [
    "JournalState",
    "SealRow",
    "SealStatus",
    "StationFeeds",
    "journals_of",
    "seal_status",
    "write_evidence",
]


@dataclass(frozen=True, slots=True)
class JournalState:
    """A station's journal as the hub has stored it: its rows up to `sequence`, whose chain ends with the hash `head`."""

    journal_id: str
    sequence: int
    head: str
    received_at: datetime
    """When the hub stored rows of it last."""
    quarantined: int
    """The number of rows that could not be stored as scans."""


def journals_of(work: Work, tenant_id: str, device_id: str) -> Sequence[JournalState]:
    """Return the journals of a station, the one that grew last first."""
    j, q = DeviceJournal, QuarantinedScan
    aside = (
        select(q.journal_id, func.count(q.id).label("count"))
        .where(q.tenant_id == tenant_id, q.device_id == device_id)
        .group_by(q.journal_id)
        .subquery()
    )
    query = (
        select(j.journal_id, j.sequence, j.head, j.updated_at, func.coalesce(aside.c.count, 0))
        .outerjoin(aside, aside.c.journal_id == j.journal_id)
        .where(j.tenant_id == tenant_id, j.device_id == device_id)
        .order_by(j.updated_at.desc(), j.id)
    )
    return [JournalState(*row) for row in work.session.execute(query)]

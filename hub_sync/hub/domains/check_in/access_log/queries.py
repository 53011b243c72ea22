"""Queries of single rows of the access log."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from hub_sync.contract.enums import Direction, Passage
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.errors import ScanNotFound
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.participants import persons
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def get_scan(work: Work, tenant_id: str, event_id: str, scan_id: str) -> AccessLog:
    """Return the row of an id.

    Raises:
        ScanNotFound.
    """
    row = work.session.get(AccessLog, (tenant_id, scan_id))
    if row is None or row.event_id != event_id:
        raise ScanNotFound
    return row


def last_entry(session: Session, key: FeedKey, participant_id: str, zone: str) -> Row[Any] | None:
    """Return the last entry of a person into a zone under any of their ids, or None."""
    c = repository.LOG.c
    people = (participant_id, *persons.merged_into(session, key, participant_id))
    query = (
        select(c.id, c.checkpoint_id, c.device_id, c.effective_at_ms)
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.participant_id.in_(people),
            c.zone == zone,
            c.direction == Direction.ENTRY,
            c.result.in_(repository.ADMITTING),
            c.passage != Passage.NO_PASSAGE,
        )
        .order_by(c.effective_at_ms.desc(), c.device_id.desc(), c.sequence.desc())
        .limit(1)
    )
    entry: Row[Any] | None = session.execute(query).one_or_none()  # type: ignore[assignment]
    return entry

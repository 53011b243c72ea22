"""The conflicts that one scan belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


@dataclass(frozen=True, slots=True)
class ScanConflict:
    """A conflict as one of its scans has it, with the other scan; `is_later`: this scan is the flagged one."""

    id: str
    other_id: str
    other_at_ms: int
    is_later: bool
    is_open: bool


def conflicts_of_scan(work: Work, key: FeedKey, scan: AccessLog) -> Sequence[ScanConflict]:
    """Return the conflicts that a scan belongs to, the earliest first."""
    if not scan.participant_id:
        return []
    c, other = AccessConflict, AccessLog
    query = (
        select(c.id, c.later_id, c.state, other.id, other.effective_at_ms)
        .join(
            other,
            (other.tenant_id == c.tenant_id)
            & or_(
                (c.later_id == scan.id) & (other.id == c.earlier_id),
                (c.earlier_id == scan.id) & (other.id == c.later_id),
            ),
        )
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.participant_id == scan.participant_id,
            or_(c.later_id == scan.id, c.earlier_id == scan.id),
        )
        .order_by(c.at_ms, c.id)
    )
    return [
        ScanConflict(id_, other_id, at_ms, later_id == scan.id, state.needs_attention)
        for id_, later_id, state, other_id, at_ms in work.session.execute(query)
    ]

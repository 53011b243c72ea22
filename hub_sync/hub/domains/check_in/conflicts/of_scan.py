"""The conflicts that one scan belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules import conflicts as rules
from hub_sync.rules.conflicts import ConflictKind, ConflictState, ScanFacts


@dataclass(frozen=True, slots=True)
class ScanConflict:
    """A conflict as one of its scans has it.

    Of a double entry `other_id` and `other_at_ms` are the other scan, and with `is_later` this scan is the flagged one; other kinds
    have no other scan.
    """

    id: str
    kind: ConflictKind
    other_id: str | None
    other_at_ms: int | None
    is_later: bool
    state: ConflictState


def conflicts_of_scan(work: Work, key: FeedKey, scan: AccessLog) -> Sequence[ScanConflict]:
    """Return the conflicts that a scan belongs to, double entries first."""
    return [*_double_entries(work, key, scan), *_of_single_scans(work, key, scan)]


def _of_single_scans(work: Work, key: FeedKey, scan: AccessLog) -> Sequence[ScanConflict]:
    """Return the conflicts that the scan is by itself, or is one of several scans of."""
    facts = ScanFacts(
        scan.id,
        scan.device_id,
        scan.clock.get("boot_id", ""),
        scan.effective_at_ms,
        scan.result,
        scan.reason_code,
        scan.participant_id,
        scan.zone,
        scan.flag,
        scan.clock_sure,
        scan.passage,
    )
    subjects = {(fold.kind, fold.subject) for fold in rules.conflicts_of_scan(facts)}
    if not subjects:
        return []
    c = AccessConflict
    query = (
        select(c.id, c.kind, c.subject, c.state)
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.subject.in_({subject for _kind, subject in subjects}),
        )
        .order_by(c.at_ms, c.id)
    )
    return [
        ScanConflict(id_, kind, None, None, is_later=True, state=state)
        for id_, kind, subject, state in work.session.execute(query)
        if (kind, subject) in subjects
    ]


def _double_entries(work: Work, key: FeedKey, scan: AccessLog) -> Sequence[ScanConflict]:
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
        ScanConflict(id_, ConflictKind.DOUBLE_ENTRY, other_id, at_ms, later_id == scan.id, state)
        for id_, later_id, state, other_id, at_ms in work.session.execute(query)
    ]

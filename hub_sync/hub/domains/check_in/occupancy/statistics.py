"""Figures of an event's scans for the console, beside the statistics of the day. Each is one SQL statement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, func, select

from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from hub_sync.hub.domains.check_in.access_log.repository import ADMITTING, LOG
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import RefusalCount
from hub_sync.hub.domains.check_in.tables import AccessConflict, Checkpoint, ZonePresence
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.conflicts import ConflictKind, ConflictState
from hub_sync.rules.occupancy import NO_STATION


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A double entry that somebody should look at."""

    id: str
    at_ms: int
    device_id: str
    other_device_id: str


@dataclass(frozen=True, slots=True)
class LastPassage:
    """The last passage of a person into or out of a zone ("" is the event itself)."""

    zone: str
    direction: Direction
    at_ms: int
    entries: int
    with_everybody: bool = False
    """True if nobody scanned the person out: they left at the hour that everybody leaves."""


@dataclass(frozen=True, slots=True)
class LastScan:
    """One scan of a person."""

    at_ms: int
    checkpoint: str
    result: ScanResult
    reason: ReasonCode
    direction: Direction
    zone: str
    flag: str | None
    override_reason: str
    override_by: str


_LAST_SCAN = (
    LOG.c.effective_at_ms,
    func.coalesce(Checkpoint.name, ""),
    LOG.c.result,
    LOG.c.reason_code,
    LOG.c.direction,
    LOG.c.zone,
    LOG.c.flag,
    func.coalesce(LOG.c.override_reason, ""),
    func.coalesce(LOG.c.override_by, ""),
)
"""The columns of a `LastScan`, in its order."""


def open_double_entries(work: Work, key: FeedKey, limit: int) -> Sequence[OpenConflict]:
    """Return the latest double entries that somebody should look at."""
    c = AccessConflict
    query = select(c.id, c.at_ms, c.device_id, func.coalesce(c.other_device_id, "")).where(
        c.tenant_id == key.tenant_id,
        c.event_id == key.event_id,
        c.state.in_([state for state in ConflictState if state.needs_attention]),
        c.kind == ConflictKind.DOUBLE_ENTRY,
    )
    return [OpenConflict(*row) for row in work.session.execute(query.order_by(c.at_ms.desc()).limit(limit))]


def last_passages(work: Work, key: FeedKey, participant_id: str) -> Sequence[LastPassage]:
    """Return every zone that a person has passed into or out of, the latest first.

    Who is in a zone is in the event, also if they entered it by the zone's own door after they had left.
    """
    p = ZonePresence
    left_with_everybody = and_(p.direction == Direction.EXIT, p.device_id == NO_STATION)
    query = select(p.zone, p.direction, p.at_ms, p.entries, left_with_everybody).where(
        p.tenant_id == key.tenant_id,
        p.event_id == key.event_id,
        p.participant_id == participant_id,
        p.entries > 0,
    )
    passages = [LastPassage(*row) for row in work.session.execute(query.order_by(p.at_ms.desc(), p.zone))]
    inside_since = min((each.at_ms for each in passages if each.direction is Direction.ENTRY), default=None)
    return [
        replace(each, direction=Direction.ENTRY, at_ms=inside_since, with_everybody=False)
        if inside_since is not None and not each.zone and each.direction is Direction.EXIT
        else each
        for each in passages
    ]


def last_scans(work: Work, key: FeedKey, participant_id: str, limit: int) -> Sequence[LastScan]:
    """Return a person's latest scans, those as registrations that were merged into this one too."""
    c = LOG.c
    ids = (participant_id, *participants.merged_into(work.session, key, participant_id))
    query = (
        select(*_LAST_SCAN)
        .outerjoin(Checkpoint, (Checkpoint.tenant_id == c.tenant_id) & (Checkpoint.id == c.checkpoint_id))
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.participant_id.in_(ids),
        )
        .order_by(c.effective_at_ms.desc(), c.id.desc())
        .limit(limit)
    )
    return [LastScan(*row) for row in work.session.execute(query)]


def last_scans_of_device(
    work: Work, tenant_id: str, device_id: str, journal_ids: Sequence[str], limit: int
) -> Sequence[LastScan]:
    """Return the latest scans in these journals of a station, by their own order: an index has it, however many there are."""
    c = LOG.c
    rows: list[tuple[int, LastScan]] = []
    for journal_id in journal_ids:
        query = (
            select(*_LAST_SCAN)
            .outerjoin(Checkpoint, (Checkpoint.tenant_id == c.tenant_id) & (Checkpoint.id == c.checkpoint_id))
            .where(c.tenant_id == tenant_id, c.device_id == device_id, c.journal_id == journal_id)
            .order_by(c.sequence.desc())
            .limit(limit)
        )
        rows += [(row[0], LastScan(*row)) for row in work.session.execute(query)]
    return [scan for _at, scan in sorted(rows, key=lambda row: row[0], reverse=True)[:limit]]


def count_refusals(work: Work, key: FeedKey) -> Sequence[RefusalCount]:
    """Return how many scans of an event were refused, by reason, the most frequent first."""
    c = LOG.c
    count = func.count(c.id)
    query = (
        select(c.reason_code, count)
        .where(c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.result.not_in(ADMITTING))
        .group_by(c.reason_code)
        .order_by(count.desc(), c.reason_code)
    )
    return [RefusalCount(reason, number) for reason, number in work.session.execute(query)]


def count_admitted_people(work: Work, key: FeedKey) -> int:
    """Return the number of people who were admitted to an event at least once."""
    p = ZonePresence
    query = select(func.count(p.participant_id.distinct())).where(
        p.tenant_id == key.tenant_id, p.event_id == key.event_id, p.entries > 0
    )
    return work.session.scalar(query) or 0

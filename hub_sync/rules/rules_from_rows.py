"""Rules of events and checkpoints from their wire rows. Both sides build their rules here, once a row."""

from datetime import datetime, time, timedelta
from functools import lru_cache

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.sync import CheckpointRow, EventRow
from hub_sync.rules.admission import CheckpointRules, EventRules
from hub_sync.rules.times.opening_hours import parse_hour
from hub_sync.rules.times.time_zones import UnknownTimeZone, load_time_zone

_DAY_MINUTES = 24 * 60
"""Of a policy without its number, which the hub does not send, the strict reading holds: one entry, one day."""


@lru_cache(maxsize=8)
def event_rules(row: EventRow) -> EventRules:
    """Return the rules of an event. Its time zone may be newer than this program: then nobody enters before an update."""
    try:
        time_zone, time_zone_known = load_time_zone(row.time_zone), True
    except UnknownTimeZone:
        time_zone, time_zone_known = load_time_zone("UTC"), False
    return EventRules(
        id=row.id,
        tenant_id=row.tenant_id,
        starts_at=from_epoch_ms(row.starts_at_ms),
        ends_at=from_epoch_ms(row.ends_at_ms),
        doors_open_at=_instant(row.doors_open_at_ms),
        doors_close_at=_instant(row.doors_close_at_ms),
        day_begins_at=time.fromisoformat(row.day_begins_at),
        everyone_leaves_at=parse_hour(row.everyone_leaves_at),
        time_zone=time_zone,
        time_zone_known=time_zone_known,
        status=row.status,
        unclear=bool(row.unclear),
    )


@lru_cache(maxsize=256)
def checkpoint_rules(row: CheckpointRow) -> CheckpointRules:
    """Return the rules of a checkpoint. A deleted checkpoint is inactive."""
    categories = row.allowed_categories
    return CheckpointRules(
        id=row.id,
        active=row.active and not row.deleted,
        direction=row.direction,
        zone=row.zone or "",
        opens_at=parse_hour(row.opens_at),
        closes_at=parse_hour(row.closes_at),
        allowed_categories=None if categories is None else frozenset(categories),
        reentry=row.reentry,
        reentry_after=timedelta(minutes=row.reentry_minutes or _DAY_MINUTES),
        reentry_limit=row.reentry_limit or 1,
        unknown_tickets=row.unknown_tickets,
        stale_roster=row.stale_roster,
        roster_max_age=timedelta(seconds=row.roster_max_age_s),
        leaves_zones=row.leaves_zones,
        unclear=bool(row.unclear),
    )


def _instant(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else from_epoch_ms(at_ms)

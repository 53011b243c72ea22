"""The capacity of a zone or of the event. Capacity informs, it never blocks: `rules.occupancy.occupancy_level` gives its colour."""

from sqlalchemy import bindparam, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.errors import ZoneNotFound
from hub_sync.hub.domains.check_in.manifest import CAPACITY_UPDATED
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.occupancy.projection import Count
from hub_sync.hub.domains.check_in.tables import Checkpoint, VenueOccupancy
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.unit_of_work import Work

_ZONES = (
    select(Checkpoint.zone)
    .distinct()
    .where(
        Checkpoint.tenant_id == bindparam("t"),
        Checkpoint.event_id == bindparam("e"),
        Checkpoint.deleted_at.is_(None),
    )
)


def all_counts(work: Work, tenant_id: str, event_id: str) -> list[Count]:
    """Return the event's count and those of its zones, zones that nobody has entered yet included.

    Raises:
        EventNotFound.
    """
    event = events.read(work, tenant_id, event_id)
    whole, *zones = projection.list_counts(
        projection.current_counts(work, tenant_id, event_id), event.capacity
    )
    by_zone = {zone: Count(zone, 0, None) for zone in _zones(work, tenant_id, event_id)}
    by_zone |= {count.zone: count for count in zones}
    return [whole, *(by_zone[zone] for zone in sorted(by_zone))]


def require_zone(work: Work, tenant_id: str, event_id: str, zone: str) -> None:
    """Check that a checkpoint of the event leads, or led, to a zone.

    Raises:
        EventNotFound, ZoneNotFound.
    """
    if all(count.zone != zone for count in all_counts(work, tenant_id, event_id)[1:]):
        raise ZoneNotFound


def set_capacity(work: Work, tenant_id: str, event_id: str, zone: str | None, capacity: int | None) -> None:
    """Set the capacity of a zone.

    Raises:
        EventNotFound.
    """
    zone = zone or None
    events.get(work, tenant_id, event_id)
    projection.lock(work, tenant_id, event_id)
    chosen = select(VenueOccupancy).where(
        VenueOccupancy.tenant_id == tenant_id,
        VenueOccupancy.event_id == event_id,
        VenueOccupancy.zone.is_(None) if zone is None else VenueOccupancy.zone == zone,
    )
    row = work.session.scalar(chosen)
    if row is None:
        row = VenueOccupancy(tenant_id=tenant_id, id=work.new_id(), event_id=event_id, zone=zone, current=0)
        work.session.add(row)
    before = {"capacity": row.capacity}
    row.capacity = capacity
    work.session.flush()
    audit.record(
        work,
        tenant_id,
        CAPACITY_UPDATED,
        row.id,
        before=before,
        after={"capacity": capacity},
    )


def _zones(work: Work, tenant_id: str, event_id: str) -> list[str]:
    return [row.zone for row in work.fetch_all(_ZONES, {"t": tenant_id, "e": event_id}) if row.zone]

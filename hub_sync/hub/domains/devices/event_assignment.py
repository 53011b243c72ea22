"""The events of a station, in their order: assign them, and remove them.

Rows of a removed event stay: the station may hold scans of it that it has not sent yet, and these are stored as before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.devices.access_bounds import check_bounds
from hub_sync.hub.domains.devices.errors import EventIsOver, StationOutOfUse
from hub_sync.hub.domains.devices.tables import DeviceEvent, KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.credential_bounds import Bounds

_FOR_GOOD = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
_COLUMNS: tuple[Any, ...] = (DeviceEvent.event_id, DeviceEvent.removed_at)
_EVER_ASSIGNED = select(*_COLUMNS).where(
    DeviceEvent.tenant_id == bindparam("t"), DeviceEvent.device_id == bindparam("d")
)
_WITHDRAWN = (
    select(DeviceEvent.device_id)
    .join(
        KioskDevice,
        (KioskDevice.tenant_id == DeviceEvent.tenant_id) & (KioskDevice.id == DeviceEvent.device_id),
    )
    .where(
        DeviceEvent.tenant_id == bindparam("t"),
        DeviceEvent.event_id == bindparam("e"),
        DeviceEvent.removed_at.is_not(None)
        | (KioskDevice.status != DeviceStatus.ACTIVE)
        | (KioskDevice.access_ends_at <= bindparam("now", type_=KioskDevice.access_ends_at.type)),
    )
)


def ever_assigned(work: Work, tenant_id: str, device_id: str) -> dict[str, datetime | None]:
    """Return all events that a station may serve or might once, with the time since when it does not any more."""
    rows = work.fetch_all(_EVER_ASSIGNED, {"t": tenant_id, "d": device_id})
    return {row.event_id: row.removed_at for row in rows}


def withdrawn_of_event(work: Work, key: FeedKey) -> frozenset[str]:
    """Return the ids of the stations that were assigned to an event once, and may not follow it now."""
    rows = work.fetch_all(_WITHDRAWN, {"t": key.tenant_id, "e": key.event_id, "now": work.now()})
    return frozenset(row.device_id for row in rows)


def wanted_events(device: KioskDevice, values: Mapping[str, Any]) -> list[str]:
    """Return the ids of a device's events after a change. `event_id` alone takes the place of the first one."""
    if values.get("events") is not None:
        return list(dict.fromkeys(values["events"]))
    first = values.get("event_id")
    if first in (None, device.event_id):
        return device.events
    return list(dict.fromkeys([first, *device.events[1:]]))


def check_may_serve(work: Work, tenant_id: str, event_ids: Sequence[str]) -> None:
    """Check that a station may be assigned to these events.

    Raises:
        EventNotFound: 404, there is no such event, or it is deleted. EventIsOver: 422. EventIsTemplate: 409.
    """
    rows = events.list_of_ids(work, tenant_id, event_ids) if event_ids else []
    if len(rows) < len(event_ids) or any(row.deleted_at is not None for row in rows):
        raise EventNotFound
    for row in rows:
        events.require_live(row)
        if max(row.ends_at, row.doors_close_at or row.ends_at) < work.now():
            raise EventIsOver(name=row.name)


def advance_feeds(work: Work, tenant_id: str, event_ids: Iterable[str]) -> None:
    """Wake the live streams of these events. Their feeds are locked before the device, in the order of ids, as by a push.

    Raises:
        LookupError: an event has no feed.
    """
    for event_id in sorted(set(event_ids)):
        change_feed.advance_for_pull(work.session, tenant_id, event_id)


def add_first_events(work: Work, device: KioskDevice, event_ids: Sequence[str]) -> None:
    """Assign events to a new device, of which the first one is its own already."""
    for position, event_id in enumerate(event_ids):
        device.assignments.append(_new_row(work, device, event_id, position))


def assign_events(work: Work, device: KioskDevice, event_ids: Sequence[str], changer: Bounds) -> None:
    """Assign a locked device to these events, in this order, and to no others. At those that stay, it keeps its checkpoint.

    Raises:
        EventNotFound: 404. EventIsOver: 422. StationOutOfUse: 409.
        PermissionNotHeld, ExceedsCreatorGrant: 403, the credential would read another event for longer, or from more places,
            than the changer's own.
    """
    before = device.events
    if device.status in _FOR_GOOD:
        raise StationOutOfUse
    added = [event_id for event_id in event_ids if event_id not in before]
    check_may_serve(work, device.tenant_id, added)
    if added:
        check_bounds(device, changer)
    checkpoints = {row.event_id: row.checkpoint_id for row in device.assigned}
    checkpoints[device.event_id] = device.checkpoint_id
    rows = {row.event_id: row for row in device.assignments}
    for event_id in before:
        if event_id not in event_ids:
            rows[event_id].removed_at, rows[event_id].checkpoint_id = work.now(), None
    for position, event_id in enumerate(event_ids):
        row = rows.get(event_id)
        if row is None:
            row = _new_row(work, device, event_id, position)
            device.assignments.append(row)
        elif row.removed_at is not None:
            row.assigned_at, row.removed_at = work.now(), None
        row.position = position
        row.checkpoint_id = checkpoints.get(event_id)
    device.event_id, device.checkpoint_id = event_ids[0], checkpoints.get(event_ids[0])


def set_checkpoint(device: KioskDevice, event_id: str, checkpoint_id: str | None) -> None:
    """Assign a device to a checkpoint of one of its events; None: the operator chooses."""
    for row in device.assigned:
        if row.event_id == event_id:
            row.checkpoint_id = checkpoint_id
    if event_id == device.event_id:
        device.checkpoint_id = checkpoint_id


def audit_values(work: Work, device: KioskDevice) -> dict[str, Any]:
    """Return the events of a device for the audit log: their ids, and their names for people."""
    rows = events.list_of_ids(work, device.tenant_id, device.events)
    return {"event_ids": [row.id for row in rows], "events": [row.name for row in rows]}


def _new_row(work: Work, device: KioskDevice, event_id: str, position: int) -> DeviceEvent:
    return DeviceEvent(
        tenant_id=device.tenant_id,
        device_id=device.id,
        event_id=event_id,
        position=position,
        checkpoint_id=device.checkpoint_id if position == 0 else None,
        assigned_at=work.now(),
    )

"""How the stations of an event stand, for the console's overview."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work

_GONE = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)


def stations_of(work: Work, tenant_id: str, event_id: str) -> Sequence[KioskDevice]:
    """The event's stations by name; those that were taken out of service are left out."""
    chosen = select(KioskDevice).where(
        KioskDevice.tenant_id == tenant_id,
        KioskDevice.event_id == event_id,
        KioskDevice.status.not_in(_GONE),
    )
    return list(work.session.scalars(chosen.order_by(KioskDevice.name, KioskDevice.id)))


def is_online(station: KioskDevice, now: datetime) -> bool:
    """Whether it was heard of just now."""
    return station.is_online(now)

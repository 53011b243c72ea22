"""The stations of an event that may hear each other on their local network, as each of them gets the list with its pull."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.fleet import FleetReport
from hub_sync.contract.lan import MAX_PEERS, LanReport, PeerRow
from hub_sync.hub.domains.devices.tables import IS_ASSIGNED, DeviceEvent, KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.device_keys import DevicePublicKey

_D = KioskDevice
_COLUMNS: tuple[Any, ...] = (
    _D.id,
    _D.name,
    _D.public_key,
    _D.profile,
    _D.report,
    _D.access_ends_at,
    _D.clone_suspected,
)
_OF_EVENT = (DeviceEvent.tenant_id == bindparam("t"), DeviceEvent.event_id == bindparam("e"))
"""The assignments to an event, tenant `t` and event `e`."""
_ACTIVE_OF_EVENT = (*_OF_EVENT, _D.tenant_id == bindparam("t"), _D.status == DeviceStatus.ACTIVE)
_PEERS = (
    select(*_COLUMNS)
    .join(DeviceEvent, IS_ASSIGNED)
    .where(*_ACTIVE_OF_EVENT, _D.public_key != "")
    .order_by(_D.id)
    .limit(MAX_PEERS + 1)
)


class LatestReport(NamedTuple):
    """What a station of an event reported last, and when; the station is in use."""

    device_id: str
    profile: DeviceProfile
    reported_at: datetime | None
    fleet: FleetReport


_REPORTS = (
    select(_D.id, _D.profile, _D.report, _D.reported_at, _D.access_ends_at)
    .join(DeviceEvent, IS_ASSIGNED)
    .where(*_ACTIVE_OF_EVENT)
    .order_by(_D.id)
)


def latest_reports(work: Work, key: FeedKey) -> list[LatestReport]:
    """Return the latest reports of an event's stations that are in use, those that have not reported yet too."""
    return [
        LatestReport(
            row.id,
            row.profile,
            row.reported_at,
            FleetReport.model_validate((row.report or {}).get("fleet") or {}),
        )
        for row in work.fetch_all(_REPORTS, {"t": key.tenant_id, "e": key.event_id})
        if row.access_ends_at is None or row.access_ends_at > work.now()
    ]


_IDS = select(DeviceEvent.device_id).where(*_OF_EVENT)


def select_ids_of_event() -> Select[str]:
    """Return the query for the ids of the devices that were ever assigned to an event (tenant `t`, event `e`), for another query."""
    return _IDS


def peers_of(work: Work, key: FeedKey, device_id: str) -> tuple[PeerRow, ...]:
    """Return the other stations that a station may hear: enrolled, active, with a key pair, for the same event.

    None if two machines may use the station's credential, and none whose credential two machines may use: nobody knows which of them
    speaks.
    """
    rows = work.fetch_all(_PEERS, {"t": key.tenant_id, "e": key.event_id})
    usable = {
        row.id: row
        for row in rows
        if not row.clone_suspected
        and (row.access_ends_at is None or row.access_ends_at > work.now())
        and DevicePublicKey.parse(row.public_key)
    }
    if device_id not in usable:
        return ()
    return tuple(_peer(row) for row in usable.values() if row.id != device_id)[:MAX_PEERS]


def _peer(row: Any) -> PeerRow:
    reported = (row.report or {}).get("lan")
    lan = LanReport.model_validate(reported) if reported else None
    return PeerRow(
        id=row.id,
        name=row.name,
        public_key=row.public_key,
        profile=row.profile.value,
        addresses=lan.addresses if lan else (),
        port=lan.port if lan else None,
    )

"""The public keys of stations with their history, and what a seal that contradicts the hub does to a station."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.domains.devices import device_management
from hub_sync.hub.domains.devices.manifest import DeviceAlarmRaised
from hub_sync.hub.domains.devices.tables import DevicePublicKeyRecord
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key of a station (`dk1.…`), and since when the hub knows it."""

    text: str
    since: datetime


def record_key(work: Work, tenant_id: str, device_id: str, public_key: str) -> None:
    """Add a public key to the history of a station, whose row the caller has locked."""
    if public_key and public_key not in {key.text for key in public_keys_of(work, tenant_id, device_id)}:
        row = DevicePublicKeyRecord(
            tenant_id=tenant_id, id=work.new_id(), device_id=device_id, public_key=public_key
        )
        work.session.add(row)
        work.session.flush()


def public_keys_of(work: Work, tenant_id: str, device_id: str) -> Sequence[KnownKey]:
    """Return all public keys that a station had, oldest first."""
    rows = DevicePublicKeyRecord
    query = (
        select(rows.public_key, rows.created_at)
        .where(rows.tenant_id == tenant_id, rows.device_id == device_id)
        .order_by(rows.created_at, rows.id)
    )
    return [KnownKey(text, since) for text, since in work.session.execute(query)]


def lock(work: Work, tenant_id: str, device_id: str) -> None:
    """Lock a station until this transaction ends.

    Raises:
        DeviceNotFound.
    """
    device_management.get_for_update(work, tenant_id, device_id)


def report_seal_disagreement(work: Work, tenant_id: str, device_id: str) -> None:
    """Raise the alarm of a station, once, one of whose seals contradicts what the hub has."""
    device = device_management.get_for_update(work, tenant_id, device_id)
    if device.seals_disagree_at is not None:
        return
    device.seals_disagree_at = work.now()
    raised = DeviceAlarmRaised(
        entity_id=device.id, event_id=device.event_id, code=AlarmCode.SEALS_DISAGREE.value, sentence=None
    )
    domain_events.emit(work, tenant_id, raised)

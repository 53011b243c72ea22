"""The public keys of stations with their history, and what a seal that contradicts the hub does to a station."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.station_report import AlarmCode
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.errors import NothingDoubted
from hub_sync.hub.domains.devices.management import device_management
from hub_sync.hub.domains.devices.manifest import DOUBTS_RESOLVED, DeviceAlarmCleared, DeviceAlarmRaised
from hub_sync.hub.domains.devices.profiles import PROFILES_OF_SCANS
from hub_sync.hub.domains.devices.tables import DevicePublicKeyRecord, KioskDevice
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

CLONE_CODE = "CLONE_SUSPECTED"
"""The code of the alarm that two machines use one credential, beside those that a station reports."""


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


def all_have_key(work: Work, tenant_id: str, kid: str) -> bool:
    """Return True if all stations in use that scan have reported a ticket key; False if there are none."""
    d = KioskDevice
    query = select(d.report, d.access_ends_at).where(
        d.tenant_id == tenant_id, d.status == DeviceStatus.ACTIVE, d.profile.in_(PROFILES_OF_SCANS)
    )
    reports = [
        row.report or {}
        for row in work.session.execute(query)
        if row.access_ends_at is None or row.access_ends_at > work.now()
    ]
    return bool(reports) and all(
        kid in ((report.get("fleet") or {}).get("ticket_keys") or ()) for report in reports
    )


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


def reports_diverged_journal(report: Mapping[str, Any] | None) -> bool:
    """Return True if the newest report of a station says that its journal and the hub's have diverged."""
    return any(alarm["code"] == AlarmCode.JOURNAL_PARTED for alarm in (report or {}).get("alarms", ()))


def resolve_doubts(work: Work, tenant_id: str, device_id: str, note: str) -> KioskDevice:
    """Note that somebody has looked into what is suspected of a station: a copied credential, a journal that contradicts the hub.

    What comes after that raises the alarm again. Seals and rows stay as they came, and so does the evidence. A station that reports
    a diverged journal learns of it with the answer to its next report, and ends that alarm itself.

    Raises:
        DeviceNotFound.
        NothingDoubted: nothing is suspected of it now.
    """
    device = device_management.get_for_update(work, tenant_id, device_id)
    doubts = [
        code
        for code, is_open in (
            (AlarmCode.SEALS_DISAGREE.value, device.seals_disagree_at is not None),
            (CLONE_CODE, device.clone_suspected),
        )
        if is_open
    ]
    if not doubts and not reports_diverged_journal(device.report):
        raise NothingDoubted
    before = snapshot(device)
    device.seals_disagree_at, device.clone_suspected, device.recent_boots = None, False, []
    device.doubts_resolved_at, device.doubts_note = work.now(), note
    device.version += 1
    work.session.flush()
    audit.record(work, tenant_id, DOUBTS_RESOLVED, device.id, before=before, after=snapshot(device))
    domain_events.emit(
        work,
        tenant_id,
        *(
            DeviceAlarmCleared(entity_id=device.id, event_id=device.event_id, code=code, sentence=None)
            for code in doubts
        ),
    )
    return device

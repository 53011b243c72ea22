"""Status reports of stations.

A report has no audit entry and no domain event: it comes four times a minute from every station and changes nothing that
a person decided. Only alarms that start or end are domain events, and another key pair of the station is an audit entry.
"""

from typing import Any

from sqlalchemy import select, update

from hub_sync.contract.station_report import StationReport
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.keys import record_key
from hub_sync.hub.domains.devices.manifest import DEVICE_KEY_UPDATED, DeviceAlarmCleared, DeviceAlarmRaised
from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events


def store_report(work: Work, station: AuthenticatedDevice, report: StationReport) -> None:
    """Store a station's newest report, and emit a domain event for each alarm that came or went."""
    mine = (KioskDevice.tenant_id == station.tenant_id, KioskDevice.id == station.id)
    stored = work.session.execute(
        select(KioskDevice.report, KioskDevice.public_key).where(*mine).with_for_update()
    ).one_or_none()
    before, public_key = stored or (None, "")
    changes: dict[Any, Any] = {
        KioskDevice.report: report.model_dump(mode="json", exclude={"public_key"}),
        KioskDevice.reported_at: work.now(),
        KioskDevice.last_seen_at: work.now(),
    }
    if report.software:
        changes[KioskDevice.software_version] = report.software
    if report.public_key not in ("", public_key):
        record_key(work, station.tenant_id, station.id, report.public_key)
        changes[KioskDevice.public_key] = report.public_key
        audit.record(
            work,
            station.tenant_id,
            DEVICE_KEY_UPDATED,
            station.id,
            before={"public_key": public_key},
            after={"public_key": report.public_key},
        )
    statement = update(KioskDevice).where(*mine).values(changes)
    work.session.execute(statement.execution_options(synchronize_session=False))
    _emit_alarms(work, station, _alarms_of(before), {alarm.code: alarm.sentence for alarm in report.alarms})


def _emit_alarms(
    work: Work, station: AuthenticatedDevice, before: dict[str, str | None], now: dict[str, str | None]
) -> None:
    ids = {"entity_id": station.id, "event_id": station.event_id}
    cleared = [
        DeviceAlarmCleared(**ids, code=code, sentence=before[code])
        for code in sorted(before.keys() - now.keys())
    ]
    raised = [
        DeviceAlarmRaised(**ids, code=code, sentence=now[code]) for code in sorted(now.keys() - before.keys())
    ]
    if cleared or raised:
        domain_events.emit(work, station.tenant_id, *cleared, *raised)


def _alarms_of(report: dict[str, Any] | None) -> dict[str, str | None]:
    return {alarm["code"]: alarm["sentence"] for alarm in (report or {}).get("alarms", ())}

"""Status reports of stations, and their answers, which bring commands and the configuration that is wanted.

A report has no audit entry and no domain event: it comes four times a minute from every station and changes nothing that
a person decided. Only alarms that start or end are domain events, and another key pair of the station is an audit entry.

Nearly all reports say that nothing is new: they are answered from what is stored, and stored with the next batch
(`call_records`). One that says something new is stored before its answer.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.fleet import FleetReport, KeyRotation, ReportResponse
from hub_sync.contract.station_report import StationReport
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.calls.call_records import (
    STATION_CALLS,
    CallRecord,
    StationKey,
    StationReportRecord,
)
from hub_sync.hub.domains.devices.commands.delivery import (
    HAS_UNFINISHED,
    commands_for,
    delivered_commands,
    store_results,
)
from hub_sync.hub.domains.devices.configuration.service import row_for
from hub_sync.hub.domains.devices.management import device_management
from hub_sync.hub.domains.devices.management.keys import record_key
from hub_sync.hub.domains.devices.manifest import DEVICE_KEY_UPDATED, DeviceAlarmCleared, DeviceAlarmRaised
from hub_sync.hub.domains.devices.protocols import common_protocol
from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.http.context import HubContext

_D = KioskDevice
_STORED = select(
    _D.tenant_id,
    _D.id,
    _D.status,
    _D.public_key,
    _D.report,
    _D.configuration,
    _D.configuration_version,
    _D.max_offline_s,
    _D.clone_suspected,
    _D.doubts_resolved_at,
    HAS_UNFINISHED.label("has_commands"),
).where(_D.tenant_id == bindparam("t"), _D.id == bindparam("d"))
_NOT_STORED: Any = {"public_key": True, "fleet": {"results": True, "rotation": True}}


def find_answer(work: Work, station: AuthenticatedDevice, report: StationReport) -> ReportResponse | None:
    """Return the answer to a report that says nothing new; None: it must be stored first (`store_report`)."""
    device = work.fetch_one(_STORED, {"t": station.tenant_id, "d": station.id, "now": work.now()})
    fleet = report.fleet or FleetReport()
    if device is None or fleet.results or fleet.rotation or report.public_key not in ("", device.public_key):
        return None
    applied = ((device.report or {}).get("fleet") or {}).get("configuration")
    is_new = _alarms_of(device.report) != _alarms_in(report) or applied != (
        fleet.configuration and fleet.configuration.model_dump(mode="json")
    )
    if is_new:
        return None
    commands = delivered_commands(work, device) if device.has_commands else ()
    if commands is None:
        return None
    return ReportResponse(
        server_time_ms=epoch_ms(work.now()),
        commands=commands,
        configuration=row_for(device, fleet.configuration),
        max_offline_s=device.max_offline_s,
        protocol=common_protocol(fleet.protocols),
        cloned=device.clone_suspected,
        doubts_resolved_at_ms=_to_ms(device.doubts_resolved_at),
    )


def store_later(hub: HubContext, station: AuthenticatedDevice, report: StationReport) -> None:
    """Store a report that says nothing new with the next batch."""
    now = hub.clock.now()
    record = StationReportRecord(now, _to_dict(report), report.software)
    key = StationKey(station.tenant_id, station.id)
    hub.write_batches.add(STATION_CALLS, key, CallRecord(now, report=record))


def store_report(work: Work, station: AuthenticatedDevice, report: StationReport) -> ReportResponse:
    """Store a station's newest report, emit a domain event for each alarm that came or went, and return the answer."""
    device = device_management.get_for_update(work, station.tenant_id, station.id)
    before, public_key = device.report, device.public_key
    changes: dict[Any, Any] = {
        KioskDevice.report: _to_dict(report),
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
    mine = (KioskDevice.tenant_id == station.tenant_id, KioskDevice.id == station.id)
    statement = update(KioskDevice).where(*mine).values(changes)
    work.session.execute(statement.execution_options(synchronize_session=False))
    _emit_alarms(work, station, _alarms_of(before), _alarms_in(report))
    return _answer(work, device, report.fleet or FleetReport())


def _answer(work: Work, device: KioskDevice, fleet: FleetReport) -> ReportResponse:
    store_results(work, device, fleet.results)
    return ReportResponse(
        server_time_ms=epoch_ms(work.now()),
        commands=commands_for(work, device),
        configuration=row_for(device, fleet.configuration),
        max_offline_s=device.max_offline_s,
        protocol=common_protocol(fleet.protocols),
        rotation=_rotate(work, device, fleet.rotation) if fleet.rotation else None,
        cloned=device.clone_suspected,
        doubts_resolved_at_ms=_to_ms(device.doubts_resolved_at),
    )


def _rotate(work: Work, device: KioskDevice, rotation: KeyRotation) -> str | None:
    """Store the new credential of a station beside that in use, and return its hash; None: it is not taken.

    It is not taken while two machines may use the credential in use: it would lock one of them out, with its scans.
    """
    if device.clone_suspected:
        return None
    new = rotation.credential_hash
    if new not in (device.credential_hash, device.next_credential_hash):
        device.next_credential_hash = new
        work.session.flush()
    return new


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


def _to_ms(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at)


def _alarms_of(report: dict[str, Any] | None) -> dict[str, str | None]:
    return {alarm["code"]: alarm["sentence"] for alarm in (report or {}).get("alarms", ())}


def _alarms_in(report: StationReport) -> dict[str, str | None]:
    return {alarm.code: alarm.sentence for alarm in report.alarms}


def _to_dict(report: StationReport) -> dict[str, Any]:
    return report.model_dump(mode="json", exclude=_NOT_STORED)

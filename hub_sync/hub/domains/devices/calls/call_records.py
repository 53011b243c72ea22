"""The traces of stations' calls in their rows, stored in batches: when they called, their boots and their newest report.

A fleet of 1,200 stations calls hundreds of times a second and reports 80 times: a transaction for each would keep the database's one
writer from scans (`docs/adr/0086-a-fleet-in-batches.md`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, case, or_, select, update

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.manifest import CLONE_SUSPECTED, DeviceCloneSuspected
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.db.write_batches import BatchKind
from hub_sync.hub.kit.events import domain_events

REMEMBERED_BOOTS = 32
CLOCK_STEP = timedelta(minutes=1)
"""A stored time that is later than a record's by less than this is a newer record, of another process for example: it stays. One
that is later by more is from before the hub's clock was set back."""
_D = KioskDevice
_TABLE: Any = KioskDevice.__table__
_AT = bindparam("at", type_=_D.last_seen_at.type)
_BELIEVED_UNTIL = bindparam("believed_until", type_=_D.last_seen_at.type)
_SOFTWARE = bindparam("software", type_=_D.software_version.type)


def _is_earlier(stored: SQLColumnExpression[datetime | None]) -> ColumnElement[bool]:
    return or_(stored <= _AT, stored >= _BELIEVED_UNTIL)


_LAST_SEEN = case((or_(_D.last_seen_at.is_(None), _is_earlier(_D.last_seen_at)), _AT), else_=_D.last_seen_at)
_MINE = (_D.tenant_id == bindparam("of_tenant"), _D.id == bindparam("of_device"))
_CALLED = update(_TABLE).where(*_MINE).values(last_seen_at=_LAST_SEEN)
_REPORTED = (
    update(_TABLE)
    .where(
        *_MINE,
        or_(_D.reported_at.is_(None), _is_earlier(_D.reported_at)),
        _is_earlier(_D.enrolled_at),  # or it is the report of a machine that was there before
    )
    .values(
        report=bindparam("new_report", type_=_D.report.type),
        reported_at=_AT,
        last_seen_at=_LAST_SEEN,
        software_version=case((_SOFTWARE != "", _SOFTWARE), else_=_D.software_version),
    )
)


class StationKey(NamedTuple):
    """Identifies a station."""

    tenant_id: str
    device_id: str


@dataclass(frozen=True, slots=True)
class StationReportRecord:
    """A report as it is stored."""

    at: datetime
    report: Mapping[str, Any]
    software: str


@dataclass(frozen=True, slots=True)
class CallRecord:
    """The part of a station's calls that is not stored: the time of the last, the boots since in their order, the last report."""

    at: datetime
    boots: tuple[str, ...] = ()
    report: StationReportRecord | None = None


def _merge(earlier: CallRecord, later: CallRecord) -> CallRecord:
    boots = earlier.boots
    for boot in later.boots:
        if boots[-1:] != (boot,):
            boots = (*boots, boot)
    return CallRecord(max(earlier.at, later.at), boots[-REMEMBERED_BOOTS:], later.report or earlier.report)


def _store(work: Work, records: Mapping[StationKey, CallRecord]) -> None:
    _lock(work, records)
    _store_boots(work, {key: record.boots for key, record in records.items() if record.boots})
    work.session.flush()
    called = [_bound(key, record.at) for key, record in records.items() if record.report is None]
    if called:
        work.connection.execute(_CALLED, called)
    reported = [
        _bound(key, record.report.at)
        | {"new_report": record.report.report, "software": record.report.software}
        for key, record in records.items()
        if record.report is not None
    ]
    if reported:
        work.connection.execute(_REPORTED, reported)


def _lock(work: Work, keys: Iterable[StationKey]) -> None:
    """Lock the rows in the order in which everybody locks several devices."""
    for tenant_id, device_ids in sorted(_by_tenant(keys).items()):
        chosen = select(_D.id).where(_D.tenant_id == tenant_id, _D.id.in_(device_ids)).order_by(_D.id)
        work.session.execute(chosen.with_for_update(key_share=True))


def _by_tenant(keys: Iterable[StationKey]) -> Mapping[str, Sequence[str]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        grouped[key.tenant_id].append(key.device_id)
    return grouped


def _bound(key: StationKey, at: datetime) -> dict[str, Any]:
    return {
        "of_tenant": key.tenant_id,
        "of_device": key.device_id,
        "at": at,
        "believed_until": at + CLOCK_STEP,
    }


def _store_boots(work: Work, boots: Mapping[StationKey, Iterable[str]]) -> None:
    for tenant_id, device_ids in _by_tenant(boots).items():
        chosen = select(_D).where(_D.tenant_id == tenant_id, _D.id.in_(device_ids))
        for device in work.session.scalars(chosen):
            of_device = replace(work, actor=f"device:{device.id}")
            for boot in boots[StationKey(tenant_id, device.id)]:
                record_boot(of_device, device, boot)


def record_boot(work: Work, device: KioskDevice, boot_id: str) -> None:
    """Record the boot id of a call of a device whose row is locked: boots in turn are a cloned disk."""
    if boot_id == device.last_boot_id:
        return
    if boot_id in device.recent_boots:
        suspected = DeviceCloneSuspected(
            entity_id=device.id, event_id=device.event_id, boot=boot_id, other_boot=device.last_boot_id
        )
        suspect_clone(work, device, suspected)
    known = [boot for boot in device.recent_boots if boot != boot_id]
    device.recent_boots = [*known, boot_id][-REMEMBERED_BOOTS:]
    device.last_boot_id = boot_id


def suspect_clone(work: Work, device: KioskDevice, evidence: DeviceCloneSuspected) -> None:
    """Mark a device, once, as one whose disk runs on two machines."""
    if device.clone_suspected:
        return
    device.clone_suspected = True
    audit.record(
        work,
        device.tenant_id,
        CLONE_SUSPECTED,
        device.id,
        before={"clone_suspected": False},
        after={"clone_suspected": True, **evidence.payload()},
    )
    domain_events.emit(work, device.tenant_id, evidence)


STATION_CALLS = BatchKind[StationKey, CallRecord]("station calls", merge=_merge, write=_store)

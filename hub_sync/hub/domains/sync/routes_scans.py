"""Scans that the hub decides for a device, over HTTP."""

from fastapi import APIRouter
from pydantic import BaseModel

from hub_sync.contract.errors import Problem
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.scans.service import Scanned, Scanner, scan
from hub_sync.hub.domains.check_in.scans.station_schemas import (
    ScanAnswer,
    ScanAsked,
    ScannedPerson,
    ZoneCount,
)
from hub_sync.hub.domains.devices.service import SignedIn
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import Hub
from hub_sync.rules.reason_texts import REASON_TEXTS

router = APIRouter(tags=["check-in"])


class ScanEnvelope(BaseModel):
    """The report's shape of a success."""

    data: ScanAnswer


@router.post(
    "/api/v1/events/{event_id}/check-in/scans",
    responses={
        401: {"model": Problem, "description": "DeviceUnknown"},
        403: {"model": Problem, "description": "DeviceLocked, DeviceRevoked"},
        404: {"model": Problem, "description": "EventNotFound, CheckpointNotFound"},
        409: {"model": Problem, "description": "ScanIdReused"},
    },
)
def scan_at_the_hub(event_id: str, asked: ScanAsked, hub: Hub, device: SignedIn) -> ScanEnvelope:
    """Decide a scan by the gates' own rules and store it. The same `id` again is the same scan."""
    if event_id != device.event_id:
        raise EventNotFound("There is no such event for this station.")
    scanner = Scanner(device.tenant_id, event_id, device.id)
    with hub.uow.begin(actor=f"device:{device.id}") as work:
        ring = tenants.key_ring(work, hub.secret_box, device.tenant_id)
        scanned = scan(work, ring, scanner, asked)
    if not scanned.repeated:
        hub.metrics.scans.labels(scanned.decision.result.value, "hub").inc()
    return ScanEnvelope(data=_answer(scanned, tuple(scanned.counts)))


def _answer(scanned: Scanned, counts: tuple[projection.Count, ...]) -> ScanAnswer:
    decision, who = scanned.decision, scanned.who
    person = None
    if who is not None:
        person = ScannedPerson(
            id=who.person.id,
            first_name=who.first_name,
            last_name=who.last_name,
            category=who.person.category,
        )
    return ScanAnswer(
        id=scanned.id,
        result=decision.result,
        reason=decision.reason,
        sentence=REASON_TEXTS[decision.reason].format(detail=decision.detail),
        detail=decision.detail,
        direction=decision.direction,
        participant_id=decision.participant_id,
        participant=person,
        marks=decision.marks,
        overridable=decision.overridable,
        override_asked=decision.override_asked,
        occupancy_change=decision.occupancy_change,
        occupancy=tuple(
            ZoneCount(zone=one.zone, current=one.current, capacity=one.capacity, level=one.level)
            for one in counts
            if one.zone in ("", scanned.zone)
        ),
        scanned_at_ms=scanned.scanned_at_ms,
        repeated=scanned.repeated,
    )

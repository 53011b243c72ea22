"""Scans that the hub decides for API keys and people, over REST."""

from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import Override
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.access_log import queries
from hub_sync.hub.domains.check_in.errors import CheckpointNotFound, ScanIdReused
from hub_sync.hub.domains.check_in.manifest import SCAN_OVERRIDDEN
from hub_sync.hub.domains.check_in.occupancy.projection import Count
from hub_sync.hub.domains.check_in.scans.schemas import (
    EarlierEntry,
    ScannedParticipant,
    ScanRequest,
    ScanResponse,
    ZoneOccupancy,
)
from hub_sync.hub.domains.check_in.scans.service import Scanned, ScannedBy, Scanner, scan
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.security.access import CallerKind
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.reason_texts import REASON_TEXTS
from hub_sync.rules.ticket_codec import KeyRing

router = RestRouter(prefix="/events/{event_id}/scans", tags=["check-in"])

LONGEST_OPERATOR = 200
_BY = {CallerKind.KEY: ScannedBy.KEY, CallerKind.USER: ScannedBy.USER}


@router.post(
    "",
    permissions="check-in:scan",
    schema=ScanResponse,
    errors=(EventNotFound, CheckpointNotFound, ScanIdReused),
)
def decide_scan(call: Call, event_id: Id, request: ScanRequest) -> Response:
    """Decide who may pass, by the gates' own rules, and store it once. A refusal is a verdict, answered with 200."""
    caller = call.caller
    scanner = Scanner(call.tenant_id, event_id, caller.id, _BY[caller.kind])
    with call.begin() as work:
        override = override_of(request, caller.actor[:LONGEST_OPERATOR])
        ring = keys_for(work, call.hub.secret_box, call.tenant_id, request)
        scanned = scan(work, ring, scanner, request, override)
        if scanned.decision.result is ScanResult.MANUAL_OVERRIDE and not scanned.repeated:
            _record_override(work, scanner, request, scanned)
        answer = call.ok(response_of(work, FeedKey(call.tenant_id, event_id), scanned))
    if not scanned.repeated:
        call.hub.metrics.scans.labels(scanned.decision.result.value, "rest").inc()
    return answer


def occupancy_of(count: Count) -> ZoneOccupancy:
    """A count as it goes over the wire."""
    return ZoneOccupancy(
        zone=count.zone or None, current=count.current, capacity=count.capacity, level=count.level
    )


def keys_for(work: Work, secret_box: SecretBox, tenant_id: str, request: ScanRequest) -> KeyRing:
    """Return the tenant's ticket keys, or an empty ring where there is no ticket to open."""
    return KeyRing(()) if request.ticket is None else tenants.key_ring(work, secret_box, tenant_id)


def override_of(request: ScanRequest, operator: str) -> Override | None:
    """Return the override that a request asks for, in the name of an operator."""
    return None if request.override is None else Override(reason=request.override.reason, operator=operator)


def _record_override(work: Work, scanner: Scanner, request: ScanRequest, scanned: Scanned) -> None:
    decision = scanned.decision
    after = {
        "checkpoint_id": request.checkpoint_id,
        "participant_id": decision.participant_id,
        "direction": decision.direction.value,
        "reason": request.override.reason if request.override else None,
        "against": decision.reason.value,
    }
    audit.record(work, scanner.tenant_id, SCAN_OVERRIDDEN, scanned.id, after=after)


def response_of(work: Work, key: FeedKey, scanned: Scanned) -> ScanResponse:
    """Return a decided scan as it goes over the wire."""
    decision, who = scanned.decision, scanned.who
    earlier = None
    if decision.result is ScanResult.ALREADY_SCANNED and decision.participant_id:
        earlier = queries.last_entry(work.session, key, decision.participant_id, scanned.zone)
    return ScanResponse(
        access_log_id=scanned.id,
        result=decision.result,
        reason_code=decision.reason,
        sentence=REASON_TEXTS[decision.reason].format(detail=decision.detail),
        detail=decision.detail,
        direction=decision.direction,
        participant=ScannedParticipant(
            id=who.person.id,
            name=f"{who.first_name} {who.last_name}".strip(),
            category=who.person.category,
        )
        if who is not None
        else None,
        participant_id=decision.participant_id,
        earlier=EarlierEntry(
            access_log_id=earlier.id,
            checkpoint_id=earlier.checkpoint_id,
            scanned_at=from_epoch_ms(earlier.effective_at_ms),
        )
        if earlier is not None
        else None,
        marks=decision.marks,
        overridable=decision.overridable,
        override_asked=decision.override_asked,
        occupancy_change=decision.occupancy_change,
        occupancy=tuple(occupancy_of(count) for count in scanned.counts if count.zone in ("", scanned.zone)),
        scanned_at=from_epoch_ms(scanned.scanned_at_ms),
        repeated=scanned.repeated,
    )

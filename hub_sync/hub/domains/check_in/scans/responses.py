"""The parts that both scan routes share: ticket keys, override, response."""

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import Override
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.occupancy.schemas import occupancy_response
from hub_sync.hub.domains.check_in.scans.schemas import (
    EarlierEntry,
    ScannedParticipant,
    ScanRequest,
    ScanResponse,
)
from hub_sync.hub.domains.check_in.scans.service import Scanned
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.reason_texts import OVERRIDE_TEXT, REASON_TEXTS
from hub_sync.rules.ticket_keys import KeyRing


def key_ring_for(work: Work, secret_box: SecretBox, tenant_id: str, request: ScanRequest) -> KeyRing:
    """Return the tenant's ticket keys, or an empty ring where there is no ticket to open."""
    return KeyRing(()) if request.ticket is None else tenants.key_ring(work, secret_box, tenant_id)


def requested_override(request: ScanRequest, operator: str) -> Override | None:
    """Return the override that a request asks for, in the name of an operator."""
    return None if request.override is None else Override(reason=request.override.reason, operator=operator)


def scan_response(work: Work, key: FeedKey, scanned: Scanned, *, with_name: bool) -> ScanResponse:
    """Return a decided scan as it goes over the wire, with the person's name for somebody who may read participants."""
    decision, named_person = scanned.decision, scanned.named_person
    earlier = None
    if decision.result is ScanResult.ALREADY_SCANNED and decision.participant_id:
        earlier = repository.find_last_entry(work.session, key, decision.participant_id, scanned.zone)
    return ScanResponse(
        access_log_id=scanned.id,
        result=decision.result,
        reason_code=decision.reason,
        sentence=OVERRIDE_TEXT
        if decision.result is ScanResult.MANUAL_OVERRIDE
        else REASON_TEXTS[decision.reason].format(detail=decision.detail),
        detail=decision.detail,
        direction=decision.direction,
        participant=ScannedParticipant(
            id=named_person.person.id,
            name=f"{named_person.first_name} {named_person.last_name}".strip() if with_name else None,
            category=named_person.person.category,
        )
        if named_person is not None
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
        occupancy=tuple(
            occupancy_response(count) for count in scanned.counts if count.zone in ("", scanned.zone)
        ),
        scanned_at=from_epoch_ms(scanned.scanned_at_ms),
        repeated=scanned.repeated,
    )

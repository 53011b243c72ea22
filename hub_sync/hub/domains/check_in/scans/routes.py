"""Scans that the hub decides for API keys and people, over REST."""

from fastapi.responses import Response

from hub_sync.hub.domains.check_in.errors import (
    CheckpointNotFound,
    GroupChanged,
    ScanIdReused,
    ScanNotFound,
)
from hub_sync.hub.domains.check_in.scans.caller_scans import scan_for_caller, scanner_of
from hub_sync.hub.domains.check_in.scans.groups import admit_group, find_offer
from hub_sync.hub.domains.check_in.scans.responses import key_ring_for, scan_response
from hub_sync.hub.domains.check_in.scans.schemas import (
    GroupScanRequest,
    GroupScanResponse,
    ScanRequest,
    ScanResponse,
)
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/scans", tags=["check-in"])


@router.post(
    "",
    permissions="check-in:scan",
    schema=ScanResponse,
    errors=(EventNotFound, CheckpointNotFound, ScanIdReused),
)
def decide_scan(call: Call, event_id: Id, request: ScanRequest) -> Response:
    """Decide who may pass, by the gates' own rules, and store it once. A refusal is a verdict, answered with 200.

    The person's name is in the answer if the caller holds `participants:read`. The sentence is in the language that
    `Accept-Language` prefers (English, German, Arabic), and its times are in the event's time zone.
    """
    caller = call.caller
    with call.begin() as work:
        ring = key_ring_for(work, call.hub.secret_box, call.tenant_id, request)
        scanned = scan_for_caller(work, ring, caller, event_id, request)
        key, with_name = FeedKey(call.tenant_id, event_id), caller.has_permission(PARTICIPANTS_READ)
        offer = find_offer(work, key, scanned, request.checkpoint_id)
        language = call.request.headers.get("accept-language", "")
        answer = call.ok(
            scan_response(work, key, scanned, with_name=with_name, offer=offer, accept_language=language)
        )
    if not scanned.repeated:
        call.hub.metrics.scans.labels(scanned.decision.result.value, "rest").inc()
    return answer


@router.post(
    "/group",
    permissions="check-in:scan",
    schema=GroupScanResponse,
    errors=(EventNotFound, CheckpointNotFound, ScanNotFound, ScanIdReused, GroupChanged),
)
def admit_group_of_scan(call: Call, event_id: Id, request: GroupScanRequest) -> Response:
    """Admit members of the group of somebody who was scanned: one verdict and one row a person.

    The answer of the scan names the group (`group`). Each member is decided by the gates' own rules, so that one of them may be
    refused while the others enter. With ids, the same request again stores nothing twice.
    """
    caller = call.caller
    scanner = scanner_of(caller, event_id)
    with call.begin() as work:
        scans = admit_group(work, scanner, request.scan_id, request.checkpoint_id, request.members)
        key, with_name = FeedKey(call.tenant_id, event_id), caller.has_permission(PARTICIPANTS_READ)
        language = call.request.headers.get("accept-language", "")
        verdicts = tuple(
            scan_response(work, key, scanned, with_name=with_name, accept_language=language)
            for scanned in scans
        )
        admitted = sum(scanned.decision.admits for scanned in scans)
        answer = call.ok(GroupScanResponse(admitted=admitted, scans=verdicts))
    for scanned in scans:
        if not scanned.repeated:
            call.hub.metrics.scans.labels(scanned.decision.result.value, "rest").inc()
    return answer

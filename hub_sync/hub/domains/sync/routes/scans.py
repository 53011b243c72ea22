"""Scans that the hub decides for a device, over HTTP: request and response as in `check_in.scans.routes`."""

from fastapi.responses import Response

from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.errors import CheckpointNotFound, ScanIdReused
from hub_sync.hub.domains.check_in.service import ScanResponse, StationScanRequest
from hub_sync.hub.domains.devices.service import DeviceCall, StationRouter
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.schemas import DataResponse

router = StationRouter(prefix="/events/{event_id}/check-in", tags=["check-in"])


@router.post(
    "/scans", model=DataResponse[ScanResponse], errors=(EventNotFound, CheckpointNotFound, ScanIdReused)
)
def scan_at_the_hub(call: DeviceCall, event_id: str, request: StationScanRequest) -> Response:
    """Decide a scan by the rules of the stations and store it. The same `id` again is the same scan."""
    device, hub = call.device, call.hub
    if event_id not in device.event_ids:
        raise EventNotFound
    scanner = check_in.Scanner(device.tenant_id, event_id, device.id)
    with call.begin() as work:
        override = check_in.requested_override(request, request.override.operator if request.override else "")
        ring = check_in.key_ring_for(work, hub.secret_box, device.tenant_id, request)
        scanned = check_in.scan(work, ring, scanner, request, override)
        key = FeedKey(device.tenant_id, event_id)
        offer = check_in.find_offer(work, key, scanned, request.checkpoint_id)
        language = call.request.headers.get("accept-language", "")
        response = check_in.scan_response(
            work, key, scanned, with_name=True, offer=offer, accept_language=language
        )
    if not scanned.repeated:
        hub.metrics.scans.labels(scanned.decision.result.value, "hub").inc()
    return call.model(DataResponse(data=response))

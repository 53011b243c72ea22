"""Seals of stations over HTTP, and the evidence of a station's journal over REST."""

from fastapi.responses import Response

from hub_sync.contract.seals import SealRequest, SealResponse
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import DeviceNotFound
from hub_sync.hub.domains.devices.service import ReportingCall, StationRouter
from hub_sync.hub.domains.sync.seals.evidence import write_evidence
from hub_sync.hub.domains.sync.seals.hearsay import record_heard
from hub_sync.hub.domains.sync.seals.recording import SealUnreadable, record_seals
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists import exports
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.evidence.archive import MEDIA_TYPE

stations = StationRouter(prefix="/sync", tags=["sync"])
router = RestRouter(prefix="/devices", tags=["devices"])
_ZIP = {
    200: {
        "description": "The evidence.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@stations.post("/seals", model=SealResponse, errors=(SealUnreadable,))
def push_seals(call: ReportingCall, request: SealRequest) -> Response:
    """Record seals of the station's journal. The response has an anchor for each: when the hub got it, and what its check showed.

    `heard` has seals of other stations, as they said them over the local network. Those with a signature of the station that they are
    about are compared with its journal; the others are dropped.
    """
    if request.heard:
        with call.begin() as work:  # apart: it locks other stations than the caller
            record_heard(work, call.device, request.heard)
    with call.begin() as work:
        answer = record_seals(work, call.device, request)
    return call.model(answer)


@router.get(
    "/{device_id}/evidence.zip",
    permissions="access-logs:read",
    errors=(DeviceNotFound,),
    responses=_ZIP,
    takes_long=True,
)
def export_evidence(call: Call, device_id: Id) -> Response:
    """Export the evidence of a station's journal: rows, seals, keys, anchors, and the script that verifies them.

    Rows have ids of participants. Their names are in a file of its own if the caller holds `participants:read`; otherwise rows with words of
    an operator come without their content, and only their hashes are there.
    """
    devices.get(call.work, call.tenant_id, device_id)
    with_names = call.caller.has_permission("participants:read")
    pieces = write_evidence(call.hub.uow, call.tenant_id, device_id, with_names=with_names)
    slot = call.hub.export_slots.take(call.caller)
    return exports.attachment_response(slot, pieces, MEDIA_TYPE, f"evidence-{device_id}.zip", call.headers)

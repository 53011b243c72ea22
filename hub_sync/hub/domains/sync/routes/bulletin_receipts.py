"""Receipts of bulletins from stations."""

from fastapi.responses import Response

from hub_sync.contract.bulletins import BulletinReceipts
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import TimeResponse
from hub_sync.hub.domains.devices.service import DeviceCall, StationRouter
from hub_sync.hub.domains.messages import service as messages

stations = StationRouter(prefix="/sync", tags=["sync"])


@stations.post("/bulletins", model=TimeResponse)
def receive_receipts(call: DeviceCall, request: BulletinReceipts) -> Response:
    """Record what the station has of the hub's bulletins, what stood on its screen, and what staff confirmed."""
    with call.begin() as work:
        messages.record_receipts(work, call.tenant_id, call.device.id, request.receipts)
    return call.model(TimeResponse(server_time_ms=epoch_ms(call.hub.clock.now())))

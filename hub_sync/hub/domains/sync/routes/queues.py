"""Queues over HTTP, for stations: numbers to issue, and the call of the next one."""

from fastapi.responses import Response

from hub_sync.contract.queue import BlockRequest, CallRequest, CallResponse, NumberBlock
from hub_sync.hub.domains.devices.service import DeviceCall, StationRouter
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.queue import service as queue
from hub_sync.hub.domains.queue.errors import (
    CounterBusy,
    CounterClosed,
    CounterNotFound,
    QueueActionImpossible,
    QueueClosed,
    QueueDayWrong,
    QueueNotFound,
    QueueNumbersUnsettled,
    QueueOrderFixed,
    QueueReasonMissing,
    QueueRequestReused,
    QueuesSwitchedOff,
    QueueTicketNotFound,
    TooManyNumbers,
)

stations = StationRouter(prefix="/sync/queue", tags=["sync"])


@stations.post(
    "/blocks",
    model=NumberBlock,
    errors=(
        QueueNotFound,
        QueuesSwitchedOff,
        QueueClosed,
        QueueDayWrong,
        QueueNumbersUnsettled,
        QueueRequestReused,
        TooManyNumbers,
    ),
)
def lease_numbers(call: DeviceCall, request: BlockRequest) -> Response:
    """Lease numbers of a queue for a day to the station. The same `id` again gets the same numbers."""
    with call.begin() as work:
        return call.model(queue.lease_numbers(work, call.device, request))


@stations.post(
    "/call",
    model=CallResponse,
    errors=(
        EventNotFound,
        CounterNotFound,
        QueueTicketNotFound,
        QueuesSwitchedOff,
        CounterClosed,
        CounterBusy,
        QueueOrderFixed,
        QueueActionImpossible,
        QueueRequestReused,
        QueueReasonMissing,
    ),
)
def call_number(call: DeviceCall, request: CallRequest) -> Response:
    """Call the next number to a counter, or the one that is named. The same `id` again gets the same answer."""
    if request.event_id not in call.device.event_ids:
        raise EventNotFound
    with call.begin() as work:
        return call.model(queue.call_for_station(work, call.device, request))

"""The service of queues: what other domains may call."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from hub_sync.contract.queue import BlockRequest, CallRequest, CallResponse, NumberBlock, QueueAction
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.devices.service import AuthenticatedDevice
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.queue.errors import QueuesSwitchedOff
from hub_sync.hub.domains.queue.tables import Queue
from hub_sync.hub.domains.queue.tickets.actions import Clerk, call
from hub_sync.hub.domains.queue.tickets.clock_corrections import correct_action_times
from hub_sync.hub.domains.queue.tickets.numbers import assign_lane, find_lane, lease_block
from hub_sync.hub.domains.queue.tickets.pushed import PushedActions, RefusedAction
from hub_sync.hub.domains.queue.tickets.recording import BootClock, record_actions
from hub_sync.hub.domains.queue.tickets.sync_rows import SOURCES, changes, own_numbers, snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

__all__ = [
    "SOURCES",
    "BootClock",
    "PushedActions",
    "RefusedAction",
    "assign_lane",
    "call_for_station",
    "changes",
    "correct_action_times",
    "find_lane",
    "lease_numbers",
    "list_queues",
    "own_numbers",
    "snapshot",
    "store_actions",
]


def store_actions(
    work: Work, key: FeedKey, actions: Sequence[QueueAction], clocks: Mapping[str, BootClock]
) -> None:
    """Store actions of a station that `PushedActions` passed, with its clock at each, by the action's id.

    Raises:
        LookupError: the event has no feed.
    """
    record_actions(work, key, actions, clocks)


def list_queues(work: Work, key: FeedKey) -> Sequence[Queue]:
    """Return an event's queues that are not deleted, by letter."""
    q = Queue
    of_event = (q.tenant_id == key.tenant_id, q.event_id == key.event_id, q.deleted_at.is_(None))
    return work.session.scalars(select(q).where(*of_event).order_by(q.letter, q.id)).all()


def lease_numbers(work: Work, device: AuthenticatedDevice, request: BlockRequest) -> NumberBlock:
    """Lease numbers of a queue to a station; the same request gets the same numbers.

    Raises:
        QueueNotFound: 404. QueuesSwitchedOff, QueueClosed, QueueDayWrong, QueueNumbersUnsettled, QueueRequestReused, TooManyNumbers: 409.
    """
    _require_queues(work, device.tenant_id)
    return lease_block(work, device, request)


def call_for_station(work: Work, device: AuthenticatedDevice, request: CallRequest) -> CallResponse:
    """Call the next one to the counter of a station; the same request gets the same answer.

    Raises:
        EventNotFound, CounterNotFound, QueueTicketNotFound: 404.
        QueuesSwitchedOff, CounterClosed, CounterBusy, QueueOrderFixed, QueueActionImpossible, QueueRequestReused: 409.
        QueueReasonMissing: 422.
    """
    _require_queues(work, device.tenant_id)
    key = FeedKey(device.tenant_id, request.event_id)
    return call(work, key, request, Clerk(operator=request.operator, device_id=device.id))


def are_on(work: Work, tenant_id: str) -> bool:
    """Return True if a tenant has queues switched on."""
    return feature_flags.is_on(work, tenant_id, FF_KIOSK_MODE)


def _require_queues(work: Work, tenant_id: str) -> None:
    if not are_on(work, tenant_id):
        raise QueuesSwitchedOff

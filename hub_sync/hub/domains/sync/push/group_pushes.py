"""Pushes that share a transaction: those of stations of one event, which would wait for each other at its feed."""

import orjson

from hub_sync.contract.passage import is_door, is_queue
from hub_sync.contract.sync import PushRequest, PushResponse
from hub_sync.hub.domains.sync.push.service import JournalForked, push, push_together
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.kit.db.group_commit import GroupedChange
from hub_sync.hub.kit.events.change_feed import FeedKey

MOST_ROWS = 50
"""Rows of a push that shares its transaction; a station that sends its backlog keeps nobody waiting."""
PushOutcome = PushResponse | JournalForked


def shared_feed(tenant_id: str, request: PushRequest) -> FeedKey | None:
    """Return the feed of the one event that all rows of a push are about; None: it needs a transaction of its own.

    It does if it locks more than its journal and one feed: with corrections of a station's clock, and with queue actions.
    """
    if not request.items or request.corrections or len(request.items) > MOST_ROWS:
        return None
    event_ids = {_event_id(item.body) for item in request.items}
    event_id = event_ids.pop()
    return FeedKey(tenant_id, event_id) if event_id and not event_ids else None


def grouped_push(
    station: StationIdentity, request: PushRequest
) -> GroupedChange[tuple[StationIdentity, PushRequest], PushOutcome]:
    """Return a push as a change that may share its transaction."""
    return GroupedChange(
        row=(station.id,),
        payload=(station, request),
        together=push_together,
        alone=lambda work: push(work, station, request),
        size=len(request.items),
    )


def _event_id(body: str) -> str:
    """Return the event of a row, or "" if it does not say, or is about a queue or the door."""
    if is_queue(body) or is_door(body):
        return ""
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    event_id = record.get("event_id") if isinstance(record, dict) else None
    return event_id if isinstance(event_id, str) else ""

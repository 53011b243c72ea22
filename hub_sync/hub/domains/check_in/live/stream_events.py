"""Events of the live stream of an event's check-in, and the position from which they are sent.

A position is `epoch.head.log_head`: how far the event's feed and its access log were sent. Counts, checkpoints and
conflicts are states with a number in the feed: for each that changed since, the present state is sent. Scans, and what
became of their passages, are rows that never change; they have a counter of their own, in the order in which they were committed (the feed's row is locked
meanwhile), so that a refused scan does not advance the stations' feed. Both numbers are stored: a position is valid after
a restart and at another process, and exactly what was missed is sent.

The members are the report's (`eventId`, `zoneId`, `currentCount`, `maxCapacity`), written as everywhere on this surface.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sse_starlette import ServerSentEvent

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.occupancy import capacity
from hub_sync.hub.domains.check_in.sync_rows import NumberedRows
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey, FeedPosition
from hub_sync.rules.occupancy import occupancy_level

LONGEST_REPLAY = 5_000
"""The most scans that are sent again; a client that missed more gets `reset` and reads the access log."""
PAGE = 500

EventData = tuple[str, dict[str, Any]]
"""The name and the data of a server-sent event."""


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Some events, the position after them, and whether there are more."""

    events: tuple[ServerSentEvent, ...]
    position: FeedPosition
    more: bool


def parse_position(text: str, tip: FeedPosition) -> FeedPosition | None:
    """Return the position of a Last-Event-ID, or None if what was missed since cannot be sent. Never raises."""
    match text.split("."):
        case [epoch, head, log_head] if epoch == tip.epoch and _is_number(head) and _is_number(log_head):
            position = FeedPosition(epoch, int(head), int(log_head))
        case _:
            return None
    known = position.head <= tip.head and position.log_head <= tip.log_head
    return position if known and tip.log_head - position.log_head <= LONGEST_REPLAY else None


def format_position(position: FeedPosition) -> str:
    """Return the id of an event at this position."""
    return f"{position.epoch}.{position.head}.{position.log_head}"


def first_page(work: Work, key: FeedKey, last_event_id: str) -> StreamPage:
    """Return the first page: after the client's position, or the present counts (`reset` before them).

    There is always more: what was committed before the stream began to listen.

    Raises:
        EventNotFound.
    """
    counts = capacity.all_counts(work, *key)
    tip = change_feed.feed_position(work.session, key)
    if last_event_id:
        position = parse_position(last_event_id, tip)
        if position is not None:
            return StreamPage((), position, more=True)
    events = [("reset", {"event_id": key.event_id})] if last_event_id else []
    events += [
        ("occupancy:updated", _count(key, count.zone, count.current, count.capacity)) for count in counts
    ]
    return StreamPage(tuple(_event(event, tip) for event in events), tip, more=True)


def next_page(work: Work, key: FeedKey, position: FeedPosition) -> StreamPage:
    """Return the page after a position.

    Raises:
        EventNotFound.
        LookupError: the feed is another one now (a restored backup); start again.
    """
    whole = capacity.all_counts(work, *key)[0].capacity
    tip = change_feed.feed_position(work.session, key)
    if tip.epoch != position.epoch or tip.head < position.head or tip.log_head < position.log_head:
        raise LookupError("the feed was begun anew")
    upto, numbered = _states(work, key, position.head, tip.head, whole)
    events = [_event(event, FeedPosition(tip.epoch, number, position.log_head)) for number, event in numbered]
    if upto < tip.head:
        return StreamPage(tuple(events), FeedPosition(tip.epoch, upto, position.log_head), more=True)
    scans = _log_rows(work, key, position.log_head)
    events += [_event(event, FeedPosition(tip.epoch, tip.head, number)) for number, event in scans]
    more = len(scans) == PAGE
    return StreamPage(tuple(events), FeedPosition(tip.epoch, tip.head, scans[-1][0]) if more else tip, more)


def _states(work: Work, key: FeedKey, after: int, head: int, whole: int | None) -> tuple[int, NumberedRows]:
    """Return the number up to which all changed states are in the page, and the states in the feed's order."""
    counts = sync_rows.occupancy(work.session, key, after, head, PAGE)
    points = sync_rows.checkpoints(work.session, key, after, head, PAGE)
    conflicts = sync_rows.conflicts_of_all_kinds(work.session, key, after, head, PAGE)
    upto = min([head, *(rows[-1][0] for rows in (counts, points, conflicts) if len(rows) == PAGE)])
    states: NumberedRows = []
    for number, row in counts:
        holds = whole if not row["zone"] and row["capacity"] is None else row["capacity"]
        states.append((number, ("occupancy:updated", _count(key, row["zone"], row["current"], holds))))
    states += [(number, ("checkpoint:updated", row)) for number, row in points]
    states += [(number, ("conflict:updated", _conflict(key, row))) for number, row in conflicts]
    return upto, sorted((state for state in states if state[0] <= upto), key=lambda state: state[0])


def _log_rows(work: Work, key: FeedKey, after: int) -> list[tuple[int, EventData]]:
    """Return scans and passages after a number, in their order; they share one counter."""
    rows = [*_scans(work, key, after), *_passages(work, key, after)]
    return sorted(rows, key=lambda row: row[0])[:PAGE]


def _passages(work: Work, key: FeedKey, after: int) -> Iterator[tuple[int, EventData]]:
    c = repository.PASSAGES.c
    columns = (c.access_log_id, c.checkpoint_id, c.device_id, c.outcome, c.cause)
    query = (
        select(c.log_seq, c.effective_at_ms, *columns)
        .where(c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.log_seq > after)
        .order_by(c.log_seq)
        .limit(PAGE)
    )
    for row in work.session.execute(query):
        members = {column.name: getattr(row, column.name) for column in columns}
        at = from_epoch_ms(row.effective_at_ms).isoformat()
        yield row.log_seq, ("passage", {"event_id": key.event_id, **members, "observed_at": at})


def _scans(work: Work, key: FeedKey, after: int) -> Iterator[tuple[int, EventData]]:
    c = repository.LOG.c
    columns = (c.id, c.checkpoint_id, c.device_id, c.scan_type, c.result, c.reason_code, c.direction, c.zone)
    query = (
        select(c.log_seq, c.effective_at_ms, *columns)
        .where(c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.log_seq > after)
        .order_by(c.log_seq)
        .limit(PAGE)
    )
    for row in work.session.execute(query):
        members = {column.name: getattr(row, column.name) for column in columns}
        members["access_log_id"] = members.pop("id")
        at = from_epoch_ms(row.effective_at_ms).isoformat()
        yield row.log_seq, ("scan", {"event_id": key.event_id, **members, "scanned_at": at})


def _count(key: FeedKey, zone: str, current: int, holds: int | None) -> dict[str, Any]:
    counted = {"zone_id": zone or None, "current_count": current, "max_capacity": holds}
    return {"event_id": key.event_id, **counted, "level": occupancy_level(current, holds)}


def _conflict(key: FeedKey, row: dict[str, Any]) -> dict[str, Any]:
    """Return a conflict without its participant: who may read the access log finds them there."""
    at = from_epoch_ms(row["at_ms"]).isoformat()
    hidden = ("participant_id", "at_ms")
    members = {name: value for name, value in row.items() if name not in hidden}
    return {"event_id": key.event_id, **members, "at": at}


def _event(event: EventData, position: FeedPosition) -> ServerSentEvent:
    name, data = event
    text = json.dumps(data, separators=(",", ":"))
    return ServerSentEvent(event=name, data=text, id=format_position(position))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - a 64-bit column's

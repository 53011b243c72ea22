"""What a live stream tells of an event's check-in, and from where on it has to be told.

A position is `epoch.head.log_head`: how far the event's feed and its access log were told. Counts, checkpoints and
conflicts are states with a number in the feed: of each that changed since, the state as it is now is told. Scans are
rows that never change; they are numbered by a counter of their own, so that a refused scan moves no station's feed, in
the order in which they were committed (the feed's row is held meanwhile). Both numbers are stored: a position is good
after a restart and at another process, and what is told since is exactly what was missed.

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
from hub_sync.hub.domains.check_in.sync_rows import Numbered
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey, FeedPosition
from hub_sync.rules.occupancy import occupancy_level

LONGEST_REPLAY = 5_000
"""Scans that are told again; who missed more is told `reset` and reads the access log."""
PAGE = 500

Told = tuple[str, dict[str, Any]]
"""An event's name and data."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, the position after them, and whether there are more."""

    events: tuple[ServerSentEvent, ...]
    position: FeedPosition
    more: bool


def read_position(text: str, tip: FeedPosition) -> FeedPosition | None:
    """The position that a Last-Event-ID says, if all that was missed since can be told. Never raises."""
    match text.split("."):
        case [epoch, head, log_head] if epoch == tip.epoch and _is_number(head) and _is_number(log_head):
            position = FeedPosition(epoch, int(head), int(log_head))
        case _:
            return None
    known = position.head <= tip.head and position.log_head <= tip.log_head
    return position if known and tip.log_head - position.log_head <= LONGEST_REPLAY else None


def write_position(position: FeedPosition) -> str:
    """The id of an event that comes with this position."""
    return f"{position.epoch}.{position.head}.{position.log_head}"


def beginning(work: Work, key: FeedKey, last_event_id: str) -> Page:
    """Where a stream begins: after what the caller has seen, or with the counts as they are (`reset` before them).

    There is always more: what was committed before the stream began to listen.

    Raises:
        EventNotFound.
    """
    counts = capacity.all_counts(work, *key)
    tip = change_feed.feed_position(work.session, key)
    if last_event_id:
        position = read_position(last_event_id, tip)
        if position is not None:
            return Page((), position, more=True)
    told = [("reset", {"event_id": key.event_id})] if last_event_id else []
    told += [
        ("occupancy:updated", _count(key, count.zone, count.current, count.capacity)) for count in counts
    ]
    return Page(tuple(_event(one, tip) for one in told), tip, more=True)


def since(work: Work, key: FeedKey, position: FeedPosition) -> Page:
    """What happened after a position, as far as one page goes.

    Raises:
        EventNotFound.
        LookupError: the feed is another one now (a restored backup); begin anew.
    """
    whole = capacity.all_counts(work, *key)[0].capacity
    tip = change_feed.feed_position(work.session, key)
    if tip.epoch != position.epoch or tip.head < position.head or tip.log_head < position.log_head:
        raise LookupError("the feed was begun anew")
    upto, numbered = _states(work, key, position.head, tip.head, whole)
    events = [_event(told, FeedPosition(tip.epoch, number, position.log_head)) for number, told in numbered]
    if upto < tip.head:
        return Page(tuple(events), FeedPosition(tip.epoch, upto, position.log_head), more=True)
    scans = list(_scans(work, key, position.log_head))
    events += [_event(told, FeedPosition(tip.epoch, tip.head, number)) for number, told in scans]
    more = len(scans) == PAGE
    return Page(tuple(events), FeedPosition(tip.epoch, tip.head, scans[-1][0]) if more else tip, more)


def _states(work: Work, key: FeedKey, after: int, head: int, whole: int | None) -> tuple[int, Numbered]:
    """Changed states in the feed's order, and the number up to which they are all there."""
    counts = sync_rows.occupancy(work.session, key, after, head, PAGE)
    points = sync_rows.checkpoints(work.session, key, after, head, PAGE)
    conflicts = sync_rows.conflicts(work.session, key, after, head, PAGE)
    upto = min([head, *(rows[-1][0] for rows in (counts, points, conflicts) if len(rows) == PAGE)])
    told: Numbered = []
    for number, row in counts:
        holds = whole if not row["zone"] and row["capacity"] is None else row["capacity"]
        told.append((number, ("occupancy:updated", _count(key, row["zone"], row["current"], holds))))
    told += [(number, ("checkpoint:updated", row)) for number, row in points]
    told += [(number, ("conflict:updated", _conflict(key, row))) for number, row in conflicts]
    return upto, sorted((one for one in told if one[0] <= upto), key=lambda one: one[0])


def _scans(work: Work, key: FeedKey, after: int) -> Iterator[tuple[int, Told]]:
    c = repository.LOG.c
    columns = (c.id, c.checkpoint_id, c.device_id, c.scan_type, c.result, c.reason_code, c.direction, c.zone)
    query = (
        select(c.log_seq, c.effective_at_ms, *columns)
        .where(c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.log_seq > after)
        .order_by(c.log_seq)
        .limit(PAGE)
    )
    for row in work.session.execute(query):
        told = {column.name: getattr(row, column.name) for column in columns}
        told["access_log_id"] = told.pop("id")
        at = from_epoch_ms(row.effective_at_ms).isoformat()
        yield row.log_seq, ("scan", {"event_id": key.event_id, **told, "scanned_at": at})


def _count(key: FeedKey, zone: str, current: int, holds: int | None) -> dict[str, Any]:
    counted = {"zone_id": zone or None, "current_count": current, "max_capacity": holds}
    return {"event_id": key.event_id, **counted, "level": occupancy_level(current, holds)}


def _conflict(key: FeedKey, row: dict[str, Any]) -> dict[str, Any]:
    """Of whom it is, is not told: who may read the log reads it there."""
    at = from_epoch_ms(row["at_ms"]).isoformat()
    hidden = ("participant_id", "at_ms")
    told = {name: value for name, value in row.items() if name not in hidden}
    return {"event_id": key.event_id, **told, "at": at}


def _event(told: Told, position: FeedPosition) -> ServerSentEvent:
    name, data = told
    text = json.dumps(data, separators=(",", ":"))
    return ServerSentEvent(event=name, data=text, id=write_position(position))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - a 64-bit column's

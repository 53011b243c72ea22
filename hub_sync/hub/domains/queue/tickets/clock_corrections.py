"""Queue actions get their true time when a station's clock is measured, or found wrong, after they were sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.queue.tables import ACTIONS, QueueCounter
from hub_sync.hub.domains.queue.tickets.recording import fold_again
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.times.scan_times import TimeBounds, possible_time

_C = ACTIONS.c
_CHANGE = (
    update(ACTIONS)
    .where(_C.tenant_id == bindparam("t"), _C.id == bindparam("the_id"))
    .values(
        at=bindparam("new_at", type_=_C.at.type),
        content=bindparam("new_content", type_=_C.content.type),
        feed_seq=bindparam("number"),
    )
)


def correct_action_times(
    work: Work,
    tenant_id: str,
    device_id: str,
    corrections: Sequence[ClockCorrection],
    enrolled_ms: int | None = None,
) -> None:
    """Give the queue actions of a station's boots their true time, as scans get it; stations pull them again. The caller holds the feeds.

    Raises:
        LookupError: an event has no feed.
    """
    anchors = {correction.boot_id: correction.anchor_ms for correction in corrections}  # the last one counts
    query = select(
        _C.id, _C.event_id, _C.ticket_id, _C.boot_id, _C.monotonic_ms, _C.created_at, _C.content
    ).where(_C.tenant_id == tenant_id, _C.device_id == device_id, _C.boot_id.in_(sorted(anchors)))
    moved: dict[str, list[tuple[Any, int]]] = defaultdict(list)
    for row in work.session.execute(query):
        bounds = TimeBounds(epoch_ms(row.created_at), enrolled_ms)
        at_ms = max(0, possible_time(anchors[row.boot_id] + row.monotonic_ms, bounds))
        if at_ms != row.content["at_ms"]:
            moved[row.event_id].append((row, at_ms))
    for event_id in sorted(moved):
        _move(work, FeedKey(tenant_id, event_id), moved[event_id])


def _move(work: Work, key: FeedKey, rows: Sequence[tuple[Any, int]]) -> None:
    first = change_feed.advance(work.session, *key, len(rows))
    changes = [
        {
            "t": key.tenant_id,
            "the_id": row.id,
            "new_at": from_epoch_ms(at_ms),
            "new_content": row.content | {"at_ms": at_ms},
            "number": number,
        }
        for number, (row, at_ms) in enumerate(rows, start=first)
    ]
    work.session.connection().execute(_CHANGE, changes)
    _move_states(work, key, {row.id: (row.content["at_ms"], at_ms) for row, at_ms in rows})
    fold_again(work, key, _tickets(rows))


def _tickets(rows: Iterable[tuple[Any, int]]) -> set[str]:
    return {row.ticket_id for row, _ in rows if row.ticket_id is not None}


def _move_states(work: Work, key: FeedKey, times: dict[str, tuple[int, int]]) -> None:
    """Correct since when counters are open or closed, where one of the actions made them so."""
    c = QueueCounter
    of_event = (c.tenant_id == key.tenant_id, c.event_id == key.event_id)
    for counter in work.session.scalars(select(c).where(*of_event)):
        if not counter.state_order or counter.state_order[-1] not in times:
            continue
        tick, _, action_id = counter.state_order
        before_ms, at_ms = times[action_id]
        counter.state_order = [tick, at_ms, action_id]
        if counter.state_since == from_epoch_ms(before_ms):
            counter.state_since = from_epoch_ms(at_ms)
    work.session.flush()

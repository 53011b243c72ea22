"""What a station is told: a snapshot first, then what changed, by one cursor over all kinds.

A snapshot fixes the feed's head at its beginning and walks participants and presences by their keys, however many
requests that takes; what changes meanwhile has a later number and follows as deltas. Rows are read as columns and leave
as JSON: a first pull is a hundred thousand of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson
from pydantic import BaseModel

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import MAX_PULL_ITEMS
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.service import sync_rows as participant_rows
from hub_sync.hub.domains.sync.pull.cursor import Cursor, Deltas, Snapshot, Stage, read_cursor, write_cursor
from hub_sync.hub.domains.sync.schemas import Station
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.ticket_codec import TicketKey


def _capacity(work: Work, key: FeedKey) -> int | None:
    return next((row.capacity for _, row in events.change_of(work, key, -1, _EVER)), None)


def _occupancy(work: Work, key: FeedKey, after: int, upto: int, limit: int) -> Sequence[tuple[int, Any]]:
    """The event's own row has the event's capacity, unless one was set apart."""
    numbered = sync_rows.occupancy(work.session, key, after, upto, limit)
    for _, row in numbered:
        if not row["zone"] and row["capacity"] is None:
            row["capacity"] = _capacity(work, key)
    return numbered


_EVER = 2**62
_SOURCES: dict[str, Callable[[Work, FeedKey, int, int, int], Sequence[tuple[int, Any]]]] = {
    "events": lambda work, key, after, upto, _: events.change_of(work, key, after, upto),
    "checkpoints": lambda work, *where: sync_rows.checkpoints(work.session, *where),
    "participants": lambda work, *where: participant_rows.changes(work.session, *where),
    "presence": lambda work, *where: sync_rows.presence(work.session, *where),
    "occupancy": _occupancy,
    "conflicts": lambda work, *where: sync_rows.conflicts(work.session, *where),
}
"""The kinds of a page by their names on the wire: (work, feed, after, up to, limit) to numbered rows in order."""


@dataclass(frozen=True, slots=True)
class _Asked:
    work: Work
    key: FeedKey
    epoch: str
    head: int
    limit: int
    keys: tuple[TicketKey, ...]

    @property
    def ring(self) -> str:
        return _ring(self.keys)


def pull(
    work: Work,
    seal: SecretBox,
    station: Station,
    epoch: str,
    cursor: str,
    limit: int = MAX_PULL_ITEMS,
    counted: Callable[[int], object] = lambda _: None,
) -> bytes:
    """The next page for a station, as the JSON of `contract.sync.PullPage`.

    Anything but a cursor that can be gone on from begins a snapshot. `limit` rows at most, a first page's few of
    other kinds not counted. `counted` is told how many rows the page has.

    Raises:
        LookupError: the station's event has no feed.
        SecretUnusable: the ticket keys were sealed with another hub's secret.
    """
    key = FeedKey(station.tenant_id, station.event_id)
    true_epoch, head = change_feed.position(work.session, key)
    keys = tenants.ticket_keys(work, seal, key.tenant_id)
    asked = _Asked(work, key, true_epoch, head, max(1, min(limit, MAX_PULL_ITEMS)), keys)
    at = read_cursor(cursor, true_epoch, head) if epoch == true_epoch else None
    match at:
        case Deltas():
            page, then = _deltas(asked, at)
        case Snapshot(stage=Stage.PRESENCE):
            page, then = _presences(asked, at)
        case Snapshot():
            page, then = _participants(asked, at)
        case None:
            page, then = _beginning(asked)
    envelope = {"epoch": true_epoch, "cursor": write_cursor(then), "server_time_ms": epoch_ms(work.now())}
    counted(sum(len(rows) for rows in page.values() if isinstance(rows, list)))
    return orjson.dumps({**envelope, **page}, default=_plain)


def head_cursor(work: Work, seal: SecretBox, key: FeedKey) -> str:
    """The cursor of a station that has everything, as a nudge tells it.

    Raises:
        LookupError, SecretUnusable: as `pull`.
    """
    epoch, head = change_feed.position(work.session, key)
    return write_cursor(Deltas(epoch, head, _ring(tenants.ticket_keys(work, seal, key.tenant_id))))


def _ring(keys: Sequence[TicketKey]) -> str:
    """What a set of ticket keys is known by in a cursor."""
    told = "|".join(f"{key.kid} {key.not_before} {key.not_after}" for key in keys)
    return sha256(told.encode()).hexdigest()[:16]


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


# --- a snapshot: the small kinds and participants, then presences ---------------------------------


def _beginning(asked: _Asked) -> tuple[dict[str, Any], Cursor]:
    total = participant_rows.count(asked.work.session, asked.key)
    start = Snapshot(asked.epoch, asked.head, asked.ring, total, Stage.PARTICIPANTS)
    page, then = _participants(asked, start)
    for kind in ("events", "checkpoints", "occupancy"):
        numbered = _SOURCES[kind](asked.work, asked.key, -1, asked.head, 2**31)
        page[kind] = [row for _, row in numbered]
    if all(row["zone"] for row in page["occupancy"]):
        page["occupancy"].append({"zone": "", "current": 0, "capacity": _capacity(asked.work, asked.key)})
    page["conflicts"] = sync_rows.open_conflicts(asked.work.session, asked.key)
    page["keys"] = _wire_keys(asked.keys)
    return page, then


def _participants(asked: _Asked, at: Snapshot) -> tuple[dict[str, Any], Cursor]:
    (after,) = at.after or ("",)
    rows = participant_rows.snapshot_page(asked.work.session, asked.key, after, asked.limit)
    page = {"snapshot": True, "more": True, "total": at.total, "participants": rows}
    if len(rows) == asked.limit:
        return page, replace(at, after=(rows[-1][0],))
    return _with_presences(asked, replace(at, stage=Stage.PRESENCE, after=()), page, asked.limit - len(rows))


def _presences(asked: _Asked, at: Snapshot) -> tuple[dict[str, Any], Cursor]:
    return _with_presences(asked, at, {"snapshot": True, "more": True, "total": at.total}, asked.limit)


def _with_presences(
    asked: _Asked, at: Snapshot, page: dict[str, Any], room: int
) -> tuple[dict[str, Any], Cursor]:
    after = (at.after[0], at.after[1]) if at.after else None
    rows = sync_rows.presence_snapshot(asked.work.session, asked.key, after, room)
    page["presence"] = rows
    if len(rows) == room:
        return page, replace(at, after=(rows[-1][0], rows[-1][1])) if rows else at
    page["more"] = False
    return page, Deltas(at.epoch, at.seq, at.ring)


# --- deltas -------------------------------------------------------------------------------------


def _deltas(asked: _Asked, at: Deltas) -> tuple[dict[str, Any], Cursor]:
    """All kinds merged by their numbers and cut at the limit, so that one number says where the station stands."""
    where = (asked.work, asked.key, at.seq, asked.head, asked.limit + 1)
    found = {kind: source(*where) for kind, source in _SOURCES.items()} if at.seq < asked.head else {}
    numbers = sorted(number for rows in found.values() for number, _ in rows)
    more = len(numbers) > asked.limit
    upto = numbers[asked.limit - 1] if more else asked.head
    page: dict[str, Any] = {"snapshot": False, "more": more}
    for kind, rows in found.items():
        page[kind] = [row for number, row in rows if number <= upto]
    if at.ring != asked.ring:
        page["keys"] = _wire_keys(asked.keys)
    return page, Deltas(asked.epoch, upto, asked.ring)


def _wire_keys(keys: Sequence[TicketKey]) -> list[dict[str, Any]]:
    """The ring as `contract.sync.QrKeyRow`."""
    return [
        {
            "kid": key.kid,
            "material": key.material.hex(),
            "not_before_ms": epoch_ms(key.not_before) if key.not_before else None,
            "not_after_ms": epoch_ms(key.not_after) if key.not_after else None,
        }
        for key in keys
    ]

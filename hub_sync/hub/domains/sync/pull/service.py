"""Pull: a snapshot first, then deltas, by one cursor over all kinds of rows.

A snapshot fixes the feed's head at its start and reads participants and presences by their keys, in as many requests as
that takes; what changes meanwhile has a later number and follows as deltas. Rows are read as columns and sent as JSON: a
first pull has a hundred thousand of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import orjson
from pydantic import BaseModel

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.lan import peers_digest
from hub_sync.contract.operators import operators_digest
from hub_sync.contract.sync import MAX_PULL_ITEMS, AssignedEvent, key_ring_digest
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import EventNotAssigned
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.messages import service as messages
from hub_sync.hub.domains.operators import service as operators
from hub_sync.hub.domains.participants.service import sync_rows as participant_rows
from hub_sync.hub.domains.queue import service as queues
from hub_sync.hub.domains.sync.pull.cursor import (
    Cursor,
    DeltaCursor,
    SnapshotCursor,
    SnapshotStage,
    format_cursor,
    parse_cursor,
)
from hub_sync.hub.domains.sync.push import journals
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.waitlist import door
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.tickets.ticket_keys import AnyTicketKey, EndedKey


def _capacity(work: Work, key: FeedKey) -> int | None:
    return next((row.capacity for _, row in events.change_of(work, key, -1, _EVER)), None)


def _occupancy(work: Work, key: FeedKey, after: int, upto: int, limit: int) -> Sequence[tuple[int, Any]]:
    """Return the occupancy rows; the event's own has the event's capacity unless one was set."""
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
_QUEUE_SOURCES: dict[str, Callable[[Work, FeedKey, int, int, int], Sequence[tuple[int, Any]]]] = {
    kind: lambda work, *where, kind=kind: queues.changes(work, kind, *where) for kind in queues.SOURCES
}
"""The kinds of the member `queue` likewise."""
_OF_PEOPLE = ("participants", "presence", "conflicts")
"""The kinds that a station without people does not get."""
OF_QUEUES = frozenset({DeviceProfile.KIOSK, DeviceProfile.DESK, DeviceProfile.BOARD})
"""The stations that get queues."""


class PullScope(NamedTuple):
    """The kinds of rows that a station gets beside those that all get: stations of one scope get the same rows."""

    queues: bool
    keys: bool
    people: bool = True
    """False: participants, where they are, and conflicts are left out."""

    @classmethod
    def of(cls, station: StationIdentity) -> Self:
        """Return the scope of a station's profile."""
        profile = station.profile
        return cls(profile in OF_QUEUES, devices.may_send_scans(profile), people=profile.scans)


@dataclass(frozen=True, slots=True)
class _PullRequest:
    work: Work
    key: FeedKey
    epoch: str
    head: int
    limit: int
    keys: tenants.StationKeys | None
    """None: the station gets no ticket keys."""
    station_ring: str
    """The digest of the keys that the station has; "": it did not send one."""
    with_count: bool
    with_queues: bool
    with_people: bool
    """False: the station shows nobody, and gets neither participants nor where they are."""

    @property
    def ring(self) -> str:
        return _ring_digest(self.keys)

    @property
    def key_members(self) -> dict[str, Any]:
        """Return the members of a page that bring the ticket keys."""
        if self.keys is None:
            return {"keys": None}
        return {"keys": _wire_keys(self.keys.keys), "ended_keys": _wire_ended_keys(self.keys.ended)}


def pull(
    work: Work,
    seal: SecretBox,
    station: StationIdentity,
    epoch: str,
    cursor: str,
    limit: int = MAX_PULL_ITEMS,
    on_rows: Callable[[int], object] = lambda _: None,
    *,
    event_id: str = "",
    station_ring: str = "",
    station_operators: str = "",
    station_peers: str = "",
    with_count: bool = False,
    queue_lane: str = "",
    queue_status_url: str = "",
    station_screening: str = "",
    station_bulletins: str = "",
    station_door: str = "",
) -> bytes:
    """Return the next page of an event for a station, as the JSON of `contract.sync.PullPage`. Without an event: of its first one.

    Any cursor but one that can be continued begins a snapshot. A page has at most `limit` rows; the few rows of other
    kinds in a first page are not counted. `on_rows` is called with the number of rows of the page. Keys are sent again if
    the station's digest of them, `station_ring`, is not the hub's, and so are operators (`station_operators`) and the event's other
    stations (`station_peers`) and the blacklist (`station_screening`, its stamp), bulletins
    (`station_bulletins`) and seats at the door (`station_door`). `with_count`: the last page of deltas says how many participants the event has, so that a station
    notices that it lacks some. `queue_lane` are the letters of the station's own queue numbers; `queue_status_url` is what a token of a queue ticket is appended to.

    Raises:
        EventNotAssigned: 404, the event is none of the station's.
        LookupError: the event has no feed.
        SecretUnusable: the ticket keys were sealed with another hub's secret.
    """
    key = _assigned_feed(station, event_id)
    true_epoch, head = change_feed.position(work.session, key)
    scope = PullScope.of(station)
    keys = _keys_for(work, seal, key.tenant_id, scope)
    limit = max(1, min(limit, MAX_PULL_ITEMS))
    request = _PullRequest(
        *(work, key, true_epoch, head, limit, keys, station_ring, with_count),
        with_queues=scope.queues,
        with_people=scope.people,
    )
    at = parse_cursor(cursor, true_epoch, head) if epoch == true_epoch else None
    match at:
        case DeltaCursor():
            page, then = _deltas(request, at)
        case SnapshotCursor(stage=SnapshotStage.PRESENCE):
            page, then = _presences(request, at)
        case SnapshotCursor():
            page, then = _participants(request, at)
        case None:
            page, then = _first_page(request)
    envelope: dict[str, Any] = {
        "epoch": true_epoch,
        "event_id": key.event_id,
        "cursor": format_cursor(then),
        "server_time_ms": epoch_ms(work.now()),
        "assigned_checkpoint_id": station.checkpoint_at(key.event_id) or "",
    }
    if isinstance(then, DeltaCursor):
        envelope["upto"] = then.seq
    if len(station.event_ids) > 1:
        envelope["assigned_events"] = _assigned_events(work, station)
    people = operators.station_rows(work, key, station.id)
    if operators_digest(people) != station_operators:
        envelope["operators"] = people
    peers = devices.peers_of(work, key, station.id)
    if peers_digest(peers) != station_peers:
        envelope["peers"] = peers
    envelope |= _screening(work, seal, station, key, station_screening)
    envelope |= _bulletins(work, key, station.id, station_bulletins)
    envelope |= _door(work, key, station, station_door)
    if "queue" in page:
        page["queue"] |= queues.own_numbers(work, key, station.id) | {
            "lane": queue_lane,
            "status_url": queue_status_url,
            "is_on": queues.are_on(work, station.tenant_id),
        }
    on_rows(sum(len(rows) for rows in page.values() if isinstance(rows, list)))
    return orjson.dumps({**envelope, **page}, default=plain_value)


def pull_changes(
    work: Work,
    seal: SecretBox,
    key: FeedKey,
    scope: PullScope,
    after: int,
    position: change_feed.PullPosition,
    limit: int,
) -> dict[str, Any] | None:
    """Return the deltas of an event after a number as a pull would bring them to every station of a scope, as one page.

    Returns:
        The members of `contract.sync.PullPage`, without those that differ by station. None: stations must pull, for there are more rows than
        the limit, or something changed that is in no row or concerns the list of events.
    """
    keys = _keys_for(work, seal, key.tenant_id, scope)
    request = _PullRequest(
        *(work, key, position.epoch, position.head, limit, keys, ""),
        with_count=False,
        with_queues=scope.queues,
        with_people=scope.people,
    )
    page, then = _deltas(request, DeltaCursor(position.epoch, after, request.ring))
    if after < position.pull_head or page["more"] or page["events"]:
        return None
    envelope = {
        "epoch": position.epoch,
        "cursor": format_cursor(then),
        "upto": position.head,
        "server_time_ms": epoch_ms(work.now()),
    }
    return envelope | page


def _keys_for(work: Work, seal: SecretBox, tenant_id: str, scope: PullScope) -> tenants.StationKeys | None:
    """Return the ticket keys that a station gets; None for one that scans nobody, such as a board: none can be stolen with it.

    None is not an empty list, which a station takes for a word of a newer hub: a hub always has a key.
    """
    return tenants.station_keys(work, seal, tenant_id) if scope.keys else None


def _screening(
    work: Work, seal: SecretBox, station: StationIdentity, key: FeedKey, stamp: str
) -> dict[str, Any]:
    """Return the blacklist as a member of the page, if the station has another one; a station that scans nobody gets none."""
    if not devices.may_send_scans(station.profile):
        return {}
    screening = blacklist.changed_list(work, seal.derive_key, key, station.profile, stamp)
    return {} if screening is None else {"screening": screening}


def _bulletins(work: Work, key: FeedKey, device_id: str, stamp: str) -> dict[str, Any]:
    """Return the bulletins as a member of the page, if the station knows bulletins and has others."""
    bulletins = messages.changed_bulletins(work, key, device_id, stamp)
    return {} if bulletins is None else {"bulletins": bulletins}


def _door(work: Work, key: FeedKey, station: StationIdentity, stamp: str) -> dict[str, Any]:
    """Return the seats that a gate may give to the waitlist as a member of the page, if it knows of them and has others."""
    if station.profile is not DeviceProfile.GATE:
        return {}
    seats = door.changed_door_list(work, key, station.id, stamp)
    return {} if seats is None else {"door": seats}


def _assigned_feed(station: StationIdentity, event_id: str) -> FeedKey:
    """Return the feed of an event that the station may pull."""
    event_id = event_id or station.event_id
    if event_id not in station.event_ids:
        raise EventNotAssigned
    return FeedKey(station.tenant_id, event_id)


def _assigned_events(work: Work, station: StationIdentity) -> list[AssignedEvent]:
    return [
        AssignedEvent(
            id=row.id,
            name=row.name,
            starts_at_ms=epoch_ms(row.starts_at),
            ends_at_ms=epoch_ms(row.ends_at),
            time_zone=row.time_zone,
        )
        for row in events.list_of_ids(work, station.tenant_id, station.event_ids)
        if row.deleted_at is None
    ]


def head_cursors(work: Work, seal: SecretBox, station: StationIdentity) -> dict[str, tuple[int, str]]:
    """Return the feed's head, and the cursor of a station that has everything, for a nudge, by each of its events.

    Raises:
        LookupError, SecretUnusable: as `pull`.
    """
    ring = _ring_digest(_keys_for(work, seal, station.tenant_id, PullScope.of(station)))
    positions = {
        event_id: change_feed.position(work.session, FeedKey(station.tenant_id, event_id))
        for event_id in station.event_ids
    }
    return {
        event_id: (head, format_cursor(DeltaCursor(epoch, head, ring)))
        for event_id, (epoch, head) in positions.items()
    }


def head_cursor(
    work: Work, seal: SecretBox, key: FeedKey, scope: PullScope, position: change_feed.PullPosition
) -> str:
    """Return the cursor of a station of a scope that has everything, for a nudge.

    Raises:
        SecretUnusable: as `pull`.
    """
    ring = _ring_digest(_keys_for(work, seal, key.tenant_id, scope))
    return format_cursor(DeltaCursor(position.epoch, position.head, ring))


def _ring_digest(keys: tenants.StationKeys | None) -> str:
    """Return the digest of a set of ticket keys, as the station computes it."""
    return key_ring_digest(tuple(key.values()) for key in _wire_keys(keys.keys if keys else ()))


def plain_value(value: object) -> Any:
    """Return what JSON has of a value that it knows not: for `orjson.dumps`."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


# --- a snapshot: the small kinds and participants, then presences ---------------------------------


def _first_page(request: _PullRequest) -> tuple[dict[str, Any], Cursor]:
    total = _people_count(request)
    start = SnapshotCursor(request.epoch, request.head, request.ring, total, SnapshotStage.PARTICIPANTS)
    page, then = _participants(request, start)
    for kind in ("events", "checkpoints", "occupancy"):
        numbered = _SOURCES[kind](request.work, request.key, -1, request.head, 2**31)
        page[kind] = [row for _, row in numbered]
    if all(row["zone"] for row in page["occupancy"]):
        page["occupancy"].append({"zone": "", "current": 0, "capacity": _capacity(request.work, request.key)})
    is_known = request.with_people
    page["conflicts"] = sync_rows.open_conflicts(request.work.session, request.key) if is_known else []
    page["journals"] = journals.heads(request.work, request.key)
    page |= request.key_members
    if request.with_queues:
        page["queue"] = queues.snapshot(request.work, request.key, request.head)
    return page, then


def _people_count(request: _PullRequest) -> int:
    return participant_rows.count(request.work.session, request.key) if request.with_people else 0


def _participants(request: _PullRequest, at: SnapshotCursor) -> tuple[dict[str, Any], Cursor]:
    (after,) = at.after or ("",)
    rows: Sequence[Any] = ()
    if request.with_people:
        rows = participant_rows.snapshot_page(request.work.session, request.key, after, request.limit)
    page: dict[str, Any] = {"snapshot": True, "more": True, "total": at.total, "participants": rows}
    if len(rows) == request.limit:
        return page, replace(at, after=(rows[-1][0],))
    return _with_presences(
        request, replace(at, stage=SnapshotStage.PRESENCE, after=()), page, request.limit - len(rows)
    )


def _presences(request: _PullRequest, at: SnapshotCursor) -> tuple[dict[str, Any], Cursor]:
    return _with_presences(request, at, {"snapshot": True, "more": True, "total": at.total}, request.limit)


def _with_presences(
    request: _PullRequest, at: SnapshotCursor, page: dict[str, Any], room: int
) -> tuple[dict[str, Any], Cursor]:
    after = (at.after[0], at.after[1]) if at.after else None
    rows: Sequence[Any] = ()
    if request.with_people:
        rows = sync_rows.presence_snapshot(request.work.session, request.key, after, room)
    page["presence"] = rows
    if len(rows) == room:
        return page, replace(at, after=(rows[-1][0], rows[-1][1])) if rows else at
    page["more"] = False
    return page, DeltaCursor(at.epoch, at.seq, at.ring)


# --- deltas -------------------------------------------------------------------------------------


def _deltas(request: _PullRequest, at: DeltaCursor) -> tuple[dict[str, Any], Cursor]:
    """Return all kinds merged by number and cut at the limit, so that one number is the station's position."""
    where = (request.work, request.key, at.seq, request.head, request.limit + 1)
    sources = _SOURCES | (_QUEUE_SOURCES if request.with_queues else {})
    if not request.with_people:
        sources = {kind: source for kind, source in sources.items() if kind not in _OF_PEOPLE}
    pages = {kind: source(*where) for kind, source in sources.items()} if at.seq < request.head else {}
    numbers = sorted(number for rows in pages.values() for number, _ in rows)
    more = len(numbers) > request.limit
    upto = numbers[request.limit - 1] if more else request.head
    page: dict[str, Any] = {"snapshot": False, "more": more}
    queue_rows: dict[str, Any] = {}
    for kind, rows in pages.items():
        target = queue_rows if kind in _QUEUE_SOURCES else page
        target[kind] = [row for number, row in rows if number <= upto]
    if request.with_queues:
        page["queue"] = queue_rows
    if (request.station_ring or at.ring) != request.ring:
        page |= request.key_members
    if not more:
        page["journals"] = journals.heads(request.work, request.key)
    if request.with_count and not more:
        page["participant_count"] = _people_count(request)
    return page, DeltaCursor(request.epoch, upto, request.ring)


def _wire_keys(keys: Sequence[AnyTicketKey]) -> list[dict[str, Any]]:
    """Return the key ring as `contract.sync.QrKeyRow`. A key that signs leaves the hub as its public part only."""
    return [
        {
            "kid": key.kid,
            "material": key.opening_material.hex(),
            "not_before_ms": epoch_ms(key.not_before) if key.not_before else None,
            "not_after_ms": epoch_ms(key.not_after) if key.not_after else None,
            "algorithm": key.algorithm.value,
            "tenant_id": key.tenant_id,
        }
        for key in keys
    ]


def _wire_ended_keys(keys: Sequence[EndedKey]) -> list[dict[str, str]]:
    """Return keys that have ended as `contract.sync.EndedKeyRow`."""
    return [{"kid": key.kid, "algorithm": key.algorithm.value, "key_id": key.key_id.hex()} for key in keys]

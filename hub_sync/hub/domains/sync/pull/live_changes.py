"""The changes of an event as its stations' live streams bring them: read and compressed once for all stations of a scope."""

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
import zstandard
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.sync import CHANGES_EVENT, MAX_CHANGES_BYTES
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.pull.service import PullScope, head_cursor, plain_value, pull_changes
from hub_sync.hub.domains.sync.push import journals
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey, PullPosition
from hub_sync.hub.kit.events.shared_reads import SharedRead, SharedReads
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.answer_proof import compute_changes_proof

MAX_ROWS = 500
"""Rows of one page; more are pulled, in pages of the station's size."""
KEPT_PAGES = 20
"""Pages that are still there for a stream whose reader is slow for a moment."""
PACE_S = 0.2
"""Seconds between two reads of a feed."""
_LEVEL = 3
_Journals = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Changes after one number up to another, ready to be sent."""

    event_id: str
    epoch: str
    after: int
    since: str
    upto: int
    digest: str
    body: bytes
    """The page, compressed, in base64."""
    rest: bytes
    """The members of the event but its proof."""

    @classmethod
    def of(cls, event_id: str, since: tuple[int, str], page: Mapping[str, Any]) -> "ChangesPage | None":
        """Return the page of changes since a number and its cursor, or None if it is too long to be sent."""
        plain = orjson.dumps(page, default=plain_value)
        body = b64encode(zstandard.compress(plain, _LEVEL))
        if len(body) > MAX_CHANGES_BYTES:
            return None
        (after, cursor), epoch, upto = since, page["epoch"], page["upto"]
        rest = _members(event_id, epoch, since, upto, body)
        return cls(event_id, epoch, after, cursor, upto, sha256(plain).hexdigest(), body, rest)

    def since_cursor(self, cursor: str) -> "ChangesPage":
        """Return the same changes for a station with this cursor, which has everything up to `after` and perhaps more."""
        rest = _members(self.event_id, self.epoch, (self.after, cursor), self.upto, self.body)
        return replace(self, since=cursor, rest=rest)

    def sse(self, key: str, nonce: str) -> bytes:
        """Return the server-sent event for one station.

        Args:
            key: the key of its answers (`rules.answer_proof`).
            nonce: the nonce of its stream's request.
        """
        event, since = (self.event_id, self.epoch), (self.after, self.since)
        proof = compute_changes_proof(key, nonce, event, since, self.upto, self.digest)
        head = f'event: {CHANGES_EVENT}\r\ndata: {{"proof":"{proof}",'.encode()
        return b"".join((head, self.rest, b"}\r\n\r\n"))


def _members(event_id: str, epoch: str, since: tuple[int, str], upto: int, body: bytes) -> bytes:
    after, cursor = since
    members = {"event_id": event_id, "epoch": epoch, "after": after, "since": cursor, "upto": upto}
    return orjson.dumps(members)[1:-1] + b',"page":"' + body + b'"'


@dataclass(frozen=True, slots=True)
class FeedTick:
    """The state of an event's feed after a change, for all streams that follow it."""

    position: PullPosition
    cursors: Mapping[PullScope, str]
    """The cursor of a station that has everything."""
    pages: Mapping[PullScope, tuple[ChangesPage, ...]]
    """The last changes, without a gap, up to now; none: stations must pull."""
    withdrawn: frozenset[str]
    """The stations that may not follow the event any more: they get no page."""
    journals: _Journals

    def pages_after(self, scope: PullScope, number: int) -> tuple[ChangesPage, ...]:
        """Return the pages that lead from a number to the present; none: they do not reach back to it."""
        pages = self.pages.get(scope, ())
        first = len(pages)
        # From the end: nearly all stations lack the last page alone.
        while first and pages[first - 1].upto > number:
            first -= 1
        pages = pages[first:]
        return pages if pages and pages[0].after <= number else ()


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What a station lacks that opens its stream, and the stations that may not follow the event any more."""

    pages: tuple[ChangesPage, ...]
    withdrawn: frozenset[str]


@dataclass(slots=True)
class _Feed:
    """The scopes of the streams that follow a feed, its last tick, and what was read for streams that were opened."""

    scopes: Counter[PullScope] = field(default_factory=Counter)
    tick: FeedTick | None = None
    catch_ups: dict[PullScope, CatchUp] = field(default_factory=dict)
    must_pull: dict[PullScope, tuple[str, int]] = field(default_factory=dict)
    """The epoch and the greatest number after which there is more than a page has: whoever has less must pull."""
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def must_pull_from(self, scope: PullScope, epoch: str, number: int) -> bool:
        """Return True if it is known that a page does not hold all that came after a number."""
        known_epoch, most = self.must_pull.get(scope, ("", -1))
        return known_epoch == epoch and number <= most


class StationFeeds:
    """The feeds that stations of this process follow: each is read once for all of them. Belongs to the event loop."""

    def __init__(self, shared_reads: SharedReads, uow: UnitOfWork, secret_box: SecretBox) -> None:
        self._shared_reads, self._uow, self._secret_box = shared_reads, uow, secret_box
        self._feeds: dict[FeedKey, _Feed] = {}

    @asynccontextmanager
    async def follow(
        self, key: FeedKey, scope: PullScope, on_change: Callable[[], None]
    ) -> AsyncIterator[SharedRead[FeedTick]]:
        """Follow an event's feed until the block ends. Enter first, then read where the stream begins.

        Args:
            key: the feed.
            scope: what the station gets.
            on_change: called when there is a tick.
        """
        feed = self._feeds.setdefault(key, _Feed())
        feed.scopes[scope] += 1
        read = partial(self._read, key, feed)
        try:
            async with self._shared_reads.follow(
                "stations", key, read, pace_s=PACE_S, on_change=on_change
            ) as ticks:
                yield ticks
        finally:
            feed.scopes[scope] -= 1
            if not feed.scopes.total() and self._feeds.get(key) is feed:
                del self._feeds[key]

    async def catch_up(self, key: FeedKey, scope: PullScope, number: int, cursor: str) -> CatchUp | None:
        """Return what a station lacks whose stream begins, read once for all that open theirs at the same time.

        After a restart all stations come back within a second, and all lack about the same. Call it inside of `follow`.

        Args:
            key: the feed.
            scope: what the station gets.
            number: up to which it has everything.
            cursor: its cursor, of the feed's present epoch and the present ticket keys.

        Returns:
            Pages from a number that the station has up to the last tick; None: it must pull.

        Raises:
            LookupError, SecretUnusable, SQLAlchemyError: it could not be read.
        """
        feed = self._feeds[key]
        async with feed.reading:
            ready, tick = feed.catch_ups.get(scope), feed.tick
            if tick is None or feed.must_pull_from(scope, tick.position.epoch, number):
                return None
            if ready is None or not _is_usable(ready.pages[0], tick, scope, number):
                ready = await run_in_threadpool(self._read_catch_up, key, scope, number)
                if ready is None:
                    feed.must_pull[scope] = tick.position.epoch, number
                    return None
                feed.catch_ups[scope] = ready
        first, tick = ready.pages[0].since_cursor(cursor), feed.tick or tick
        later = tick.pages_after(scope, first.upto)
        return CatchUp((first, *later), ready.withdrawn | tick.withdrawn)

    def _read_catch_up(self, key: FeedKey, scope: PullScope, number: int) -> CatchUp | None:
        with self._uow.read() as work:
            return read_catch_up(work, self._secret_box, key, scope, number)

    def _read(self, key: FeedKey, feed: _Feed) -> FeedTick:
        scopes = [scope for scope, streams in list(feed.scopes.items()) if streams]
        with self._uow.read() as work:
            feed.tick = read_tick(work, self._secret_box, key, scopes, feed.tick)
        return feed.tick


def _is_usable(page: ChangesPage, tick: FeedTick, scope: PullScope, number: int) -> bool:
    """Return True if a page begins with what a station has, and the ticks go on where it ends."""
    if page.epoch != tick.position.epoch or page.after > number:
        return False
    return page.upto >= tick.position.head or bool(tick.pages_after(scope, page.upto))


def read_catch_up(work: Work, seal: SecretBox, key: FeedKey, scope: PullScope, number: int) -> CatchUp | None:
    """Return all changes after a number, with how far all journals are stored; None: they must be pulled.

    Raises:
        LookupError, SecretUnusable: as `pull`.
    """
    position = change_feed.pull_position(work.session, key)
    page = pull_changes(work, seal, key, scope, number, position, MAX_ROWS)
    if page is None:
        return None
    since = number, head_cursor(work, seal, key, scope, position._replace(head=number))
    changes = ChangesPage.of(key.event_id, since, page)
    return None if changes is None else CatchUp((changes,), devices.withdrawn_of_event(work, key))


def read_tick(
    work: Work, seal: SecretBox, key: FeedKey, scopes: Collection[PullScope], before: FeedTick | None
) -> FeedTick:
    """Return the tick that follows another one; `before` itself if the feed has not advanced.

    Raises:
        LookupError, SecretUnusable: as `pull`.
    """
    position = change_feed.pull_position(work.session, key)
    if before is not None and position == before.position:
        return before
    pages: dict[PullScope, tuple[ChangesPage, ...]] = {}
    heads: list[dict[str, Any]] | None = None
    if before is not None and before.position.epoch == position.epoch:
        for scope in scopes:
            page = pull_changes(work, seal, key, scope, before.position.head, position, MAX_ROWS)
            if page is None:
                continue
            heads = page["journals"]
            page["journals"] = [row for row in heads if before.journals.get(_name_of(row)) != row["sequence"]]
            since = before.position.head, head_cursor(work, seal, key, scope, before.position)
            changes = ChangesPage.of(key.event_id, since, page)
            if changes is not None:
                pages[scope] = (*before.pages.get(scope, ()), changes)[-KEPT_PAGES:]
    if heads is None:
        heads = journals.heads(work, key)
    return FeedTick(
        position,
        {scope: head_cursor(work, seal, key, scope, position) for scope in scopes},
        pages,
        devices.withdrawn_of_event(work, key),
        {_name_of(row): row["sequence"] for row in heads},
    )


def _name_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["device_id"], row["journal_id"]

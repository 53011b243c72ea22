"""The changes of an event as its stations' live streams bring them: read and compressed once for all stations of a scope."""

from base64 import b64encode
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
import zstandard

from hub_sync.contract.sync import CHANGES_EVENT, MAX_CHANGES_BYTES
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.pull.service import PullScope, head_cursor, plain_value, pull_changes
from hub_sync.hub.domains.sync.push import journals
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey, PullPosition
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.answer_proof import compute_changes_proof

MAX_ROWS = 500
"""Rows of one page; more are pulled, in pages of the station's size."""
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
        members = {"event_id": event_id, "epoch": epoch, "after": after, "since": cursor, "upto": upto}
        rest = orjson.dumps(members)[1:-1] + b',"page":"' + body + b'"'
        return cls(event_id, epoch, after, cursor, upto, sha256(plain).hexdigest(), rest)

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


@dataclass(frozen=True, slots=True)
class FeedTick:
    """The state of an event's feed after a change, for all streams that follow it."""

    position: PullPosition
    cursors: Mapping[PullScope, str]
    """The cursor of a station that has everything."""
    pages: Mapping[PullScope, ChangesPage]
    """The changes since the tick before. Not there: stations must pull."""
    withdrawn: frozenset[str]
    """The stations that may not follow the event any more: they get no page."""
    journals: _Journals


class FeedReader:
    """Reads ticks: the `read` of `FeedBroadcasts`."""

    def __init__(self, uow: UnitOfWork, secret_box: SecretBox) -> None:
        self._uow, self._secret_box = uow, secret_box

    def read(self, key: FeedKey, scopes: Collection[Hashable], before: FeedTick | None) -> FeedTick:
        """Return the tick that follows another one; `before` itself if the feed has not advanced.

        Raises:
            LookupError, SecretUnusable: as `pull`.
        """
        with self._uow.read() as work:
            position = change_feed.pull_position(work.session, key)
            if before is not None and position == before.position:
                return before
            wanted = [scope for scope in scopes if isinstance(scope, PullScope)]
            cursors = {scope: head_cursor(work, self._secret_box, key, scope, position) for scope in wanted}
            members: dict[PullScope, dict[str, Any]] = {}
            since: dict[PullScope, tuple[int, str]] = {}
            if before is not None and before.position.epoch == position.epoch:
                for scope in wanted:
                    after = before.position.head
                    page = pull_changes(work, self._secret_box, key, scope, after, position, MAX_ROWS)
                    if page is not None:
                        members[scope] = page
                        cursor = head_cursor(work, self._secret_box, key, scope, before.position)
                        since[scope] = after, cursor
            withdrawn = devices.withdrawn_of_event(work, key)
            heads = next((page["journals"] for page in members.values()), None)
            if heads is None:
                heads = journals.heads(work, key)
        known = {} if before is None else before.journals
        pages = {}
        for scope, page in members.items():
            page["journals"] = [
                row for row in page["journals"] if known.get(_name_of(row)) != row["sequence"]
            ]
            changes = ChangesPage.of(key.event_id, since[scope], page)
            if changes is not None:
                pages[scope] = changes
        return FeedTick(
            position, cursors, pages, withdrawn, {_name_of(row): row["sequence"] for row in heads}
        )


def _name_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["device_id"], row["journal_id"]

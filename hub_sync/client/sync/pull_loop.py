"""Down: the roster, page by page. A snapshot fills a new file that replaces the old one whole; deltas change it.

Ticket keys are taken from every page at once, before anything else of it: a key that was withdrawn opens nothing from then
on, however long the rest takes.
"""

from hub_sync.client.http.errors import HubRefused, InvalidResponse
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.roster.feed import RosterSnapshot, SnapshotIncomplete
from hub_sync.client.store.store import Store
from hub_sync.contract.sync import MAX_PULL_ITEMS, PullPage

_EPOCH_OVER = "The hub repeats itself instead of sending what has changed."


class PullLoop:
    """Pulls what has changed since the last time."""

    def __init__(self, store: Store, api: HubApi) -> None:
        self._store, self._api = store, api
        self._snapshot: RosterSnapshot | None = None

    def run_once(self) -> bool:
        """Pull and apply one page. Returns whether there are more.

        Raises:
            HubError: nothing came, or something that can't be used; what was there stays in use.
            StoreError: the station's disk; likewise.
        """
        asked = self._position()
        page = self._ask(asked)
        if page.more and asked == (page.epoch, page.cursor):
            raise InvalidResponse(_EPOCH_OVER)
        if page.keys is not None:
            self._store.keys.replace(page.keys)
        if page.snapshot:
            self._fill(page)
        else:
            self._change(page, asked)
        return page.more

    def _position(self) -> tuple[str, str] | None:
        if self._snapshot is not None and self._snapshot.epoch is not None:
            return self._snapshot.epoch, self._snapshot.cursor
        return self._store.feed.position()

    def _ask(self, position: tuple[str, str] | None) -> PullPage:
        try:
            return self._api.pull(position, MAX_PULL_ITEMS)
        except HubRefused:
            self.discard_snapshot()  # a cursor that the hub does not take is not asked for twice
            raise

    def _fill(self, page: PullPage) -> None:
        if self._snapshot is not None and self._snapshot.epoch != page.epoch:
            self.discard_snapshot()
        if self._snapshot is None:
            self._snapshot = self._store.feed.begin_snapshot()
        try:
            self._snapshot.add(page)
            if not page.more:
                whole, self._snapshot = self._snapshot, None
                self._store.feed.publish_snapshot(whole, page)
        except SnapshotIncomplete as incomplete:
            raise InvalidResponse(str(incomplete)) from incomplete
        except BaseException:
            self.discard_snapshot()
            raise

    def _change(self, page: PullPage, asked: tuple[str, str] | None) -> None:
        if self._snapshot is not None or asked is None:
            self.discard_snapshot()
            raise InvalidResponse("The hub sent changes where a whole roster was due.")
        self._store.feed.apply(page)

    def discard_snapshot(self) -> None:
        """Throw away what was pulled of a snapshot that will not be finished."""
        if self._snapshot is not None:
            self._snapshot.discard()
            self._snapshot = None

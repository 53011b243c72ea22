"""The pull loop: fetches the roster page by page. A snapshot fills a new file that replaces the old one; deltas change it.

Ticket keys are stored first from every page: a withdrawn key opens no ticket from then on, however long the rest takes.
"""

from collections.abc import Callable

from hub_sync.client.http.errors import HubRefused, InvalidHubResponse
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.roster.feed import RosterSnapshot, SnapshotIncomplete
from hub_sync.client.store.store import Store
from hub_sync.contract.sync import MAX_PULL_ITEMS, PullPage

_REPEATED_CURSOR = "The hub repeats itself instead of sending what has changed."


class PullLoop:
    """Pulls changes of the roster."""

    def __init__(self, store: Store, api: HubApi, on_snapshot: Callable[[], None] = lambda: None) -> None:
        """Create the loop. `on_snapshot` is called when the hub begins a snapshot: its past may have changed."""
        self._store, self._api, self._on_snapshot = store, api, on_snapshot
        self._snapshot: RosterSnapshot | None = None

    def run_once(self) -> bool:
        """Pull and apply one page. Return True if there are more.

        Raises:
            HubClientError: No page came, or one that can't be used. The current roster stays in use.
            StoreError: The disk failed. The current roster stays in use.
        """
        position = self._position()
        page = self._fetch(position)
        if page.more and position == (page.epoch, page.cursor):
            raise InvalidHubResponse(_REPEATED_CURSOR)
        if page.keys is not None:
            self._store.keys.replace(page.keys)
        if page.snapshot:
            self._apply_snapshot_page(page)
        else:
            self._apply_changes(page, position)
        return page.more

    def _position(self) -> tuple[str, str] | None:
        if self._snapshot is not None and self._snapshot.epoch is not None:
            return self._snapshot.epoch, self._snapshot.cursor
        return self._store.feed.position()

    def _fetch(self, position: tuple[str, str] | None) -> PullPage:
        try:
            return self._api.pull(position, MAX_PULL_ITEMS)
        except HubRefused:
            self.discard_snapshot()  # a cursor that the hub does not take is not position for twice
            raise

    def _apply_snapshot_page(self, page: PullPage) -> None:
        if self._snapshot is not None and self._snapshot.epoch != page.epoch:
            self.discard_snapshot()
        if self._snapshot is None:
            self._snapshot = self._store.feed.begin_snapshot()
            self._on_snapshot()
        try:
            self._snapshot.add(page)
            if not page.more:
                complete, self._snapshot = self._snapshot, None
                self._store.feed.publish_snapshot(complete, page)
        except SnapshotIncomplete as incomplete:
            raise InvalidHubResponse(str(incomplete)) from incomplete
        except BaseException:
            self.discard_snapshot()
            raise

    def _apply_changes(self, page: PullPage, position: tuple[str, str] | None) -> None:
        if self._snapshot is not None or position is None:
            self.discard_snapshot()
            raise InvalidHubResponse("The hub sent changes where a whole roster was due.")
        self._store.feed.apply(page)

    def discard_snapshot(self) -> None:
        """Discard an unfinished snapshot."""
        if self._snapshot is not None:
            self._snapshot.discard()
            self._snapshot = None

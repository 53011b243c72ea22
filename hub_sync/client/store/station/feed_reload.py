"""The request to pull everything anew. The rosters in use serve until a whole new one has come, for each event by itself."""

from hub_sync.client.store.station.settings import StoredSettings, event_setting

_WANTED, _DONE = "reload_wanted", "reload_done"


class FeedReload:
    """The newest request of a reload, and which events have followed it."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings

    def request(self, token: str) -> None:
        """Ask for a new snapshot of each event.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(_WANTED, token)

    def due(self, slot: str) -> str:
        """Return the request that an event has not followed yet, "" if there is none. `slot` is as in `roster.files`."""
        wanted = str(self._settings.get(_WANTED) or "")
        return "" if self.is_done(slot) else wanted

    def is_done(self, slot: str) -> bool:
        """Return True if an event has followed the newest request, or there was none."""
        done: str | None = self._settings.get(event_setting(_DONE, slot))
        wanted: str | None = self._settings.get(_WANTED)
        return done == wanted

    def record_done(self, slot: str, token: str) -> None:
        """Note that a snapshot which was begun after a request is in use now.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(event_setting(_DONE, slot), token)

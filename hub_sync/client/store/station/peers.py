"""The event's other stations, as the hub last listed them: who may be heard on the local network, and where to look first."""

from collections.abc import Iterable

from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.client.store.station.settings import StoredSettings, event_setting
from hub_sync.contract.lan import PeerRow, peers_digest

PEERS = "peers"
"""Setting of each event."""


class StoredPeers:
    """The stored list of an event's stations; of the event that the station serves, if `slot` is None.

    It holds while the hub is away.
    """

    def __init__(self, settings: StoredSettings, files: RosterFiles, slot: str | None = None) -> None:
        self._settings, self._files, self._slot = settings, files, slot

    def of(self, slot: str) -> "StoredPeers":
        """Return those of one event, whichever is served."""
        return StoredPeers(self._settings, self._files, slot)

    @property
    def _name(self) -> str:
        return event_setting(PEERS, self._files.served if self._slot is None else self._slot)

    def all(self) -> tuple[PeerRow, ...]:
        """Return all other stations, by id.

        Raises:
            StoreError: They could not be read.
        """
        rows = self._settings.get(self._name) or []
        return tuple(sorted((PeerRow.model_validate(row) for row in rows), key=lambda row: row.id))

    def digest(self) -> str:
        """Return the digest of the list, by which the hub recognises it; "" before the hub has sent one."""
        return "" if self._settings.get(self._name) is None else peers_digest(self.all())

    def replace(self, peers: Iterable[PeerRow]) -> None:
        """Replace the list. A station that is not on it any more is not heard from then on.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(self._name, [row.model_dump(mode="json") for row in peers])

    def forget(self) -> None:
        """Forget the list, because the station has another event or hub now."""
        if self._settings.get(self._name) is not None:
            self._settings.put(self._name, None)

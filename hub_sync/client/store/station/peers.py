"""The event's other stations, as the hub last listed them: who may be heard on the local network, and where to look first."""

from collections.abc import Iterable

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.lan import PeerRow, peers_digest

_PEERS = "peers"


class StoredPeers:
    """The stored list of stations. It holds while the hub is away."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings

    def all(self) -> tuple[PeerRow, ...]:
        """Return all other stations, by id.

        Raises:
            StoreError: They could not be read.
        """
        rows = self._settings.get(_PEERS) or []
        return tuple(sorted((PeerRow.model_validate(row) for row in rows), key=lambda row: row.id))

    def digest(self) -> str:
        """Return the digest of the list, by which the hub recognises it; "" before the hub has sent one."""
        return "" if self._settings.get(_PEERS) is None else peers_digest(self.all())

    def replace(self, peers: Iterable[PeerRow]) -> None:
        """Replace the list. A station that is not on it any more is not heard from then on.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(_PEERS, [row.model_dump(mode="json") for row in peers])

    def forget(self) -> None:
        """Forget the list, because the station serves another event or hub now."""
        if self._settings.get(_PEERS) is not None:
            self._settings.put(_PEERS, None)

"""The events whose rows a station may push: those that it serves, and those that it served once."""

from collections.abc import Mapping
from datetime import datetime

from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.sync_rows import CheckpointPlace
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey

EventPlaces = dict[str, Mapping[str, CheckpointPlace]]
"""Where each checkpoint leads, by the events that were read."""


class JournalEvents:
    """Reads what a push needs of each event when the first row of it comes: most pushes are about one event."""

    def __init__(self, work: Work, station: StationIdentity, places: EventPlaces) -> None:
        """Take what pushes of one transaction share: `places` is filled as events are read."""
        self._work, self._station, self._places = work, station, places
        self._ever: dict[str, datetime | None] | None = None

    def checkpoints_of(self, event_id: str) -> Mapping[str, CheckpointPlace] | None:
        """Return where each checkpoint of an event leads, deleted ones included; None: the station never served the event."""
        if event_id not in self._places:
            if event_id not in self._station.event_ids and event_id not in self.ever_assigned():
                return None
            self._places[event_id] = sync_rows.checkpoint_places(self._work.session, self.key(event_id))
        return self._places[event_id]

    def removed_at(self, event_id: str) -> datetime | None:
        """Return since when the station does not serve an event any more; None: it does."""
        return None if event_id in self._station.event_ids else self.ever_assigned().get(event_id)

    def ever_assigned(self) -> Mapping[str, datetime | None]:
        """Return all events that were ever assigned to the station, with the time since when it does not serve them."""
        if self._ever is None:
            self._ever = devices.ever_assigned(self._work, self._station.tenant_id, self._station.id)
        return self._ever

    def key(self, event_id: str) -> FeedKey:
        """Return the feed of an event."""
        return FeedKey(self._station.tenant_id, event_id)

    def lock(self, event_ids: set[str]) -> None:
        """Lock the feeds of several events in the order of their ids, so that two pushes about the same ones can't deadlock.

        The feed of one event alone is locked by what is written first: to lock it here would be a statement more.

        Raises:
            LookupError: an event has no feed.
        """
        if len(event_ids) > 1:
            self.lock_all(event_ids)

    def lock_all(self, event_ids: set[str]) -> None:
        """Lock the feeds of all these events, of a single one, too.

        Raises:
            LookupError: an event has no feed.
        """
        for event_id in sorted(event_ids):
            change_feed.lock(self._work.session, self.key(event_id))

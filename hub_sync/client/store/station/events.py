"""The events of a station: which it may serve, and which it serves now.

A station has one event by its enrolment, and may be assigned to more. It serves one of them at a time. Whatever belongs to an
event is stored once for each: its roster, its checkpoint, its operators, the stations on its network. So another event is served
by the commit of one setting, and a kill leaves either the one or the other. Decision: `docs/adr/0072-several-events-a-station.md`.
"""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime

from hub_sync.client.store.disk.encrypted_file import check_integrity
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.roster.feed import RosterFeed
from hub_sync.client.store.roster.files import OTHER_ROSTERS, VENUE_COPY, RosterFiles
from hub_sync.client.store.roster.schema import is_current
from hub_sync.client.store.station.operators import OPERATORS
from hub_sync.client.store.station.peers import PEERS
from hub_sync.client.store.station.settings import (
    ASSIGNED_CHECKPOINT,
    CHOSEN_CHECKPOINT,
    CHOSEN_DIRECTION,
    UNCLEAR_ROWS,
    StoredSettings,
    event_setting,
)
from hub_sync.contract.sync import AssignedEvent

SERVED_EVENT = "served_event"
"""Setting: the slot of the event that the station serves; null: that of the enrolment."""
ASSIGNED_EVENTS = "assigned_events"
"""Setting: the events that the station may serve, as the hub last listed them; null: the hub has listed none."""
_OF_EVENT = (
    VENUE_COPY,
    OPERATORS,
    PEERS,
    ASSIGNED_CHECKPOINT,
    CHOSEN_CHECKPOINT,
    CHOSEN_DIRECTION,
    UNCLEAR_ROWS,
)


class StationEvents:
    """One thread's view of the events. The slot that is served is common to all threads (`RosterFiles`)."""

    def __init__(self, settings: StoredSettings, files: RosterFiles) -> None:
        self._settings, self._files = settings, files

    def assigned(self) -> tuple[AssignedEvent, ...]:
        """Return the events that the station may serve, that of the enrolment first; none: the hub has listed none.

        Raises:
            StoreError: They could not be read.
        """
        rows = self._settings.get(ASSIGNED_EVENTS) or []
        return tuple(map(AssignedEvent.model_validate, rows))

    def assign(self, events: Iterable[AssignedEvent]) -> bool:
        """Store the events that the station may serve from now on. Return True if they are others than before.

        Raises:
            StoreError: They could not be written. A repeated call writes the rest.
        """
        rows = [event.model_dump(mode="json") for event in events]
        new = {row["id"] for row in rows} - {self.first_id(), *self._files.slots}
        if new:
            self._settings.put(OTHER_ROSTERS, {**self._files.other_numbers, **dict.fromkeys(new, 0)})
            self._files.add_events(new)
        if rows == self._settings.get(ASSIGNED_EVENTS):
            return False
        self._settings.put(ASSIGNED_EVENTS, rows)
        return True

    def first_id(self) -> str:
        """Return the id of the event of the enrolment; "" before it."""
        enrolment = self._settings.enrolment()
        return "" if enrolment is None else enrolment.event_id

    def served_id(self) -> str:
        """Return the id of the event that the station serves; "" before its enrolment."""
        return self._files.served or self.first_id()

    @property
    def is_served_assigned(self) -> bool:
        """False if the hub lists the events of this station, and the one that it serves is not among them any more."""
        assigned = self.assigned()
        return not assigned or self.served_id() in {event.id for event in assigned}

    def setting(self, name: str) -> str:
        """Return the name of a setting of the served event."""
        return event_setting(name, self._files.served)

    def with_roster(self) -> tuple[str, ...]:
        """Return the ids of the events whose rosters are on this disk."""
        return tuple(slot or self.first_id() for slot in self._files.slots if self._files.number(slot))

    def synced_at(self, event_id: str) -> datetime | None:
        """Return when an event's roster was last known to be complete; None: there is no roster of it.

        Raises:
            StoreError: It could not be read.
        """
        slot = self._files.slot_of(event_id)
        with closing(RosterFeed(self._files, self._settings, slot)) as feed:
            return feed.synced_at()

    def serve(self, event_id: str) -> bool:
        """Serve another event from now on, also after a restart. Return False if its roster is not on this disk, or damaged.

        Raises:
            StoreError: The disk failed; the station serves the event that it served before.
        """
        slot = self._files.slot_of(event_id)
        if slot == self._files.served:
            return True
        if not self._has_roster(slot):
            return False
        self._settings.put(SERVED_EVENT, slot or None)
        self._files.serve(slot)
        return True

    def _has_roster(self, slot: str) -> bool:
        number = self._files.number(slot)
        if not number:
            return False
        try:
            with closing(self._files.open(number)) as file:
                check_integrity(file)
                if is_current(file):
                    return True
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
        self._files.mark_damaged(number)
        return False

    def forget(self) -> None:
        """Forget everything but the event of the enrolment, because the station has another enrolment now."""
        for slot in self._files.slots:
            for name in _OF_EVENT if slot else ():
                if self._settings.get(event_setting(name, slot)) is not None:
                    self._settings.put(event_setting(name, slot), None)
        for name in (SERVED_EVENT, ASSIGNED_EVENTS, OTHER_ROSTERS):
            if self._settings.get(name) is not None:
                self._settings.put(name, None)
        self._files.forget_events()

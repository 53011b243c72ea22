"""Occupancy as this gate knows it: the hub's count, and scans of this station and its neighbours that are not in it yet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.client.store import Store
from hub_sync.contract.clock import epoch_ms
from hub_sync.rules.times.exit_all import ExitAll
from kiosk_app.messages import GateOutcome

MAX_COMPARED = 500
"""The number of people who are compared with the hub's presences at once, which takes some 5 ms of the gate's thread."""
_TOLD = -1
"""The sequence of people of whom only other stations told."""
_MAX_TOLD = 5_000
_HUB_LEAVES_WITHIN_MS = 60_000
"""The hub may take so long until everybody has left there."""
_PULLS_UNTIL_COUNTED = 2
"""A pull that was under way at the acknowledgement may end without the scan; the next one has it."""


@dataclass(frozen=True, slots=True)
class ZoneTotal:
    """The number of people in a zone, and its capacity. Zone "" is the event as a whole: who is in the venue."""

    zone: str
    current: int
    capacity: int | None


@dataclass(slots=True)
class _OwnScans:
    """The scans of one person at this station that the hub may not have counted."""

    sequence: int
    """Of the last one."""
    changes: Mapping[str, int]
    """What the scans change in the hub's counts, by zone."""
    pulls: int = 0
    """The number of pulls that ended since the last scan was acknowledged."""


class OccupancyCounter:
    """Adds this station's scans to the hub's figures, also those from before a restart. Belongs to the gate's thread.

    For each person with such scans, the place by the hub's presences is compared with the place by all that this station
    knows. So nobody counts twice whom another station has let in meanwhile.

    Where the station serves another event, everything is counted anew, by that event's scans.

    At the hour that everybody leaves nobody is inside: the hub's figures count again once they were pulled a minute after it.
    """

    def __init__(self) -> None:
        self._hour: ExitAll | None = None
        self._left = (0, False)
        """The last time that everybody left, and whether the hub's figures are of before."""
        self._people: dict[str, _OwnScans] = {}
        self._total: Counter[str] = Counter()
        self._journal_id, self._acknowledged = "", 0
        self._event_id = ""
        self._roster_as_of: datetime | None = None

    def add(self, store: Store, outcome: GateOutcome) -> None:
        """Count a scan of this station until the hub has counted it.

        Raises:
            StoreError: the store could not be read.
        """
        person = outcome.decision.participant_id
        if outcome.sequence is not None and outcome.decision.admits and person:
            self._update(store)
            self._compare(store, {person: outcome.sequence})

    def add_passage(self, store: Store, participant_id: str) -> None:
        """Count a person again whose admission was given back, or who passed late, until the hub has counted it.

        Raises:
            StoreError: the store could not be read.
        """
        self._update(store)
        self._compare(store, {participant_id: store.journal.end()[1]})

    def add_told(self, store: Store, people: Sequence[str]) -> None:
        """Count people of whom other stations told until the hub has counted them.

        Raises:
            StoreError: the store could not be read.
        """
        self._update(store)
        self._compare(store, {person: self._sequence_of(person) for person in people})

    def zones(self, store: Store, hour: ExitAll | None = None) -> tuple[ZoneTotal, ...]:
        """Return the event and its zones; the station's own scans count from the moment they were written.

        Args:
            store: the store.
            hour: the hour at which everybody leaves, as far as it has come; None: the event has none, or the clock is unsure.

        Raises:
            StoreError: the store could not be read.
        """
        self._hour = hour
        self._update(store)
        is_over = self._left[1]
        totals = {
            row.zone: ZoneTotal(row.zone, 0 if is_over else row.current, row.capacity)
            for row in store.venue.occupancy()
        }
        for zone, change in self._total.items():
            total = totals.get(zone, ZoneTotal(zone, 0, None))
            if change:
                totals[zone] = ZoneTotal(zone, max(0, total.current + change), total.capacity)
        return tuple(totals[zone] for zone in sorted(totals))

    def _update(self, store: Store) -> None:
        prefix, as_of, event = store.outbox.acknowledged(), store.venue.as_of(), store.venue.event()
        before, self._event_id = self._event_id, event.id if event is not None else ""
        if self._event_id != before:
            self._people.clear()
        self._let_all_leave(store, as_of)
        is_other = self._event_id != before or prefix.journal_id != self._journal_id
        if is_other or prefix.sequence < self._acknowledged:
            # At the start, at another event, where the journal begins anew, and where the hub has lost what it had.
            self._people.clear()
            self._total.clear()
            neighbours = dict.fromkeys(self._all_told(store), _TOLD)
            self._compare(store, neighbours | store.journal.people_since(as_of, self._event_id))
        elif as_of != self._roster_as_of:
            self._drop_counted(store, prefix.sequence)
        self._journal_id, self._acknowledged, self._roster_as_of = prefix.journal_id, prefix.sequence, as_of

    def _let_all_leave(self, store: Store, as_of: datetime | None) -> None:
        """Compare everybody anew when everybody has left, and when the hub's figures are of after that."""
        left_ms = 0 if self._hour is None else self._hour.last_ms
        left = left_ms, as_of is not None and epoch_ms(as_of) < left_ms + _HUB_LEAVES_WITHIN_MS
        if left != self._left:
            self._left = left
            self._compare(store, {person: own.sequence for person, own in self._people.items()})

    def _drop_counted(self, store: Store, acknowledged: int) -> None:
        """Forget the scans that the hub has counted, after the roster was pulled again."""
        self._compare_told(store)
        sent = {person: own for person, own in self._people.items() if _TOLD < own.sequence <= acknowledged}
        for own in sent.values():
            own.pulls += 1
        self._forget(person for person, own in sent.items() if own.pulls >= _PULLS_UNTIL_COUNTED)
        compared = self._people if len(self._people) <= MAX_COMPARED else sent.keys() & self._people.keys()
        self._compare(store, {person: self._people[person].sequence for person in compared})
        self._forget(person for person in sent if person in self._people and not self._people[person].changes)

    def _sequence_of(self, person: str) -> int:
        known = self._people.get(person)
        return _TOLD if known is None else known.sequence

    def _all_told(self, store: Store) -> tuple[str, ...]:
        """Return the people of whom other stations told before this program started."""
        return store.presence.people_of_peers(self._event_id, "", _MAX_TOLD)

    def _compare_told(self, store: Store) -> None:
        """Forget people of whom others told, as far as the hub has counted them. The longest known come first."""
        some = [person for person, known in self._people.items() if known.sequence == _TOLD][:MAX_COMPARED]
        self._compare(store, dict.fromkeys(some, _TOLD))
        self._forget(person for person in some if not self._people[person].changes)
        for person in some:
            if person in self._people:  # to the end
                self._people[person] = self._people.pop(person)

    def _compare(self, store: Store, sequences: Mapping[str, int]) -> None:
        """Compute the changes of these people again."""
        people = list(sequences)
        for start in range(0, len(people), MAX_COMPARED):
            some = people[start : start + MAX_COMPARED]
            everybody = store.presence.whereabouts(some, self._event_id, self._hour)
            for person, (counted, here) in everybody.items():
                at_hub = frozenset() if self._left[1] else counted
                changes = dict.fromkeys(here - at_hub, 1) | dict.fromkeys(at_hub - here, -1)
                changes[""] = bool(here) - bool(at_hub)
                self._set(person, sequences[person], {zone: by for zone, by in changes.items() if by})

    def _set(self, person: str, sequence: int, changes: Mapping[str, int]) -> None:
        before = self._people.get(person)
        self._total.subtract(before.changes if before else {})
        self._total.update(changes)
        is_same_scan = before is not None and before.sequence == sequence
        pulls = before.pulls if before is not None and is_same_scan else 0
        self._people[person] = _OwnScans(sequence, changes, pulls)

    def _forget(self, people: Iterable[str]) -> None:
        for person in list(people):
            self._total.subtract(self._people.pop(person).changes)

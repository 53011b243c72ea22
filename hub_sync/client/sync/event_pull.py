"""The pull of one event: fetches its roster page by page. A snapshot fills a new file that replaces the old one; deltas change it.

Ticket keys and operators are stored first from every page: a withdrawn key opens no ticket from then on, and a revoked operator
is signed off, however long the rest takes. What is said of queues follows them: no row of it stops a page.

An answer that can't be right changes nothing: a snapshot without the station's own event, an empty list of ticket keys
(`http.pull_pages`), and a snapshot that lacks known people or checkpoints, unless the hub repeats it (`snapshot_review`). If
the stored position leads to such an answer, the next pull asks for a snapshot, and so it does if the hub's number of
participants differs from the roster's (`roster_count`).
The station sends the digest of the keys that it has, so that the hub sends them again whenever they differ from its own.
Rows that were lost or not understood are pulled again (`unclear_rows`).

The roster's age counts from this station's corrected time at the request: the hub's clock may be wrong.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import structlog

from hub_sync.client.http.errors import (
    REVOKED,
    HubRefused,
    HubTimeout,
    InvalidHubResponse,
    ResponseTooLarge,
    StationRevoked,
)
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.live_changes import LivePosition, PulledChanges
from hub_sync.client.http.pull_pages import PulledPage
from hub_sync.client.process_memory import return_free_memory
from hub_sync.client.store.disk.disk_space import DiskState
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.roster.feed import RosterSnapshot, SnapshotIncomplete
from hub_sync.client.store.station.access import Leftovers
from hub_sync.client.store.store import Store
from hub_sync.client.sync.queue_pull import QueuePulling
from hub_sync.client.sync.roster_count import RosterCount
from hub_sync.client.sync.snapshot_review import SnapshotReview
from hub_sync.client.sync.unclear_rows import UnclearRows
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.bulletins import NO_BULLETINS
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.door import NO_DOOR
from hub_sync.contract.sync import AssignedEvent, EventRow, PullPage

MAX_PAGE_ROWS = 1000
"""Rows of a page. Parsing a page holds the interpreter's lock, which the gate needs: for 1,000 rows about 1 ms."""
MIN_PAGE_ROWS = 50
LARGE_SNAPSHOT = 10_000
"""Participants of a snapshot up to which it is written to a disk that is almost full, too: some megabytes."""
_REPEATED_CURSOR = "The hub repeats itself instead of sending what has changed."
_OTHER_EVENT = "The hub sent a list without this station's event. The last list stays in use."
_REFUSED_POSITION_STATUSES = (400, 409, 410, 422)
log = structlog.get_logger(__name__)
_LOST_ROWS = "The hub sent a list of which a part can't be read. The station asks for the whole list again."


class EventPull:
    """Pulls changes of one event's roster."""

    def __init__(
        self,
        store: Store,
        api: HubApi,
        clock: Clock,
        *,
        event_id: str = "",
        software: str = "",
        on_snapshot: Callable[[], None] = lambda: None,
        on_queues: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the pull.

        Args:
            store: The loop's own session.
            api: The loop's own connection.
            clock: The station's clock.
            event_id: The event; "" for that of a station that is not enrolled.
            software: Name and version of this program.
            on_snapshot: Called when the hub begins a snapshot: its past may have changed.
            on_queues: Called when queues are stored that are new or have changed.
        """
        self._store, self._api, self._on_snapshot = store, api, on_snapshot
        self._event_id = event_id
        self._slot = slot = store.slot_of(event_id)
        self._feed = store.feed_of(event_id)
        self._operators, self._peers = store.operators.of(slot), store.peers.of(slot)
        self._screening = store.screening.of(slot)
        self._bulletins, self._door = store.bulletins.of(slot), store.door.of(slot)
        self._snapshot: RosterSnapshot | None = None
        self._unclear = UnclearRows(store.settings, software, clock, slot)
        self._review = SnapshotReview(clock)
        self._count, self._starts_over = RosterCount(clock), False
        self._reload = self._snapshot_reload = ""
        """The reload that the next snapshot follows, and that which the present one follows."""
        self._timekeeper = Timekeeper(clock, store)
        self._queue = QueuePulling(store, event_id, on_queues)
        self._limit = MAX_PAGE_ROWS
        self._upto: tuple[int, str] | None = None
        """The number of the feed up to which the roster has everything, and the cursor to which it belongs; None: unknown."""

    def run_once(self) -> bool:
        """Pull and apply one page. Return True if there are more.

        Raises:
            HubClientError: No page came, or one that can't be used. The current roster stays in use.
            StationRevoked: The station was revoked meanwhile. Nothing of the page was stored.
            StoreError: The disk failed. The current roster stays in use.
        """
        position = self._position()
        if position is None:
            self._unclear.record_snapshot_request()
        self._queue.begin()
        requested_ms = epoch_ms(self._timekeeper.read().now)
        pulled = self._fetch(position)
        pulled = replace(pulled, page=pulled.page.model_copy(update={"server_time_ms": requested_ms}))
        self._upto = None
        with self._store.personal_data_lock:
            more = self._apply(pulled, position)
        self._note_position(pulled.page)
        return more

    def apply_changes(self, changes: PulledChanges) -> bool:
        """Apply changes that the live stream brought. Return False if the station must pull instead.

        The roster gets no younger by them: that all of it is known is only known of a pull.

        Raises:
            InvalidHubResponse: They can't be used.
            StoreError: The disk failed. The current roster stays in use.
        """
        if self._snapshot is not None or changes.pulled.page.snapshot:
            return False
        position = self._position()
        if position is None or position[0] != changes.epoch:
            return False
        upto, cursor = self._upto or (-1, "")
        if position[1] == cursor and changes.upto <= upto:
            return True
        if position[1] != changes.since and not (position[1] == cursor and changes.after <= upto):
            return False
        self._queue.begin()
        now_ms = epoch_ms(self._timekeeper.read().now)
        as_delta = {"more": True, "event_id": self._event_id, "server_time_ms": now_ms}
        page = changes.pulled.page.model_copy(update=as_delta)
        self._upto = None
        with self._store.personal_data_lock:
            self._apply(replace(changes.pulled, page=page), position, is_live=True)
        self._note_position(page)
        return True

    @property
    def live_position(self) -> LivePosition | None:
        """Where the roster is, for a stream that goes on from there; None: that is not known, or the next pull loads the whole list."""
        if self._upto is None or self._snapshot is not None:
            return None
        return LivePosition(self._event_id, self._upto[1])

    def has(self, cursor: str) -> bool:
        """Return True if a cursor of the hub's is the roster's own: there is nothing to pull."""
        position = None if self._snapshot is not None else self._position()
        return position is not None and position[1] == cursor

    def _note_position(self, page: PullPage) -> None:
        if page.upto is not None and not (page.snapshot and page.more):
            self._upto = page.upto, page.cursor

    def _apply(self, pulled: PulledPage, position: tuple[str, str] | None, *, is_live: bool = False) -> bool:
        page = pulled.page
        self._require_admitted()
        if page.more and position == (page.epoch, page.cursor):
            self._start_over(position)
            raise InvalidHubResponse(_REPEATED_CURSOR)
        self._require_own_event(page, position)
        self._apply_secrets(pulled)
        if page.operators is not None:
            self._operators.replace(page.operators)
        if page.peers is not None:
            self._peers.replace(page.peers)
        if page.bulletins is not None:
            self._bulletins.replace(page.bulletins, page.server_time_ms)
        if page.door is not None:
            self._door.replace(page.door)
        if page.assigned_events is not None:
            self._store.events.assign(page.assigned_events)
        elif page.event_id and not is_live:
            self._assign_alone(page)
        self._queue.apply(
            page,
            begins_snapshot=page.snapshot and self._snapshot is None,
            is_whole=not pulled.lost_rows,
        )
        if page.snapshot:
            self._apply_snapshot_page(pulled)
        else:
            self._apply_changes(pulled, position, has_all_journals=not is_live)
        if not page.more:
            self._take_assignment(page)
            self._door.forget_settled(page.event_id)
        return page.more

    def _apply_secrets(self, pulled: PulledPage) -> None:
        """Store ticket keys and blacklist. A board must have none, though an older hub sends them."""
        page, enrolment = pulled.page, self._store.settings.enrolment()
        if enrolment is not None and not enrolment.may_scan:
            return
        if page.keys is not None:
            if self._store.keys.loses(page.keys, unchanged=pulled.unclear_keys):
                self._store.access.note_leftovers(Leftovers.KEYS)
            self._store.keys.replace(page.keys, unchanged=pulled.unclear_keys, ended=page.ended_keys or ())
        if page.screening is not None:
            self._screening.replace(page.screening)

    def _take_assignment(self, page: PullPage) -> None:
        """Serve the checkpoint that the hub has assigned since at this event, which is in the roster by now."""
        assigned_id, settings = page.assigned_checkpoint_id, self._store.settings
        if assigned_id is not None and settings.assign_checkpoint(assigned_id or None, self._slot):
            log.info("checkpoint_assigned", checkpoint=assigned_id)

    def _assign_alone(self, page: PullPage) -> None:
        """Note that the station has the page's event alone, whose row is on the first page of a snapshot and of changes to it."""
        events = self._store.events
        known = [event for event in events.assigned() if event.id == page.event_id]
        row = next((row for row in page.events if row.id == page.event_id), None)
        if row is not None:
            known = [as_assigned(row)]
        if known:
            events.assign(known)

    @property
    def event_id(self) -> str:
        """The id of the event."""
        return self._event_id

    @property
    def not_understood(self) -> str:
        """The hub's words that this program does not understand, "" if there are none."""
        return self._unclear.words()

    @property
    def progress(self) -> tuple[int, int | None] | None:
        """The participants of an unfinished snapshot, received and announced; None if there is no such snapshot."""
        return None if self._snapshot is None else (self._snapshot.received, self._snapshot.total)

    def _position(self) -> tuple[str, str] | None:
        reload = self._store.feed_reload.due(self._slot)
        if self._snapshot is not None and self._snapshot.epoch is not None:
            if reload in ("", self._snapshot_reload):
                return self._snapshot.epoch, self._snapshot.cursor
            self.discard_snapshot()  # it was begun before the request
        self._reload = reload
        if reload:
            return None
        if self._starts_over or self._count.needs_snapshot or self._unclear.needs_snapshot():
            return None
        if self._queue.needs_snapshot:
            return None
        return self._feed.position()

    def _fetch(self, position: tuple[str, str] | None) -> PulledPage:
        is_anew = position is None and bool(self._reload)
        try:
            pulled = self._api.pull(
                position,
                self._limit,
                "" if is_anew else self._store.keys.digest(),
                "" if is_anew else self._operators.digest(),
                "" if is_anew else self._peers.digest(),
                event_id=self._event_id,
                count=self._count.is_due,
                journal_id=self._queue.journal_id,
                screening_stamp="" if is_anew else self._screening.stamp(),
                bulletins_stamp=NO_BULLETINS if is_anew else self._bulletins.stamp(),
                door_stamp=NO_DOOR if is_anew else self._door.stamp(),
            )
        except HubRefused as refusal:
            self.discard_snapshot()  # a cursor that the hub does not take is not position for twice
            if refusal.status in _REFUSED_POSITION_STATUSES:
                self._start_over(position)
            raise
        except (HubTimeout, ResponseTooLarge):
            self._limit = max(MIN_PAGE_ROWS, self._limit // 2)
            raise
        self._limit = min(MAX_PAGE_ROWS, self._limit * 2)
        if position is None:
            self._starts_over = self._count.needs_snapshot = False
        return pulled

    def _start_over(self, position: tuple[str, str] | None) -> None:
        """Ask for a snapshot with the next pull, because a position leads nowhere.

        Only once: the pull after it takes the stored position again, which brings changes if the snapshot is doubted.
        """
        self.discard_snapshot()
        self._starts_over = position is not None

    def _require_admitted(self) -> None:
        """Drop an answer that was under way while the station learned of its revocation: its names may be erased already."""
        if self._store.access.is_withdrawn or self._store.access.wiping_id:
            self.discard_snapshot()
            raise StationRevoked(REVOKED, "DeviceRevoked", HTTPStatus.FORBIDDEN)

    def _require_own_event(self, page: PullPage, position: tuple[str, str] | None) -> None:
        """Refuse a snapshot that begins without the event of this pull, and changes with another event."""
        if not self._event_id:
            return
        events = [event.id for event in page.events]
        begins = page.snapshot and self._snapshot is None
        is_other = page.event_id not in ("", self._event_id)
        if (begins and not events) or is_other or any(event_id != self._event_id for event_id in events):
            self._start_over(position)
            raise InvalidHubResponse(_OTHER_EVENT)

    def _apply_snapshot_page(self, pulled: PulledPage) -> None:
        page = pulled.page
        if self._snapshot is not None and self._snapshot.epoch != page.epoch:
            self.discard_snapshot()
        if self._snapshot is None:
            self._snapshot, self._snapshot_reload = self._feed.begin_snapshot(), self._reload
            self._on_snapshot()
            self._unclear.begin_snapshot()
        try:
            self._require_space()
            self._snapshot.add(page, pulled.dropped_participants)
            self._unclear.add(pulled)
            if not page.more:
                self._finish_snapshot(self._snapshot, page)
        except SnapshotIncomplete as incomplete:
            self.discard_snapshot()
            raise InvalidHubResponse(str(incomplete)) from incomplete
        except BaseException:
            self.discard_snapshot()
            raise

    def _require_space(self) -> None:
        """Leave the last space of the disk to scans: a hub at fault may send a snapshot without an end."""
        is_large = self._snapshot is not None and self._snapshot.received >= LARGE_SNAPSHOT
        if is_large and self._store.disk_space().state is DiskState.FULL:
            raise StoreError(StoreFault.FULL)

    def _finish_snapshot(self, snapshot: RosterSnapshot, last: PullPage) -> None:
        return_free_memory()  # of the pages that were parsed: what follows needs memory of its own
        snapshot.require_complete()
        vanished = self._feed.find_vanished(snapshot)
        self._review.require_credible(vanished, received=snapshot.received, dropped=snapshot.dropped)
        self._feed.carry_refused(snapshot)
        self._snapshot = None
        self._feed.publish_snapshot(snapshot, last)
        if self._snapshot_reload:
            self._store.feed_reload.record_done(self._slot, self._snapshot_reload)
        if vanished.people:
            self._count.restart()
        self._unclear.save()
        return_free_memory()

    def _apply_changes(
        self, pulled: PulledPage, position: tuple[str, str] | None, *, has_all_journals: bool
    ) -> None:
        if self._snapshot is not None or position is None:
            self.discard_snapshot()
            raise InvalidHubResponse("The hub sent changes where a whole roster was due.")
        self._unclear.add(pulled)
        if pulled.lost_rows:
            self._unclear.save()  # before the cursor moves
            # What is understood counts at once, but the roster is not complete, and gets no younger.
            self._feed.apply(pulled.page.model_copy(update={"more": True, "journals": None}))
            raise InvalidHubResponse(_LOST_ROWS)
        self._feed.apply(pulled.page, has_all_journals=has_all_journals)
        self._review.reset()
        self._unclear.save()
        if pulled.page.participant_count is not None and not pulled.page.more:
            self._count.compare(self._feed.participant_count(), pulled.page.participant_count)

    def discard_snapshot(self) -> None:
        """Discard an unfinished snapshot."""
        self._unclear.abandon_snapshot()
        if self._snapshot is not None:
            self._snapshot.discard()
            self._snapshot = None

    def drop_roster(self) -> None:
        """Remove the event's list, because the station may not serve the event any more, or it is over. The journal stays.

        Raises:
            StoreError: It could not be removed.
        """
        self.discard_snapshot()
        with self._store.personal_data_lock:
            self._feed.reset()
        self.close()

    def close(self) -> None:
        """Let go of the roster's file; the next pull opens it again."""
        self._feed.close()


def as_assigned(row: EventRow) -> AssignedEvent:
    """Return an event as the hub lists it for a station that has several."""
    return AssignedEvent(
        id=row.id,
        name=row.name,
        starts_at_ms=row.starts_at_ms,
        ends_at_ms=row.ends_at_ms,
        time_zone=row.time_zone,
    )

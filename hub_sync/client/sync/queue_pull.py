"""The queues in the pages of a pull: what the hub says of them is stored with the page, whatever becomes of the rest of it."""

from collections.abc import Callable

import structlog

from hub_sync.client.store.queue.stored_queue import QueuePage
from hub_sync.client.store.store import Store
from hub_sync.contract.sync import PullPage

QUEUE_PROFILES = frozenset({"kiosk", "desk", "board"})
"""Stations with these profiles get queues."""
_CONTACT_EVERY_MS = 5_000
log = structlog.get_logger(__name__)


class QueuePulling:
    """The queues of one event in its pull."""

    def __init__(self, store: Store, event_id: str, on_queues: Callable[[], None] = lambda: None) -> None:
        """Take the station's store, the event, and what is called once queues of a page are stored: they may want numbers."""
        self._store, self._event_id, self._on_queues = store, event_id, on_queues
        self._upto, self._journal_id = 0, ""
        self._needs_snapshot: bool | None = None
        self._noted_ms = 0

    @property
    def has_queues(self) -> bool:
        """True if the hub sends queues to this station."""
        enrolment = self._store.settings.enrolment()
        return enrolment is not None and enrolment.profile.lower() in QUEUE_PROFILES

    @property
    def journal_id(self) -> str:
        """The journal for which the page is asked for; "": no queues are wanted."""
        return self._journal_id

    @property
    def needs_snapshot(self) -> bool:
        """True if this station never got all of the event's queues, or lost them with its store."""
        if self._needs_snapshot is None:
            settings = self._store.queue.settings_of(self._event_id)
            self._needs_snapshot = self.has_queues and not (settings is not None and settings.is_complete)
        return self._needs_snapshot

    def begin(self) -> None:
        """Note what the station has before it asks."""
        self._upto = self._store.queue.actions.last_seq()
        self._journal_id = self._store.queue.journal_id() if self.has_queues else ""

    def apply(self, page: PullPage, *, begins_snapshot: bool, is_whole: bool = True) -> None:
        """Store what a page says of queues. A page that is not whole says nothing of what the hub refused.

        Raises:
            StoreError: the disk failed. The page comes again.
        """
        event_id = self._event_id or page.event_id
        if begins_snapshot:
            self._needs_snapshot = False  # of an older hub, too, that knows nothing of queues
        if page.queue is None and not self._journal_id:
            return  # a gate has none
        if page.queue is None:
            if page.server_time_ms - self._noted_ms >= _CONTACT_EVERY_MS:
                self._noted_ms = page.server_time_ms
                self._store.queue.note_contact(event_id, page.server_time_ms)
            return
        self._noted_ms = page.server_time_ms
        self._store.queue.apply(
            event_id,
            QueuePage(
                *(page.queue, begins_snapshot, self._upto, self._journal_id, page.server_time_ms),
                heads=(page.journals or ()) if is_whole else (),
            ),
        )
        if page.queue.queues or page.queue.is_on:
            self._on_queues()
        log.info("queue_pulled", actions=len(page.queue.actions), snapshot=begins_snapshot)

"""Background work: begin broadcasts whose time has come, end those that are through, and queue reminders."""

import threading

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.messages.automatic.reactions import remind
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.broadcasts.broadcasts import S
from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.tables import BroadcastMessage
from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 2.0
"""How often broadcasts are looked at."""
REMINDERS_EVERY = 15
"""Looks between two at reminders, which are late by half a minute at most."""

log = structlog.get_logger(__name__)


class BroadcastJob:
    """Looks at the broadcasts and reminders of all tenants. Several processes may: each act is done under a lock, once."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="broadcasts", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the transaction that is under way."""
        self._over.set()
        self._thread.join()

    def run_once(self) -> bool:
        """Begin what is due and end what is through; return True if there was something."""
        broadcast = BroadcastMessage
        with self._hub.uow.look_up() as work:
            over = broadcast.bulletin_until <= work.now() - bulletins.LAST_WORDS
            query = select(
                broadcast.tenant_id,
                broadcast.event_id,
                broadcast.id,
                broadcast.status,
                broadcast.bulletin_until,
            ).where(
                broadcast.status.in_((S.SCHEDULED, S.SENDING, S.PAUSED)),
                or_(over, broadcast.bulletin_until.is_(None) & (broadcast.status != S.PAUSED)),
            )
            rows = work.session.execute(query).all()
        has_acted = False
        for tenant_id, event_id, broadcast_id, status, bulletin_until in rows:
            act = broadcasts.begin_scheduled if status is S.SCHEDULED else broadcasts.end_if_done
            if bulletin_until is not None:
                act = bulletins.end_if_over
            with self._hub.uow.begin("system") as work:
                has_acted = act(work, FeedKey(tenant_id, event_id), broadcast_id) or has_acted
        return has_acted

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self.run_once()
                if self._looks % REMINDERS_EVERY == 0:
                    remind(self._hub.uow)
                    bulletins.include_new_stations(self._hub.uow)
                self._looks += 1
            except (HubError, SQLAlchemyError, DatabaseBusy, StorageFull, LookupError) as error:
                log.warning("broadcasts_wait", error=str(error).splitlines()[0])
            self._over.wait(POLL_S)

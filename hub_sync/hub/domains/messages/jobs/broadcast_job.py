"""Background work: begin broadcasts whose time has come, end those that are through, and queue reminders."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import or_, select

from hub_sync.hub.domains.messages.automatic.reactions import list_due, remind_event
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.broadcasts.broadcasts import S
from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.tables import BroadcastMessage
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

POLL_S = 2.0
"""How often broadcasts are looked at."""
REMINDERS_EVERY = 15
"""Looks between two at reminders, which are late by half a minute at most."""


class BroadcastJob(PeriodicJob):
    """Looks at the broadcasts and reminders of all tenants. Several processes may: each act is done under a lock, once."""

    name = "broadcasts"
    interval_s = POLL_S
    begins_at_once = True

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub
        self._looks = 0

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
            key = FeedKey(tenant_id, event_id)
            has_acted = bool(self.attempt(partial(self._act_on, act, key, broadcast_id))) or has_acted
        return has_acted

    def act(self) -> float:
        """Look at broadcasts, and now and then at reminders and at stations that are new."""
        looks, self._looks = self._looks, self._looks + 1
        self.attempt(self.run_once)
        if looks % REMINDERS_EVERY == 0:
            for key in self.attempt(partial(list_due, self._hub.uow)) or ():
                self.attempt(partial(remind_event, self._hub.uow, key))
            self.attempt(partial(bulletins.include_new_stations, self._hub.uow))
        return self.interval_s

    def _act_on(self, act: Callable[[Work, FeedKey, str], bool], key: FeedKey, broadcast_id: str) -> bool:
        with self._hub.uow.begin("system") as work:
            return act(work, key, broadcast_id)

"""Background work of waitlists: offers that nobody accepted expire, and seats that were collected long enough are given out."""

import threading

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.waitlist.promotion import promote
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome, WaitlistPromotion, WaitlistSettings
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.jobs import Job
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 2.0

log = structlog.get_logger(__name__)


def jobs(hub: HubContext) -> list[Job]:
    """Return the jobs of a process."""
    return [PromotionJob(hub)]


class PromotionJob:
    """Looks at waitlists whose time has come; an expiry and the offer to the next are one transaction."""

    def __init__(self, hub: HubContext) -> None:
        self._hub = hub
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="waitlist-promotions", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the transaction that is under way."""
        self._over.set()
        self._thread.join()

    def run_once(self) -> int:
        """Look at all waitlists that are due, and return how many offers were made."""
        with self._hub.uow.look_up() as work:
            expired, looked = _due(work)
        count = 0
        for key in sorted(expired | looked):
            if self._over.is_set():
                break
            with self._hub.uow.begin() as work:
                count += len(promote(work, key, "expired" if key in expired else "clock"))
        return count

    def _run(self) -> None:
        while not self._over.wait(INTERVAL_S):
            try:
                self.run_once()
            except (HubError, SQLAlchemyError, LookupError) as error:
                log.warning("waitlist_not_promoted", error=str(error).splitlines()[0])


def _due(work: Work) -> tuple[set[FeedKey], set[FeedKey]]:
    """Return the events with an offer that is over, and those with a waitlist that is to be looked at again."""
    now, o, s = work.now(), WaitlistPromotion, WaitlistSettings
    offers = (
        select(o.tenant_id, o.event_id)
        .where(o.outcome == PromotionOutcome.OPEN, o.hold_until < now)
        .distinct()
    )
    settings = select(s.tenant_id, s.event_id).where(s.look_at <= now, s.is_active)
    return (
        {FeedKey(*row) for row in work.session.execute(offers)},
        {FeedKey(*row) for row in work.session.execute(settings)},
    )

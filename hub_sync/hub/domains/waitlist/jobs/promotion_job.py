"""Let offers that nobody accepted expire, and give out seats that were collected long enough."""

from sqlalchemy import select

from hub_sync.hub.domains.waitlist.guests import seat_older_parties
from hub_sync.hub.domains.waitlist.promotion import promote
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome, WaitlistPromotion, WaitlistSettings
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 2.0


class PromotionJob(PeriodicJob):
    """Looks at waitlists whose time has come; an expiry and the offer to the next are one transaction."""

    name = "waitlist-promotions"
    interval_s = INTERVAL_S

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub
        self._looked_for_older_parties = False

    def run_once(self) -> int:
        """Look at all waitlists that are due, and return how many offers were made."""
        if not self._looked_for_older_parties:
            seat_older_parties(self._hub.uow)
            self._looked_for_older_parties = True
        with self._hub.uow.look_up() as work:
            expired, looked = _due(work)
        count = 0
        for key in sorted(expired | looked):
            if self.is_stopping:
                break
            with self._hub.uow.begin() as work:
                count += len(promote(work, key, "expired" if key in expired else "clock"))
        return count


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

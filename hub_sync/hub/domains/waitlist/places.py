"""The place of an entry: its position, and in a sentence what it waits for. The sentence is the plan's own reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.hub.domains.waitlist.entries import get, offers_of
from hub_sync.hub.domains.waitlist.errors import WaitlistOff, WaitlistPageUnknown
from hub_sync.hub.domains.waitlist.seats import WaitlistState, read_state
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry, WaitlistPromotion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.page_tokens import LONGEST_TOKEN, token_hash
from hub_sync.rules.waitlist.promotion import PromotionPlan, Why, WhyCode

WHY_SENTENCES: Mapping[WhyCode, str] = {
    WhyCode.NEXT: N_("It is next: %(free)s seats are free for it."),
    WhyCode.FULL: N_("No seat is free for it."),
    WhyCode.PARTY: N_("It needs %(needed)s seats, and %(free)s are free."),
    WhyCode.COLLECTING: N_("It needs %(needed)s seats; %(free)s are kept for it until %(until)s."),
    WhyCode.BEHIND_PARTY: N_("The free seats are kept for a party before it."),
    WhyCode.NEVER_FITS: N_("It needs %(needed)s seats, more than there are."),
    WhyCode.PAUSED: N_("The waitlist is paused."),
    WhyCode.TOO_LATE: N_("The last moment for offers is over."),
    WhyCode.OFF: N_("The waitlist is switched off, or the event is called off."),
    WhyCode.REGISTERED: N_("Skipped: the same person is registered already."),
    WhyCode.BLOCKED: N_("Skipped: somebody must look at this registration first."),
    WhyCode.CANCELLED: N_("Skipped: the registration was cancelled."),
}


def why_sentence(why: Why) -> tuple[str, dict[str, Any]]:
    """Return the sentence of a reason, to be translated, and what fills it in."""
    return WHY_SENTENCES[why.code], {"needed": why.needed, "free": why.free, "until": why.until}


@dataclass(frozen=True, slots=True)
class WaitlistPlace:
    """An entry with its place. `position`: from 1; None: it does not wait."""

    entry: WaitlistEntry
    offers: list[WaitlistPromotion]
    position: int | None
    waiting: int
    why: Why | None
    evaluated_at: datetime | None

    @property
    def offer(self) -> WaitlistPromotion | None:
        """The newest offer."""
        return self.offers[0] if self.offers else None


@dataclass(frozen=True, slots=True)
class WaitlistOverview:
    """An event's waitlist at one moment."""

    state: WaitlistState
    plan: PromotionPlan

    @property
    def places(self) -> Mapping[str, int]:
        """The position of each entry that waits, from 1."""
        return {id_: number for number, id_ in enumerate(self.plan.order, start=1)}


def read_overview(work: Work, key: FeedKey) -> WaitlistOverview | None:
    """Return the waitlist of an event with everybody's reason; None: it has none.

    Raises:
        EventNotFound: 404.
    """
    state = read_state(work, key)
    return None if state is None else WaitlistOverview(state, state.plan())


def require_overview(work: Work, key: FeedKey) -> WaitlistOverview:
    """Return the waitlist of an event.

    Raises:
        EventNotFound: 404.
        WaitlistOff: 409.
    """
    overview = read_overview(work, key)
    if overview is None:
        raise WaitlistOff
    return overview


def read_place(work: Work, key: FeedKey, entry_id: str) -> WaitlistPlace:
    """Return the place of an entry.

    Raises:
        EventNotFound, WaitlistEntryNotFound: 404.
    """
    entry = get(work, key, entry_id)
    overview = read_overview(work, key)
    offers = offers_of(work, key, entry_id)
    if overview is None or entry.status is not WaitlistStatus.WAITING:
        evaluated_at = None if overview is None else overview.state.settings.evaluated_at
        waiting = 0 if overview is None else len(overview.plan.order)
        return WaitlistPlace(entry, offers, None, waiting, None, evaluated_at)
    return WaitlistPlace(
        entry,
        offers,
        overview.places[entry_id],
        len(overview.plan.order),
        overview.plan.why[entry_id],
        overview.state.settings.evaluated_at,
    )


@dataclass(frozen=True, slots=True)
class PageOwner:
    """The entry of a page's token."""

    key: FeedKey
    entry_id: str
    language: str
    digest: str


def find_owner(work: Work, token: str) -> PageOwner:
    """Return the entry of a token.

    Raises:
        WaitlistPageUnknown: 404.
    """
    e = WaitlistEntry
    digest = token_hash(token)
    query = select(e.tenant_id, e.event_id, e.id, e.language).where(e.token_hash == digest)
    row: Any = work.session.execute(query).one_or_none() if len(token) <= LONGEST_TOKEN else None
    if row is None:
        raise WaitlistPageUnknown
    return PageOwner(FeedKey(row.tenant_id, row.event_id), row.id, row.language, digest)

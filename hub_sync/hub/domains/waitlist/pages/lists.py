"""The console's list of who waits, in their order with what each waits for, and the list of offers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.contract.enums import WaitlistStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.lists import ENTRIES, OFFERS
from hub_sync.hub.domains.waitlist.manifest import (
    FF_WAITLIST,
    OUTCOMES,
    PRIORITIES,
    STATUS_TONES,
    STATUSES,
    TRIGGERS,
    WAITLIST_MANAGE,
)
from hub_sync.hub.domains.waitlist.notices import are_silent
from hub_sync.hub.domains.waitlist.places import WaitlistOverview, why_sentence
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry, WaitlistPromotion
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.waitlist.promotion import Why
from hub_sync.rules.waitlist.seats import UNLIMITED

PATH = "/events/{event_id}/waitlist"
PER_PAGE = 50

router = PageRouter()


@dataclass(frozen=True, slots=True)
class _Slice:
    """A page of those who wait, as the template's `ui.pages` takes it."""

    rows: list[WaitlistEntry]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return max(1, -(-self.total // PER_PAGE))

    @property
    def skipped(self) -> int:
        """Return the number of rows before this page."""
        return (self.page - 1) * PER_PAGE


@router.get(PATH, permissions=WAITLIST_MANAGE, also=PARTICIPANTS_READ, flag=FF_WAITLIST)
def list_entries(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(ENTRIES.parse_console_query)]
) -> Response:
    """List who waits, the next one first; or entries of another status."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    overview = service.read_overview(page.work, key)
    result: Any
    if query.conditions:
        result = ENTRIES.page(page.work, service.entries_of(key), query, page.tenant_id)
    else:
        result = _waiting(page, key, overview, query.page)
    free = None if overview is None else overview.state.free.total
    return page.render(
        "waitlist/list.html",
        event=event,
        overview=overview,
        settings=None if overview is None else overview.state.settings,
        result=result,
        places={} if overview is None else overview.places,
        why=lambda entry: (
            None if overview is None else why_text(overview.plan.why.get(entry.id), event.time_zone)
        ),
        names=names_of(page, event_id, [row.participant_id for row in result.rows]),
        statuses=STATUSES,
        tones=STATUS_TONES,
        priorities=PRIORITIES,
        free=None if free == UNLIMITED else free,
        is_filtered=bool(query.conditions),
        offered=_count(page, key, WaitlistStatus.OFFERED),
        is_silent=are_silent(page.work, key),
    )


@router.get(f"{PATH}/offers", permissions=WAITLIST_MANAGE, also=PARTICIPANTS_READ, flag=FF_WAITLIST)
def list_offers(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(OFFERS.parse_console_query)]
) -> Response:
    """List the offers, the newest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    o, e = WaitlistPromotion, WaitlistEntry
    statement = select(o).where(o.tenant_id == page.tenant_id, o.event_id == event_id)
    result = OFFERS.page(page.work, statement, query, page.tenant_id)
    rows = page.work.session.execute(
        select(e.id, e.participant_id).where(
            e.tenant_id == page.tenant_id, e.id.in_([offer.entry_id for offer in result.rows])
        )
    )
    people = {row.id: row.participant_id for row in rows}
    return page.render(
        "waitlist/offers.html",
        event=event,
        result=result,
        people=people,
        names=names_of(page, event_id, people.values()),
        outcomes=OUTCOMES,
        triggers=TRIGGERS,
        is_filtered=bool(query.conditions),
    )


def names_of(page: Page, event_id: str, participant_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of participants by their ids."""
    people = participants.find_many(page.work, page.tenant_id, event_id, list(participant_ids))
    return {id_: participants.display_name(person) for id_, person in people.items()}


def why_text(why: Why | None, zone: str) -> str:
    """Return what an entry waits for in the language of the page; "" if it does not wait."""
    if why is None:
        return ""
    template, parameters = why_sentence(why)
    until = "" if why.until is None else formats.moment(why.until, zone)
    return _(template) % {**parameters, "until": until}


def _waiting(page: Page, key: FeedKey, overview: WaitlistOverview | None, wanted: int | None) -> _Slice:
    order = [] if overview is None else overview.plan.order
    number = max(1, min(wanted or 1, -(-len(order) // PER_PAGE)))
    ids = order[(number - 1) * PER_PAGE : number * PER_PAGE]
    query = service.entries_of(key).where(WaitlistEntry.id.in_(ids))
    rows = {entry.id: entry for entry in page.work.session.scalars(query)}
    return _Slice([rows[id_] for id_ in ids if id_ in rows], number, len(order))


def _count(page: Page, key: FeedKey, status: WaitlistStatus) -> int:
    query = service.entries_of(key).where(WaitlistEntry.status == status)
    return len(page.work.session.scalars(query).all())

"""The console's pages of a waitlist's settings, and of the preview of a capacity."""

from typing import Any

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.errors import QuotasTooLarge, WaitlistSettingsChanged
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST, PARTY_RULES, WAITLIST_MANAGE
from hub_sync.hub.domains.waitlist.pages.forms import PauseForm, SettingsForm, settings_values
from hub_sync.hub.domains.waitlist.schemas import MAX_CAPACITY
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.text_normalization import whole_number
from hub_sync.rules.waitlist.seats import UNLIMITED

_LIST = "/events/{event_id}/waitlist"
_SETTINGS = f"{_LIST}/settings"
_MOST_SHOWN = 200

router = PageRouter()


@router.get(_SETTINGS, permissions=WAITLIST_MANAGE, flag=FF_WAITLIST)
def edit_settings(page: PageCall, event_id: Id) -> Response:
    """Show the settings with their history."""
    event = events.get(page.work, page.tenant_id, event_id)
    settings = service.read_settings(page.work, FeedKey(page.tenant_id, event_id))
    entries = audit.entries_of(page.work, page.tenant_id, "waitlist", event_id)
    base = find_link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    return page.render(
        "waitlist/settings.html",
        event=event,
        settings=settings,
        values=settings_values(settings),
        rules=PARTY_RULES,
        public_url=f"{base}/waitlist/{event_id}",
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone),
    )


@router.post(
    _SETTINGS,
    permissions=WAITLIST_MANAGE,
    flag=FF_WAITLIST,
    on_error=edit_settings,
    beside={WaitlistSettingsChanged: "", QuotasTooLarge: "quotas"},
)
def update_settings(page: PageCall, event_id: Id) -> Response:
    """Update the settings; whoever gets a seat by it is offered one."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        settings = service.read_settings(work, key)
        steps = audit.entries_of(work, page.tenant_id, "waitlist", event_id)
        page.merge(settings_values(settings), audit.history(work, steps, event.time_zone), settings.version)
        service.update_settings(work, key, page.parse(SettingsForm).changes(), settings.version)
        service.promote(work, key, "settings")
    return page.redirect(f"/events/{event_id}/waitlist", say=_("The settings are saved."))


@router.post(f"{_LIST}/pause", permissions=WAITLIST_MANAGE, flag=FF_WAITLIST)
def pause(page: PageCall, event_id: Id) -> Response:
    """Pause the promotion, or go on."""
    paused, key = page.parse(PauseForm).paused, FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        service.update_settings(work, key, service.WaitlistSettingsChanges(is_paused=paused))
        service.promote(work, key, "settings")
    say = _("Nobody is offered seats until you go on.") if paused else _("Free seats are offered again.")
    return page.redirect(f"/events/{event_id}/waitlist", say=say)


@router.get(f"{_LIST}/preview", permissions=WAITLIST_MANAGE, also=PARTICIPANTS_READ, flag=FF_WAITLIST)
def preview(page: PageCall, event_id: Id) -> Response:
    """Show who would be offered seats if the event had another capacity."""
    event = events.get(page.work, page.tenant_id, event_id)
    overview = service.read_overview(page.work, FeedKey(page.tenant_id, event_id))
    typed = page.request.query_params.get("capacity", "").strip()
    number = whole_number(typed, MAX_CAPACITY)
    is_invalid = bool(typed) and number is None
    wanted = event.capacity if number is None else number
    context: dict[str, Any] = {
        "event": event,
        "capacity": wanted,
        "typed": typed,
        "is_invalid": is_invalid,
        "overview": overview,
    }
    if overview is None:
        return page.render("waitlist/preview.html", offers=[], **context)
    state = overview.state
    plan = state.plan_for(wanted)
    offers = plan.offers[:_MOST_SHOWN]
    people = participants.find_many(
        page.work, page.tenant_id, event_id, [state.participants[offer.entry_id] for offer in offers]
    )
    free = state.free.with_capacity(wanted).total
    return page.render(
        "waitlist/preview.html",
        offers=[(offer, people.get(state.participants[offer.entry_id])) for offer in offers],
        count=len(plan.offers),
        seats=sum(offer.seats for offer in plan.offers),
        free=None if free == UNLIMITED else free,
        used=state.free.used,
        display_name=participants.display_name,
        **context,
    )

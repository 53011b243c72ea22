"""The public page on which people register for an event. No login, no script, nothing of third parties.

It answers the same whether the address is registered or not: the rest is in the mail, which only the owner of the address gets. What is
sent is limited by the caller's address and by event. A field that people don't see and programs fill in stands for a robot.
"""

from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.domains.registration import service
from hub_sync.hub.domains.registration.errors import (
    RegistrationCategoryFull,
    RegistrationCategoryUnknown,
    RegistrationClosed,
    RegistrationConsentMissing,
    RegistrationFull,
    RegistrationPartyTooLarge,
    RegistrationPhoneMissing,
)
from hub_sync.hub.domains.registration.pages.forms import RegistrationForm
from hub_sync.hub.domains.registration.rules import RegistrationWindow
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.errors import PartyTooLarge, WaitlistFull, WaitlistOff
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

PATH = "/register/{event_id}"
FROM_AN_ADDRESS_A_MINUTE = 10
"""A family or an office may share an address."""
OF_AN_EVENT_A_MINUTE = 600
TRAP = "website"
"""The field that only programs fill in."""

router = PageRouter()


@router.get(PATH, public=True)
def show_form(page: PageCall, event_id: Id) -> Response:
    """Show the form, or why there is none now."""
    with page.reading() as work:
        return quiet(render_form(page, work, service.find_page(work, event_id)))


@router.post(
    PATH,
    public=True,
    on_error=show_form,
    beside={
        RegistrationCategoryUnknown: "category",
        RegistrationCategoryFull: "category",
        RegistrationFull: "on_waitlist",
        RegistrationPhoneMissing: "phone",
        RegistrationConsentMissing: "consent",
        RegistrationPartyTooLarge: "companions",
        PartyTooLarge: "companions",
        RegistrationClosed: "",
        RegistrationRefused: "",
        WaitlistFull: "",
        WaitlistOff: "",
    },
)
def register(page: PageCall, event_id: Id) -> Response:
    """Register, or join the waitlist."""
    limits = page.hub.rate_limits
    limits.acquire(f"registration:{page.network}", FROM_AN_ADDRESS_A_MINUTE).raise_if_exceeded()
    with page.hub.uow.look_up() as work:
        key = service.find_page(work, event_id)
    limits.acquire(f"registration-event:{event_id}", OF_AN_EVENT_A_MINUTE).raise_if_exceeded()
    wanted = ""
    if not page.value(TRAP):
        new = page.parse(RegistrationForm).registration(page.speech.language)
        with page.begin() as work:
            service.submit(work, key, new)
        wanted = "?waitlist=1" if new.on_waitlist else ""
    return page.redirect(f"/register/{event_id}/thanks{wanted}")


@router.get(f"{PATH}/thanks", public=True)
def show_thanks(page: PageCall, event_id: Id) -> Response:
    """Say what happens next, whoever asks."""
    with page.reading() as work:
        key = service.find_page(work, event_id)
        return quiet(
            page.render(
                "registration/thanks.html",
                event=events.read(work, *key),
                organiser=tenants.get(work, key.tenant_id).name,
                settings=service.read_settings(work, key),
                on_waitlist="waitlist" in page.request.query_params,
            )
        )


def render_form(page: Page, work: Work, key: FeedKey, *, is_preview: bool = False) -> Response:
    """Return the page with the form; `is_preview`: for the organiser, it can't be sent."""
    settings = service.read_settings(work, key)
    window = service.window_of(work, key, settings)
    free = service.free_seats(work, key)
    keeps_waitlist = waitlist.is_active(work, key)
    categories = []
    for name in settings.categories:
        left = service.free_of_category(work, key, settings, name)
        label = name if left is None or left > 0 else _("%(category)s (full)") % {"category": name}
        categories.append((name, label))
    return page.render(
        "registration/form.html",
        event=events.read(work, *key),
        organiser=tenants.get(work, key.tenant_id).name,
        settings=settings,
        is_open=is_preview or window is RegistrationWindow.OPEN,
        window=window,
        is_full=free <= 0,
        keeps_waitlist=keeps_waitlist,
        categories=categories,
        trap=TRAP,
        is_preview=is_preview,
    )


def quiet(response: Response) -> Response:
    """Return a page that no search engine lists, and whose address goes to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response

"""The console's pages of a registration page: its settings, a preview, and the link as a code to print."""

from fastapi.responses import Response
from markupsafe import Markup

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.registration import service
from hub_sync.hub.domains.registration.errors import RegistrationSettingsChanged, RegistrationWindowReversed
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE, REGISTRATION_MANAGE
from hub_sync.hub.domains.registration.pages.forms import RegistrationPageForm, settings_values
from hub_sync.hub.domains.registration.pages.public import render_form
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.text_types import Id

_PATH = "/events/{event_id}/registration"

router = PageRouter()


@router.get(_PATH, permissions=REGISTRATION_MANAGE, flag=FF_REGISTRATION_PAGE)
def edit_settings(page: PageCall, event_id: Id) -> Response:
    """Show the settings with their history."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    settings = service.read_settings(page.work, key)
    entries = audit.entries_of(page.work, page.tenant_id, "registration_page", event_id)
    return page.render(
        "registration/settings.html",
        event=event,
        settings=settings,
        values=settings_values(settings, event.time_zone),
        public_url=_public_url(page, event_id),
        keeps_waitlist=waitlist.is_active(page.work, key),
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone),
    )


@router.post(
    _PATH,
    permissions=REGISTRATION_MANAGE,
    flag=FF_REGISTRATION_PAGE,
    on_error=edit_settings,
    beside={RegistrationSettingsChanged: "", RegistrationWindowReversed: "closes_at"},
)
def update_settings(page: PageCall, event_id: Id) -> Response:
    """Update the settings."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        settings = service.read_settings(work, key)
        steps = audit.entries_of(work, page.tenant_id, "registration_page", event_id)
        current = settings_values(settings, event.time_zone)
        page.merge(current, audit.history(work, steps, event.time_zone), settings.version)
        changes = page.parse(RegistrationPageForm).changes(settings, event.time_zone)
        service.update_settings(work, key, changes, settings.version)
    return page.redirect(f"/events/{event_id}/registration", say=_("The settings are saved."))


@router.get(f"{_PATH}/preview", permissions=REGISTRATION_MANAGE, flag=FF_REGISTRATION_PAGE)
def preview(page: PageCall, event_id: Id) -> Response:
    """Show the page as people see it when it is open."""
    return render_form(page, page.work, FeedKey(page.tenant_id, event_id), is_preview=True)


@router.get(f"{_PATH}/poster", permissions=REGISTRATION_MANAGE, flag=FF_REGISTRATION_PAGE)
def show_poster(page: PageCall, event_id: Id) -> Response:
    """Show the address of the page as a code, to be printed."""
    event = events.get(page.work, page.tenant_id, event_id)
    url = _public_url(page, event_id)
    # segno draws it as paths; the address is not part of the markup.
    code = Markup(qr_codes.svg_inline(qr_codes.qr_code(url))) if url else ""  # noqa: S704
    return page.render("registration/poster.html", event=event, public_url=url, code=code)


def _public_url(page: Page, event_id: str) -> str:
    """Return the address of the public page; "": nobody knows the hub's."""
    base = find_link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    return f"{base}/register/{event_id}" if base else ""

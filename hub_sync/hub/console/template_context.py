"""The `page` object of templates: `page.csrf`, `page.nav`, `page.value(…)` and others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.console import flash
from hub_sync.hub.console.i18n.translation import _
from hub_sync.hub.console.navigation import NavGroup, navigation
from hub_sync.hub.console.state import EVENT_COOKIE, THEME_COOKIE, THEMES, EventChoice
from hub_sync.hub.console.submissions.form_drafts import DRAFT_FIELD, DRAFT_PARAMETER
from hub_sync.hub.console.submissions.form_tokens import FORM_TOKEN_FIELD, FormToken, issue_form_token
from hub_sync.hub.console.submissions.merging import BASE_FIELD, dump_base
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.csrf_masks import mask_token

if TYPE_CHECKING:
    from hub_sync.hub.console.page import Page

FRAGMENT_HEADER = "x-fragment"
"""The script requests only a page's content, for a dialog or to replace the current content."""
_SUMMARY_PLACE = Markup("<!-- invalid fields -->")
"""Where a form's summary of errors stands: it is written when all fields are known."""
OF_EVENTS = ("events:read", "occupancy:read", "check-in:scan")
"""Permissions of which any one allows to list the events."""


class View:
    """The page for its template; `user`, `errors`, `problem` and `value` are the page's own."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.user = page.caller if page.signed_in else None
        self.errors, self.problem, self.conflicts = page.errors, page.problem, page.conflicts
        self.value, self.values = page.value, page.values
        self.path = page.request.url.path
        self.flashes_shown = False
        self.zones: list[str] = []
        """The time zones of the times that the page shows, in their order."""
        self.summary_place = _SUMMARY_PLACE
        self._labels: dict[str, str] = {}
        self._focused = ""
        speech = page.speech
        self.language, self.direction, self.time_zone = speech.language, speech.direction, speech.time_zone

    @property
    def layout(self) -> str:
        """Return the template to extend: the whole console, only the content, or the page without a session."""
        if self.is_fragment:
            return "console/fragment.html"
        return "console/layout.html" if self.user else "console/outside.html"

    @property
    def is_fragment(self) -> bool:
        """Return True if the script requests only the page's content."""
        return FRAGMENT_HEADER in self._page.request.headers

    @cached_property
    def csrf(self) -> str:
        """Return the CSRF token of forms, masked: the page may be compressed (`kit.security.csrf_masks`)."""
        return mask_token(self.user.csrf_token) if self.user else ""

    @cached_property
    def form_token(self) -> str:
        """Return the form token: the same when the form is shown again, so that it stays the same form."""
        if self.user is None:
            return ""
        page = self._page
        if page.own_token or page.restored:
            return str(page.value(FORM_TOKEN_FIELD))
        token = FormToken(self.user.tenant_id, self.user.id, page.hub.new_id())
        return issue_form_token(page.hub.secret_box, token, page.now_s)

    @property
    def is_restored(self) -> bool:
        """Return True if the form shows input that was kept while the user signed in again."""
        return self._page.restored is not None or bool(self._page.value(DRAFT_FIELD))

    def base(self, values: Mapping[str, Any]) -> str:
        """Return the values that the form was opened with, for its hidden field; `values` are those stored now."""
        return self._page.base or str(self._page.value(BASE_FIELD)) or dump_base(values)

    @property
    def theme(self) -> str:
        """Return the chosen theme: light, dark or contrast; empty follows the system."""
        chosen = self._page.request.cookies.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def now(self) -> datetime:
        """Return the time of the hub's clock."""
        return self._page.hub.clock.now()

    @property
    def request_id(self) -> str:
        """Return the request's id in the log."""
        return getattr(self._page.request.state, "request_id", "")

    @property
    def here(self) -> str:
        """Return this page's path with its query."""
        query = self._page.request.url.query
        return f"{self.path}?{query}" if query else self.path

    def note_zone(self, zone: str) -> None:
        """Note that the page shows a time in this zone (empty: the browser's), so that it can name it."""
        name = zone or self.time_zone
        if name not in self.zones:
            self.zones.append(name)

    def note_field(self, name: str, label: str) -> None:
        """Note a field of the form, so that the summary of errors can name it and lead to it."""
        self._labels.setdefault(name, label)

    @property
    def has_invalid_fields(self) -> bool:
        """Return True if a message stands beside a field; else the form as a whole was refused."""
        return any(self.errors)

    @property
    def invalid_fields(self) -> Sequence[tuple[str, str]]:
        """Return the names and labels of the invalid fields, in the order of the form."""
        return [(name, label) for name, label in self._labels.items() if name in self.errors]

    def takes_focus(self, name: str) -> bool:
        """Return True for the first invalid field of the page: there the user goes on."""
        self._focused = self._focused or name
        return self._focused == name

    def may(self, *wanted: str) -> bool:
        """Return True if the user has any of these permissions; templates omit everything else."""
        return self.user is not None and self.user.has_any_permission(wanted)

    def url(self, **changes: Any) -> str:
        """Return this page's address with other query parameters; None removes one."""
        query = dict(self._page.request.query_params.items()) | changes
        parameters = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self.path}?{urlencode(parameters)}" if parameters else self.path

    def parameter(self, name: str, default: str = "") -> str:
        """Return a query parameter as it was sent."""
        return str(self._page.request.query_params.get(name, default))

    @cached_property
    def flashes(self) -> Sequence[flash.Flash]:
        """Return the flash message of the last action; it is shown once, and only on a whole page."""
        return (*self._flash, *self._draft_message)

    @property
    def _draft_message(self) -> Sequence[flash.Flash]:
        page = self._page
        if page.restored is not None:
            return (
                flash.Flash(
                    _("Your session had ended. What you typed is filled in again and not saved yet."), "info"
                ),
            )
        if self.user and page.sent is None and page.request.query_params.get(DRAFT_PARAMETER):
            return (
                flash.Flash(_("What was typed here before you signed in is not available any more."), "info"),
            )
        return ()

    @property
    def _flash(self) -> Sequence[flash.Flash]:
        cookie = self._page.request.cookies.get(flash.FLASH_COOKIE, "")
        if not cookie or self.is_fragment:
            return ()
        self.flashes_shown = True
        message = flash.from_cookie(self._page.hub.secret_box, cookie, self.now.timestamp())
        return (message,) if message else ()

    @cached_property
    def events(self) -> Sequence[EventChoice]:
        """Return the events of the event menu; none if the database fails."""
        if not self.may(*OF_EVENTS):
            return ()
        try:
            with self._page.reading() as work:
                return self._page.console.events(work, self._page.tenant_id, self._wanted_event)
        except (HubError, SQLAlchemyError):
            return ()

    @cached_property
    def event(self) -> EventChoice | None:
        """Return the chosen event: the page's own, else the one that was viewed last, else the first."""
        chosen = next((event for event in self.events if event.id == self._wanted_event), None)
        return chosen or next(iter(self.events), None)

    @property
    def is_template(self) -> bool:
        """Return True on a page of a template."""
        own = self._page.request.path_params.get("event_id")
        return any(event.id == own and event.is_template for event in self.events)

    @cached_property
    def nav(self) -> Sequence[NavGroup]:
        """Return the navigation."""
        if self.user is None:
            return ()
        event_id = self.event.id if self.event else ""
        return navigation(self._page.console.nav, self.user, event_id, self.path, self._count)

    @property
    def has_counters(self) -> bool:
        """Return True if the navigation has numbers, which the script keeps fresh by those of an event."""
        return self.event is not None and any(link.counter for group in self.nav for link in group.links)

    def _count(self, counter: str) -> int:
        """Return a number of the navigation; 0 if the database fails."""
        if self.event is None:
            return 0
        try:
            with self._page.reading() as work:
                return self._page.console.counters[counter](
                    work, FeedKey(self._page.tenant_id, self.event.id), self._page.caller
                )
        except SQLAlchemyError:
            return 0

    def remember(self, answer: Response) -> None:
        """Remember the page's event for pages that are about no event, unless it is a template. What a script fetches for an open page is no visit."""
        if self.is_fragment or self.is_template:
            return
        own = self._page.request.path_params.get("event_id", "")
        if own and self._page.request.cookies.get(EVENT_COOKIE) != own and answer.status_code == 200:  # noqa: PLR2004
            self._page.set_cookie(answer, EVENT_COOKIE, own)

    @property
    def _wanted_event(self) -> str:
        own = self._page.request.path_params.get("event_id")
        return str(own or self._page.request.cookies.get(EVENT_COOKIE, ""))

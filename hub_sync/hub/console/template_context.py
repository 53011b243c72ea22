"""What templates know of the page: `page.csrf`, `page.nav`, `page.value(…)` and the like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.console import flash
from hub_sync.hub.console.navigation import NavGroup, navigation
from hub_sync.hub.console.state import EVENT_COOKIE, THEME_COOKIE, THEMES, EventChoice
from hub_sync.hub.kit.errors import HubError

if TYPE_CHECKING:
    from hub_sync.hub.console.page import Page

FRAGMENT_HEADER = "x-fragment"
"""The script asks for a page's content alone, to put it in a dialog or in place of what is shown."""
OF_EVENTS = ("events:read", "occupancy:read", "check-in:scan")
"""Whoever may any of these may know which events there are."""


class View:
    """The page as its template sees it; `caller`, `user`, `errors`, `problem` and `value` are the page's own."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.user = page.caller if page.signed_in else None
        self.errors, self.problem = page.errors, page.problem
        self.value, self.values = page.value, page.values
        self.path = page.request.url.path
        self.flashes_shown = False
        speech = page.speech
        self.language, self.direction, self.time_zone = speech.language, speech.direction, speech.time_zone

    @property
    def layout(self) -> str:
        """What a template extends: the whole console, the content alone, or the page of a stranger."""
        if FRAGMENT_HEADER in self._page.request.headers:
            return "console/fragment.html"
        return "console/layout.html" if self.user else "console/outside.html"

    @property
    def csrf(self) -> str:
        """The token that forms carry."""
        return self.user.csrf_token if self.user else ""

    @property
    def theme(self) -> str:
        """Light, dark or contrast where somebody chose; empty: as the system has it."""
        chosen = self._page.request.cookies.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def now(self) -> datetime:
        """The hub's clock."""
        return self._page.hub.clock.now()

    @property
    def request_id(self) -> str:
        """Under which the log has this request."""
        return getattr(self._page.request.state, "request_id", "")

    @property
    def here(self) -> str:
        """This page's address with its query."""
        query = self._page.request.url.query
        return f"{self.path}?{query}" if query else self.path

    def may(self, *wanted: str) -> bool:
        """Whether the person may any of these: what they may not is not offered."""
        return self.user is not None and self.user.has_any_permission(wanted)

    def url(self, **changes: Any) -> str:
        """This page with other query parameters; None takes one away."""
        query = dict(self._page.request.query_params.items()) | changes
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def asked(self, name: str, default: str = "") -> str:
        """A query parameter as it was sent."""
        return str(self._page.request.query_params.get(name, default))

    @cached_property
    def flashes(self) -> Sequence[flash.Flash]:
        """What there is to say about the act that led here; shown once, and only on a whole page."""
        cookie = self._page.request.cookies.get(flash.FLASH_COOKIE, "")
        if not cookie or FRAGMENT_HEADER in self._page.request.headers:
            return ()
        self.flashes_shown = True
        said = flash.from_cookie(self._page.hub.secret_box, cookie, self.now.timestamp())
        return (said,) if said else ()

    @cached_property
    def events(self) -> Sequence[EventChoice]:
        """The events of the switcher; none where the database can't be asked."""
        if not self.may(*OF_EVENTS):
            return ()
        try:
            with self._page.reading() as work:
                return self._page.console.events(work, self._page.tenant_id, self._wanted_event)
        except (HubError, SQLAlchemyError):
            return ()

    @cached_property
    def event(self) -> EventChoice | None:
        """The chosen event: the page's own, else the one that was looked at last, else the first."""
        chosen = next((one for one in self.events if one.id == self._wanted_event), None)
        return chosen or next(iter(self.events), None)

    @cached_property
    def nav(self) -> Sequence[NavGroup]:
        """The navigation."""
        if self.user is None:
            return ()
        return navigation(self._page.console.nav, self.user, self.event.id if self.event else "", self.path)

    def remember(self, answer: Response) -> None:
        """Keep the page's event chosen for the pages that are about none."""
        own = self._page.request.path_params.get("event_id", "")
        if own and self._page.request.cookies.get(EVENT_COOKIE) != own and answer.status_code == 200:  # noqa: PLR2004
            self._page.set_cookie(answer, EVENT_COOKIE, own)

    @property
    def _wanted_event(self) -> str:
        own = self._page.request.path_params.get("event_id")
        return str(own or self._page.request.cookies.get(EVENT_COOKIE, ""))

"""The console's routes: what they ask of a caller stands on them, and nobody gets past unasked.

    router = PageRouter()

    @router.get("/settings/audit", permissions=AUDIT_READ)
    def show_audit(page: PageCall) -> Response:
        return page.render("audit/list.html", entries=audit.latest(page.work, page.tenant_id))

    @router.post("/events/new", permissions="events:create", on_error=new_event, beside={EventExists: "slug"})
    def make_event(page: PageCall) -> Response:
        asked = page.parse(EventForm)
        with page.begin() as work:
            event = events.create(work, page.tenant_id, asked.new_event())
        return page.redirect(f"/events/{event.id}", say=_("The event is made."))

Endpoints are plain `def`: they run on a thread. A page is admitted in the snapshot that it reads from; a form is read
before, and admitted in a snapshot of its own. `on_error` is the endpoint of the page that has the form: it is shown
again, with the answer's status, what was sent and the messages.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from hub_sync.hub.console.error_pages import error_page
from hub_sync.hub.console.i18n.translation import N_, speaking
from hub_sync.hub.console.page import Page
from hub_sync.hub.console.security.same_origin import require_same_origin
from hub_sync.hub.kit.errors import HubError, NotFound, Unauthorized, Unprocessable
from hub_sync.hub.kit.http.urls import split_url
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import SAFE_METHODS

SIGN_IN = "/sign-in"
Endpoint = Callable[..., Response]


class NulInForm(Unprocessable, variant=True):
    """A field of the form contains a NUL character."""

    template = N_("The form contains a NUL character.")


async def _page(request: Request) -> Page:
    sent = None
    if request.method not in SAFE_METHODS:
        async with request.form() as form:
            sent = {name: [one for one in form.getlist(name) if isinstance(one, str)] for name in form}
        if any("\x00" in text for name, texts in sent.items() for text in (name, *texts)):
            raise NulInForm
    return Page(request.app.state.hub, request.app.state.console, request, sent)


PageCall = Annotated[Page, Depends(_page)]


class PageRouter(APIRouter):
    """Pages and their forms, every one of which says what it needs. What leads to them stands in the manifest."""

    def __init__(self) -> None:
        super().__init__(include_in_schema=False)

    def get(self, path: str, **told: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override]
        """A page; for the arguments see `_route`."""
        return self._route("GET", path, **told)

    def post(self, path: str, **told: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override]
        """What a form does."""
        return self._route("POST", path, **told)

    def _route(
        self,
        method: str,
        path: str,
        *,
        permissions: str | Sequence[str] | None = None,
        flag: str | None = None,
        public: bool = False,
        on_error: Endpoint | None = None,
        beside: Mapping[type[HubError], str | tuple[str, str]] | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """`permissions`: a permission, several of which one is enough, `()`: being signed in; `public`: nobody need be.

        `on_error`: the page to show again; `beside`: the field that an error is about ("": none of them), or that and
        the sentence that the page says (see `Page.refuse`).
        """
        if (permissions is None) is not public:
            raise TypeError(f"{method} {path}: say what it needs, or that it is public")
        any_of = (permissions,) if isinstance(permissions, str) else tuple(permissions or ())
        access = None if public else Access(any_of, flag)

        def register(endpoint: Endpoint) -> Endpoint:
            door = _Door(endpoint, access, on_error, dict(beside or {}))
            self.add_api_route(path, door.guarded(), methods=[method], response_model=None)
            return endpoint

        return register


class _Door:
    """Lets a request through to its endpoint, and turns refusals into pages."""

    def __init__(
        self,
        endpoint: Endpoint,
        access: Access | None,
        on_error: Endpoint | None,
        beside: Mapping[type[HubError], str | tuple[str, str]],
    ) -> None:
        self._endpoint, self._access, self._on_error, self._beside = endpoint, access, on_error, beside
        self._name = _page_parameter(endpoint)

    def guarded(self) -> Endpoint:
        """The endpoint behind the door, as a route of FastAPI."""

        @functools.wraps(self._endpoint)
        def guarded(**arguments: Any) -> Response:
            page: Page = arguments[self._name]
            with speaking(page.speech):
                return self._answer(page, arguments)

        guarded.is_page = True  # type: ignore[attr-defined]
        guarded.access = self._access  # type: ignore[attr-defined]
        guarded.is_public = self._access is None  # type: ignore[attr-defined]
        return guarded

    def _answer(self, page: Page, arguments: Mapping[str, Any]) -> Response:
        try:
            if page.sent is not None:
                require_same_origin(page.request, page.hub.settings.public_url)
            with page.reading():
                page.admit(self._access)
                if page.sent is None:
                    with speaking(page.speech):
                        return self._endpoint(**arguments)
        except Unauthorized as error:
            return error_page(page, error) if page.signed_in else _to_sign_in(page)
        except HubError as error:
            return error_page(page, error)
        with speaking(page.speech):
            return self._act(page, arguments)

    def _act(self, page: Page, arguments: Mapping[str, Any]) -> Response:
        try:
            return self._endpoint(**arguments)
        except HubError as error:
            if self._on_error is None or isinstance(error, NotFound):
                return error_page(page, error)
            told = next((self._beside[kind] for kind in type(error).__mro__ if kind in self._beside), "")
            page.refuse(error, *((told,) if isinstance(told, str) else told))
        try:
            with page.reading():
                return self._on_error(**_accepted(self._on_error, page, arguments))
        except HubError as error:
            return error_page(page, error)


def _page_parameter(endpoint: Endpoint) -> str:
    for name, parameter in inspect.signature(endpoint).parameters.items():
        if parameter.annotation == PageCall:
            return name
    raise TypeError(f"{endpoint.__name__} takes no PageCall")


def _accepted(endpoint: Endpoint, page: Page, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Of the form's arguments those that its page takes too (its path's parameters)."""
    taken = inspect.signature(endpoint).parameters
    given = {name: value for name, value in arguments.items() if name in taken}
    return given | {_page_parameter(endpoint): page}


def _to_sign_in(page: Page) -> Response:
    """Sign in first, and come back to this page, or to the one that the form stood on."""
    back = page.request.url.path + (f"?{page.request.url.query}" if page.request.url.query else "")
    if page.sent is not None:
        back = split_url(page.request.headers.get("referer", "")).path or "/"
    query = "" if back in ("/", SIGN_IN) else "?" + urlencode({"next": back})
    return page.redirect(SIGN_IN + query)

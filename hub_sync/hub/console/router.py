"""Router of the console: every route declares the permissions that it needs.

    router = PageRouter()

    @router.get("/settings/audit", permissions=AUDIT_READ)
    def show_audit(page: PageCall) -> Response:
        return page.render("audit/list.html", entries=audit.latest(page.work, page.tenant_id))

    @router.post("/events/new", permissions="events:create", on_error=new_event, beside={EventExists: "slug"})
    def create_event(page: PageCall) -> Response:
        form = page.parse(EventForm)
        with page.begin() as work:
            event = events.create(work, page.tenant_id, form.new_event())
        return page.redirect(f"/events/{event.id}", say=_("The event is created."))

Endpoints are plain `def`: they run on a thread. Access to a page is checked in the snapshot that it reads from; access to
a form in a snapshot of its own. `on_error` is the endpoint of the page that has the form: it is rendered again, with
the status of the error, the sent fields and the messages.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from hub_sync.hub.console.error_pages import error_page
from hub_sync.hub.console.forms import CSRF_FIELD
from hub_sync.hub.console.i18n.translation import N_, speaking
from hub_sync.hub.console.page import Page
from hub_sync.hub.console.security.same_origin import require_same_origin
from hub_sync.hub.kit.errors import HubError, NotFound, Unauthorized, Unprocessable
from hub_sync.hub.kit.http.urls import split_url
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import SAFE_METHODS
from hub_sync.hub.kit.security.csrf_masks import unmask_token

SIGN_IN = "/sign-in"
Endpoint = Callable[..., Response]


class NulInForm(Unprocessable, variant=True):
    """A field of the form contains a NUL character."""

    template = N_("The form contains a NUL character.")


async def _page(request: Request) -> Page:
    sent = None
    if request.method not in SAFE_METHODS:
        async with request.form() as form:
            sent = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}
        if any("\x00" in text for name, texts in sent.items() for text in (name, *texts)):
            raise NulInForm
        if CSRF_FIELD in sent:
            sent[CSRF_FIELD] = [unmask_token(value) for value in sent[CSRF_FIELD]]
    return Page(request.app.state.hub, request.app.state.console, request, sent)


PageCall = Annotated[Page, Depends(_page)]


class PageRouter(APIRouter):
    """Router of pages and forms, which all declare their permissions. The manifest has the navigation to them."""

    def __init__(self) -> None:
        super().__init__(include_in_schema=False)

    def get(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override]
        """Register a page; see `_route` for the arguments."""
        return self._route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:  # type: ignore[override]
        """Register the endpoint of a form; see `_route` for the arguments."""
        return self._route("POST", path, **options)

    def _route(
        self,
        method: str,
        path: str,
        *,
        permissions: str | Sequence[str] | None = None,
        also: str = "",
        flag: str | None = None,
        public: bool = False,
        on_error: Endpoint | None = None,
        beside: Mapping[type[HubError], str | tuple[str, str]] | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        """Register an endpoint.

        `permissions`: a permission, or several of which one is enough; `()`: any signed-in user; `public`: everybody.
        `also`: a permission that is needed beside those, to read what the page shows.
        `on_error`: the page to render again; `beside`: the field that an error is about ("": none of them), or that
        field and the message of the page (see `Page.refuse`).
        """
        if (permissions is None) is not public:
            raise TypeError(f"{method} {path}: say what it needs, or that it is public")
        any_of = (permissions,) if isinstance(permissions, str) else tuple(permissions or ())
        access = None if public else Access(any_of, flag, (also,) if also else ())

        def register(endpoint: Endpoint) -> Endpoint:
            guard = _Guard(endpoint, access, on_error, dict(beside or {}))
            self.add_api_route(path, guard.guarded(), methods=[method], response_model=None)
            return endpoint

        return register


class _Guard:
    """Guard of an endpoint: checks access and turns errors into pages."""

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
        """Return the guarded endpoint as a route of FastAPI."""

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
                require_same_origin(page.request, page.hub.settings.public_url, page.hub.trusted_proxies)
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
            return self._submit(page, arguments)

    def _submit(self, page: Page, arguments: Mapping[str, Any]) -> Response:
        try:
            return self._endpoint(**arguments)
        except HubError as error:
            if self._on_error is None or isinstance(error, NotFound):
                return error_page(page, error)
            beside = next((self._beside[kind] for kind in type(error).__mro__ if kind in self._beside), "")
            page.refuse(error, *((beside,) if isinstance(beside, str) else beside))
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
    """Return those arguments of the form that its page takes too (the path's parameters)."""
    taken = inspect.signature(endpoint).parameters
    accepted = {name: value for name, value in arguments.items() if name in taken}
    return accepted | {_page_parameter(endpoint): page}


def _to_sign_in(page: Page) -> Response:
    """Redirect to the sign-in page, and afterwards back to this page or to the page of the form."""
    back = page.request.url.path + (f"?{page.request.url.query}" if page.request.url.query else "")
    if page.sent is not None:
        back = split_url(page.request.headers.get("referer", "")).path or "/"
    query = "" if back in ("/", SIGN_IN) else "?" + urlencode({"next": back})
    return page.redirect(SIGN_IN + query)

"""Router of the console: every route declares the permissions that it needs.

    router = PageRouter()

    @router.get("/settings/audit", permissions=AUDIT_READ)
    def show_audit(page: PageCall) -> Response:
        return page.render("audit/list.html", entries=audit.latest(page.work, page.tenant_id))

    @router.post(
        "/events/new", permissions="events:create", creates=True, on_error=new_event, beside={EventExists: "slug"}
    )
    def create_event(page: PageCall) -> Response:
        form = page.parse(EventForm)
        with page.begin() as work:
            event = events.create(work, page.tenant_id, form.new_event())
        return page.redirect(f"/events/{event.id}", say=_("The event is created."))

Endpoints are plain `def`: they run on a thread. Access to a page is checked in the snapshot that it reads from; access to
a form in a snapshot of its own, and if the form is large before it is read (`kit.http.body_after_authorization`). `on_error` is the endpoint of the page that has the form: it is rendered again, with
the status of the error, the sent fields and the messages. `creates`: the same form sent twice acts once.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.console.error_pages import database_page, error_page
from hub_sync.hub.console.forms import CSRF_FIELD
from hub_sync.hub.console.i18n.translation import N_, _, speaking
from hub_sync.hub.console.page import Page
from hub_sync.hub.console.page_visit import FormOutdated
from hub_sync.hub.console.security.same_origin import require_same_origin
from hub_sync.hub.console.submissions.confirmations import (
    WITHDRAWN_FIELD,
    ConfirmationNeeded,
    Question,
)
from hub_sync.hub.console.submissions.form_drafts import DRAFT_PARAMETER
from hub_sync.hub.kit.errors import Forbidden, HubError, NotFound, Unauthorized, Unprocessable
from hub_sync.hub.kit.http.body_after_authorization import read_body
from hub_sync.hub.kit.http.urls import safe_local_path, split_url
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import SAFE_METHODS
from hub_sync.hub.kit.security.csrf_masks import unmask_token
from hub_sync.hub.kit.table_files.uploads import FILE_FIELD, receive_upload

SIGN_IN = "/sign-in"
Endpoint = Callable[..., Response]


class NulInForm(Unprocessable, variant=True):
    """A field of the form contains a NUL character."""

    template = N_("The form contains a NUL character.")


class FormOfAnother(Forbidden, variant=True):
    """The form was rendered for another user, or its token is too old."""

    template = N_("This page was opened in another sign-in. Nothing was changed: open the page again.")


async def _page(request: Request) -> Page:
    page = Page(request.app.state.hub, request.app.state.console, request, None)
    if request.method not in SAFE_METHODS:
        page.sent = {}
        if getattr(request.scope["endpoint"], "takes_file", 0):
            await _receive_file(page)
            return page
        try:
            await read_body(request, partial(_authorize, page))
        except HubError:
            if page.refusal is None:
                raise
        else:
            page.sent = await _parse_form(request)
    return page


async def _receive_file(page: Page) -> None:
    """Receive the form of a page that takes a file, once its sender is authorized."""
    with suppress(HubError):  # the page's refusal answers the request
        await _authorize(page)
    if page.refusal is not None or not page.signed_in:
        return
    try:
        page.upload = await receive_upload(page.request)
    except HubError as error:
        page.upload_refusal = error
    else:
        page.sent = _checked(page.upload.fields)


async def _authorize(page: Page) -> None:
    """Check that the form may be read: where it comes from, and what its sender may do.

    Raises:
        HubError: 401, 403, 404, 429; it is the page's `refusal`.
    """
    try:
        require_same_origin(page.request, page.hub.settings.public_url, page.hub.trusted_proxies)
        await run_in_threadpool(page.authorize_form, page.request.scope["endpoint"].access)
    except HubError as error:
        page.refusal = error
        raise


async def _parse_form(request: Request) -> dict[str, list[str]]:
    async with request.form() as form:
        sent = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}
    return _checked(sent)


def _checked(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the fields of a form that can be stored, with the token as it is compared.

    Raises:
        NulInForm: 422.
    """
    sent = {name: list(values) for name, values in fields.items()}
    if any("\x00" in text for name, texts in sent.items() for text in (name, *texts)):
        raise NulInForm
    if CSRF_FIELD in sent:
        sent[CSRF_FIELD] = [unmask_token(value) for value in sent[CSRF_FIELD]]
    return sent


PageCall = Annotated[Page, Depends(_page)]


class PageRouter(APIRouter):
    """Router of pages and forms, which all declare their permissions. The manifest has the navigation to them."""

    def __init__(self) -> None:
        super().__init__(include_in_schema=False)
        self._page_paths: set[str] = set()

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
        also: str | Sequence[str] = "",
        flag: str | None = None,
        public: bool = False,
        on_error: Endpoint | None = None,
        beside: Mapping[type[HubError], str | tuple[str, str]] | None = None,
        creates: bool = False,
        takes_file: int = 0,
    ) -> Callable[[Endpoint], Endpoint]:
        """Register an endpoint.

        `permissions`: a permission, or several of which one is enough; `()`: any signed-in user; `public`: everybody.
        `also`: a permission that is needed beside those, or several that are, to read what the page shows.
        `takes_file`: the most bytes of the file that the form has (`page.upload`, beside its field); 0: it has none.
        `on_error`: the page to render again; `beside`: the field that an error is about ("": none of them), or that
        field and the message of the page (see `Page.refuse`). `creates`: the form creates something, and acts once even
        if it is sent twice; its endpoint begins one transaction. The page of a form is registered before the form.
        """
        if (permissions is None) is not public:
            raise TypeError(f"{method} {path}: say what it needs, or that it is public")
        any_of = (permissions,) if isinstance(permissions, str) else tuple(permissions or ())
        all_of = tuple(filter(None, (also,) if isinstance(also, str) else also))
        access = None if public else Access(any_of, flag, all_of)

        if method == "GET":
            self._page_paths.add(path)

        def register(endpoint: Endpoint) -> Endpoint:
            guard = _Guard(
                endpoint,
                access,
                on_error,
                dict(beside or {}),
                creates,
                has_page=path in self._page_paths,
                takes_file=takes_file,
            )
            # A public page is asked for by HEAD, too: by programs that check links. The server leaves its body out.
            methods = ["GET", "HEAD"] if public and method == "GET" else [method]
            self.add_api_route(path, guard.guarded(), methods=methods, response_model=None)
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
        creates: bool,
        *,
        has_page: bool,
        takes_file: int = 0,
    ) -> None:
        self._takes_file = takes_file
        self._endpoint, self._access, self._on_error, self._beside = endpoint, access, on_error, beside
        self._creates, self._has_page = creates, has_page
        self._name = _page_parameter(endpoint)

    def guarded(self) -> Endpoint:
        """Return the guarded endpoint as a route of FastAPI."""

        @functools.wraps(self._endpoint)
        def guarded(**arguments: Any) -> Response:
            page: Page = arguments[self._name]
            with speaking(page.speech):
                try:
                    return self._answer(page, arguments)
                except OperationalError as error:
                    if page.sent is None:
                        raise
                    return database_page(page, error)
                finally:
                    if page.upload is not None:
                        page.upload.file.close()

        guarded.is_page = True  # type: ignore[attr-defined]
        guarded.access = self._access  # type: ignore[attr-defined]
        guarded.is_public = self._access is None  # type: ignore[attr-defined]
        guarded.creates = self._creates  # type: ignore[attr-defined]
        guarded.takes_file = self._takes_file  # type: ignore[attr-defined]
        return guarded

    def _answer(self, page: Page, arguments: Mapping[str, Any]) -> Response:
        try:
            if page.refusal is not None:
                raise page.refusal
            if page.sent is not None:
                require_same_origin(page.request, page.hub.settings.public_url, page.hub.trusted_proxies)
            if page.upload_refusal is not None and self._on_error is not None:
                page.refuse(page.upload_refusal, FILE_FIELD)
                with speaking(page.speech):
                    return self._show_form(page, arguments, self._on_error)
            with page.reading():
                page.admit(self._access)
                if page.sent is None:
                    page.restore_draft()
                    with speaking(page.speech):
                        return self._endpoint(**arguments)
        except Unauthorized as error:
            return error_page(page, error) if page.signed_in else self._to_sign_in(page)
        except FormOutdated as error:
            with speaking(page.speech):
                return self._show_outdated(page, arguments, error)
        except HubError as error:
            return error_page(page, error)
        with speaking(page.speech):
            return self._submit(page, arguments)

    def _submit(self, page: Page, arguments: Mapping[str, Any]) -> Response:
        try:
            if page.value(WITHDRAWN_FIELD) and self._on_error is not None:
                return self._show_form(page, arguments, self._on_error)
            return self._carry_out(page, arguments)
        except ConfirmationNeeded as error:
            return self._ask(page, error.question)
        except HubError as error:
            # A page whose address has a token speaks its owner's language, which the endpoint has found meanwhile.
            with speaking(page.speech):
                return self._show_error(page, arguments, error)

    def _show_error(self, page: Page, arguments: Mapping[str, Any], error: HubError) -> Response:
        beside = next((self._beside[kind] for kind in type(error).__mro__ if kind in self._beside), None)
        if self._on_error is None or (beside is None and isinstance(error, NotFound)):
            return error_page(page, error)
        beside = beside or ""
        page.refuse(error, *((beside,) if isinstance(beside, str) else beside))
        return self._show_form(page, arguments, self._on_error)

    def _carry_out(self, page: Page, arguments: Mapping[str, Any]) -> Response:
        if self._creates:
            response = page.run_once(page.request.url.path, lambda: self._endpoint(**arguments))
        else:
            response = self._endpoint(**arguments)
        page.discard_draft()
        return response

    def _show_form(self, page: Page, arguments: Mapping[str, Any], form: Endpoint) -> Response:
        """Render the page of the form with the sent fields."""
        try:
            with page.reading():
                return form(**_accepted(form, page, arguments))
        except HubError as error:
            return error_page(page, error)

    def _show_outdated(self, page: Page, arguments: Mapping[str, Any], error: FormOutdated) -> Response:
        """Show a form of an earlier sign-in again, with its input if that is the caller's own."""
        if page.own_token is None:
            return error_page(page, FormOfAnother())
        if self._on_error is None:
            message = _(
                "You have signed in again since this page was opened. Nothing was changed: do it once more."
            )
            return page.redirect(_referring_path(page), say=message, tone="bad")
        page.refuse(error)
        return self._show_form(page, arguments, self._on_error)

    def _ask(self, page: Page, question: Question) -> Response:
        """Ask before an act, with the sent fields in the form that answers, and the answers to questions before."""
        fields = [
            (name, text)
            for name, texts in (page.sent or {}).items()
            for text in texts
            if name != WITHDRAWN_FIELD
        ]
        with page.reading():
            return page.render(
                "console/confirm.html",
                status=ConfirmationNeeded.status,
                question=question,
                fields=fields,
                back="" if self._on_error else _referring_path(page),
            )

    def _to_sign_in(self, page: Page) -> Response:
        """Redirect to the sign-in page, and afterwards back to this page, or to the page of the form with its input."""
        path = page.request.url.path
        back = path + (f"?{page.request.url.query}" if page.request.url.query else "")
        message = ""
        if page.sent is not None:
            input_id = page.save_draft(path) if self._has_page else ""
            back = path if self._has_page else _referring_path(page)
            message = _("Your session has ended. Nothing was changed.")
            if input_id:
                back = f"{path}?{urlencode({DRAFT_PARAMETER: input_id})}"
                message = _(
                    "Your session has ended. Sign in again: what you typed is filled in again for you."
                )
        query = "" if back in ("/", SIGN_IN) else "?" + urlencode({"next": back})
        return page.redirect(SIGN_IN + query, say=message, tone="info")


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


def _referring_path(page: Page) -> str:
    """Return the path of the page that sent the form, as the browser says."""
    return safe_local_path(split_url(page.request.headers.get("referer", "")).path)

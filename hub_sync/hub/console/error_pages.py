"""Error pages: a message, the right status, and the navigation if somebody is signed in.

Requests below `/api` and requests of programs get `application/problem+json` (`kit.http.problems`).
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from inspect import isawaitable
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from hub_sync.hub.console.forms import CSRF_FIELD
from hub_sync.hub.console.i18n.translation import N_, _, speaking
from hub_sync.hub.console.page import Page
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.console.submissions.form_drafts import has_secrets
from hub_sync.hub.kit.errors import HubError, fill_in
from hub_sync.hub.kit.http.problems import get_request_id
from hub_sync.hub.kit.http.urls import encode_for_header, safe_local_path
from hub_sync.hub.kit.security.access import PermissionMissing
from hub_sync.hub.kit.security.client_address import SAFE_METHODS
from hub_sync.hub.kit.security.csrf_masks import mask_token

log = structlog.get_logger(__name__)
_WAITING_HELPS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_CSRF_TOKEN = re.compile("[0-9a-f]{64}")
_Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

_TITLES = {
    400: N_("Invalid request"),
    401: N_("Sign in first"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    405: N_("This page does not accept forms"),
    409: N_("This can't be done now"),
    410: N_("No longer available"),
    412: N_("Changed by another user"),
    413: N_("This is too large"),
    422: N_("This can't be accepted"),
    429: N_("Too many requests"),
    500: N_("Something went wrong"),
    503: N_("Try again in a moment"),
}
_NOT_FOUND = N_("The address may be mistyped, or what was here is gone.")
_FORBIDDEN = N_("Your role does not allow this. A person who manages this hub's users can change that.")
_ADDRESS = N_("The address is not one that this page knows.")
_BUG = N_("The hub failed on this page. Its log says why, under the number below.")
_AWAY = N_("The hub's database does not answer. Nothing was changed.")


def error_page(page: Page, error: HubError) -> Response:
    """Return an error as a page of the console."""
    page.refuse(error)
    message = page.problem
    if isinstance(error, PermissionMissing):
        message = _(_FORBIDDEN)
    elif error.status == HTTPStatus.NOT_FOUND:
        message = _(_NOT_FOUND)
    with page.reading():
        return _render(page, error.status, message)


def database_page(page: Page, error: OperationalError) -> Response:
    """Return the page about a form that the database did not take: it holds the input and sends it again."""
    log.error("database failed", request_id=get_request_id(page.request), exc_info=error)
    bare = Page(page.hub, page.console, page.request, page.sent)
    answer = _render(bare, HTTPStatus.SERVICE_UNAVAILABLE, _(_AWAY))
    answer.headers["Retry-After"] = "2"
    return answer


def _render(page: Page, status: int, message: str) -> Response:
    """Render an error page; where waiting helps, it holds the input of the form, but no secret."""
    fields: list[tuple[str, str]] = []
    if page.sent and status in _WAITING_HELPS and not has_secrets(page.sent):
        fields = [(name, _masked(name, text)) for name, texts in page.sent.items() for text in texts]
    return page.render(
        "console/error.html", status=status, title=title_of(status), message=message, fields=fields
    )


def _masked(name: str, text: str) -> str:
    """Return the value of a field; a CSRF token, which the router has unmasked, in a new mask."""
    return mask_token(text) if name == CSRF_FIELD and _CSRF_TOKEN.fullmatch(text) else text


def title_of(status: int) -> str:
    """Return the heading of an error page."""
    return _(_TITLES.get(status, _TITLES[400 if status < 500 else 500]))  # noqa: PLR2004


def install(app: FastAPI) -> None:
    """Answer errors outside a page's endpoint with a page too, if the request asks for a page."""
    for kind, answer in (
        (HubError, _refused),
        (RequestValidationError, _mistyped),
        (HTTPException, _http),
        (OperationalError, _database),
        (Exception, _bug),
    ):
        app.add_exception_handler(kind, _page_if_wanted(answer, app.exception_handlers[kind]))


def _page_if_wanted(page_for: Callable[[Request, Any], Response], otherwise: _Handler) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        if not wants_page(request):
            answer = otherwise(request, error)
            return await answer if isawaitable(answer) else answer
        return page_for(request, error)

    return handle


def wants_page(request: Request) -> bool:
    """Return True if the request asks for a page: it matches a page's route or accepts HTML."""
    path = request.scope["path"]
    if path.startswith(("/api/", "/assets/")) or path == "/api":
        return False
    if getattr(request.scope.get("endpoint"), "is_page", False):
        return True
    return "text/html" in request.headers.get("accept", "")


def _refused(request: Request, error: HubError) -> Response:
    return _plain(request, error.status, error.template, error.parameters)


def _mistyped(request: Request, error: RequestValidationError) -> Response:
    in_path = any(item["loc"][:1] == ("path",) for item in error.errors())
    return _plain(request, 404, _NOT_FOUND) if in_path else _plain(request, 400, _ADDRESS)


def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.NOT_FOUND and _has_needless_slash(request):
        query = f"?{request.url.query}" if request.url.query else ""
        path = encode_for_header(f"/{request.scope['path'].strip('/')}{query}")
        return secured(Response(status_code=308, headers={"Location": safe_local_path(path)}))
    message = (
        _NOT_FOUND if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail).replace("%", "%%")
    )
    answer = _plain(request, error.status_code, message)
    answer.headers.update(error.headers or {})
    return answer


def _has_needless_slash(request: Request) -> bool:
    """Return True for an address that somebody typed with a slash at its end; the redirect has no host and no scheme."""
    path: str = request.scope["path"]
    return request.method in SAFE_METHODS and path.endswith("/") and bool(path.strip("/"))


def _database(request: Request, error: OperationalError) -> Response:
    log.error("database_failed", request_id=get_request_id(request), exc_info=error)
    answer = _plain(request, 503, _AWAY)
    answer.headers["Retry-After"] = "2"
    return answer


def _bug(request: Request, error: Exception) -> Response:
    log.error("unhandled_error", request_id=get_request_id(request), exc_info=error)
    answer = _plain(request, 500, _BUG)
    answer.headers["X-Request-Id"] = get_request_id(request) or ""
    return answer


def _plain(
    request: Request, status: int, template: str, parameters: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    """Render an error page without a database query, since the database may be what failed."""
    page = Page(request.app.state.hub, request.app.state.console, request, None)
    with speaking(page.speech):
        return page.render(
            "console/error.html",
            status=status,
            title=title_of(status),
            message=fill_in(_(template), parameters),
        )

"""Error responses: `application/problem+json` (RFC 9457) that also has the report's `error`."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from hub_sync.contract.errors import PROBLEM_TYPE, ErrorBody, Problem
from hub_sync.hub.kit.errors import HubError

log = structlog.get_logger(__name__)

_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    422: "ValidationFailed",
    503: "Unavailable",
}
_MOST_ERRORS = 50
MEMBERS = frozenset({*Problem.model_fields, "code", "message", "request_id", "headers"})
"""Names of a problem's own members, and of `problem_response`'s: no parameter of an error is named like them."""
_UNREADABLE = "There was an error parsing the body"
"""FastAPI's words for JSON that the parser gave up on."""
_TAKEN = (
    "UniqueViolation",
    "UNIQUE constraint failed",
    "ForeignKeyViolation",
    "FOREIGN KEY constraint failed",
)


def problem_response(
    status: int,
    code: str,
    message: str,
    *,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
    **details: Any,
) -> Response:
    """Return a problem response; `details` become further members."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=message,
        error=ErrorBody(code=code, message=message),
        **details,
        **({"request_id": request_id} if request_id else {}),
    )
    members = body.model_dump(mode="json", exclude_none=True)
    try:
        content = orjson.dumps(members)
    except TypeError:  # a parameter repeats an integer of the caller's that has more than 64 bits
        content = json.dumps(members, ensure_ascii=False).encode()
    answer = Response(content, status, headers, media_type=PROBLEM_TYPE)
    answer.headers.setdefault("Cache-Control", "no-store")  # caches may keep a 404 or a 410 otherwise
    return answer


def validation_message(item: Mapping[str, Any]) -> str:
    """Return pydantic's message about one value, without the prefix that it gives to our own checks."""
    return str(item["msg"]).removeprefix("Value error, ")


def get_request_id(request: Request) -> str | None:
    """Return the id under which this request is logged."""
    return getattr(request.state, "request_id", None)


def install(app: FastAPI) -> None:
    """Register handlers that answer every kind of failure with a problem."""
    app.add_exception_handler(HubError, _hub_error)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(IntegrityError, _integrity)
    app.add_exception_handler(Exception, _bug)


def _hub_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HubError):
        raise error
    return error_response(error, request)


def error_response(error: HubError, request: Request) -> Response:
    """Return an error as the response to a request."""
    headers = _headers(request)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_s" in error.parameters:
        headers.setdefault("Retry-After", str(error.parameters["retry_after_s"]))
    return problem_response(
        error.status,
        error.code,
        error.message,
        request_id=get_request_id(request),
        headers=headers,
        **{name: value for name, value in error.parameters.items() if name not in MEMBERS},
    )


def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    details: Sequence[Any] = error.errors()
    known: dict[str, Any] = {"request_id": get_request_id(request), "headers": _headers(request)}
    if any(item["type"] == "json_invalid" for item in details):
        return problem_response(400, "BadRequest", "The body is not JSON.", **known)
    errors = [
        {"where": ".".join(map(str, item["loc"])), "message": validation_message(item), "type": item["type"]}
        for item in details[:_MOST_ERRORS]
    ]
    message = "; ".join(f"{each['where']}: {each['message']}" for each in errors[:3])
    return problem_response(422, "ValidationFailed", _speakable(message), errors=errors, **known)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, HubError):  # FastAPI turns each error of reading a body into its own
        return error_response(error.__cause__, request)
    code = _CODES.get(error.status_code, HTTPStatus(error.status_code).phrase.replace(" ", ""))
    message, headers = str(error.detail), dict(error.headers or {})
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = "There is nothing at this address."
        if request.scope["path"].endswith("/"):
            message = "There is nothing at this address. Leave out the slash at its end."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_at(request)) or headers.get("allow", "")
        message = f"This address takes {headers['Allow']}, not {request.method}."
    elif message == _UNREADABLE:
        message = "The body is no JSON that can be read: it may be nested too deeply."
    return problem_response(
        error.status_code, code, message, request_id=get_request_id(request), headers=headers
    )


def _methods_at(request: Request) -> list[str]:
    """Return the methods of all routes at this path; Starlette names only those of the first route."""
    all_routes = [context.original_route for context in iter_route_contexts(request.app.routes)]
    routes = [
        route for route in all_routes if isinstance(route, Route) and route.path_regex.match(request.url.path)
    ]
    return sorted({method for route in routes for method in route.methods or ()})


def _database(request: Request, error: Exception) -> Response:
    log.error("database_failed", request_id=get_request_id(request), exc_info=error)
    return problem_response(
        503,
        "DatabaseUnavailable",
        "The hub's database does not answer. Try again soon.",
        request_id=get_request_id(request),
        headers={"Retry-After": "2"},
    )


def _integrity(request: Request, error: Exception) -> Response:
    """Answer 409 if two requests conflicted; any other violated constraint is a bug."""
    if not any(sign in str(error) for sign in _TAKEN):
        return _failed(request, error)
    log.warning(
        "changes_collided", request_id=get_request_id(request), error=str(getattr(error, "orig", error))
    )
    return problem_response(
        409,
        "Conflict",
        "Another request changed the same record at the same time. Read it again, then try again.",
        request_id=get_request_id(request),
        headers=_headers(request),
    )


def _bug(request: Request, error: Exception) -> Response:
    """Answer 500, outside of the middleware that adds the request's id."""
    answer = _failed(request, error)
    answer.headers["X-Request-Id"] = get_request_id(request) or ""
    return answer


def _failed(request: Request, error: Exception) -> Response:
    log.error("unhandled_error", request_id=get_request_id(request), exc_info=error)
    return problem_response(
        500,
        "InternalError",
        "The hub failed on this request; its log says why.",
        request_id=get_request_id(request),
    )


def _headers(request: Request) -> dict[str, str]:
    """Return the headers that the call has collected for any response: its rate limit."""
    return dict(getattr(request.state, "answer_headers", {}))


def _speakable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")

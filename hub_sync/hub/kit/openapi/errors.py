"""The error responses of a REST route in OpenAPI, each with an example: those of its method, and its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from hub_sync.contract.errors import PROBLEM_TYPE
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.openapi import headers

PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_Errors = dict[str, str]
OF_ALL_CALLERS: dict[int, _Errors] = {
    400: {"BadRequest": "A parameter, header or body is invalid."},
    413: {"PayloadTooLarge": "The body is larger than is taken here."},
    415: {"UnsupportedContentEncoding": "The body has an encoding other than zstd or gzip."},
    422: {"ValidationFailed": "A value is invalid; `errors` names it."},
    503: {"DatabaseBusy": "The hub is busy writing; try again soon."},
}
_OF_KEYS_AND_PEOPLE: dict[int, _Errors] = {
    401: {"SignInNeeded": "There is neither a key nor a session.", "ApiKeyInvalid": "The key is not known."},
    403: {
        "PermissionMissing": "The caller may not do this.",
        "AddressNotAllowed": "The key is not valid from this address.",
    },
    404: {"NotFound": "There is nothing at this address, or it is switched off."},
    429: {"TooManyRequests": "More calls in a minute than this caller may make."},
}
_CONFLICT: _Errors = {"Conflict": "Another request changed the same resource just now."}
_STALE: _Errors = {"PreconditionFailed": "It has changed since the caller read it."}
_BY_METHOD: dict[str, dict[int, _Errors]] = {
    "GET": {},
    "POST": {
        400: {"IdempotencyKeyInvalid": "The key is empty, too long, or not printable ASCII."},
        409: _CONFLICT | {"IdempotencyKeyInFlight": "The first request with this key is still in progress."},
        422: {"IdempotencyKeyReused": "The key was used before with another body."},
    },
    "PUT": {409: _CONFLICT, 412: _STALE, 428: {"PreconditionRequired": "If-Match is missing."}},
    "DELETE": {409: _CONFLICT, 412: _STALE},
}


def describe_responses(
    method: str, data: Any, status: int, errors: Sequence[type[HubError]], permissions: Sequence[str]
) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route for FastAPI; `data` is the model of the whole response body."""
    responses = describe_errors(errors, _BY_METHOD[method], _OF_KEYS_AND_PEOPLE, OF_ALL_CALLERS)
    if permissions:
        responses[403]["description"] += f" Needs {' or '.join(permissions)}."
    if method == "GET":
        responses[304] = {"description": "The ETag is current."}
    success: dict[str, Any] = {"description": "No content." if data is None else "Success."}
    success["headers"] = headers.response_headers(method, status)
    if data is not None:
        success["model"] = data
    responses[status] = success
    return responses


def describe_errors(
    errors: Sequence[type[HubError]], *further: Mapping[int, Mapping[str, str]]
) -> dict[int | str, dict[str, Any]]:
    """Return the problems of a route as FastAPI's `responses`.

    Args:
        errors: the errors that the endpoint raises.
        further: by status, the codes and descriptions of errors that come from elsewhere.
    """
    errors_by_status: dict[int, _Errors] = defaultdict(dict)
    for error in errors:
        errors_by_status[error.status][error.code] = (error.__doc__ or "").partition("\n")[0]
    for more in further:
        for code, names in more.items():
            errors_by_status[code] |= {
                name: description for name, description in names.items() if name not in errors_by_status[code]
            }
    return {code: _problem(code, errors_by_status[code]) for code in sorted(errors_by_status)}


def _problem(status: int, names: _Errors) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": " ".join(f"{name}: {description}" for name, description in names.items()),
        "content": {
            PROBLEM_TYPE: {
                "schema": PROBLEM_REF,
                "examples": {
                    name: {"summary": description, "value": _example(status, name, description)}
                    for name, description in names.items()
                },
            }
        },
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["headers"] = headers.LIMITS | headers.RETRY_AFTER
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["headers"] = headers.RETRY_AFTER
    return response


def _example(status: int, name: str, description: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": description,
        "error": {"code": name, "message": description},
    }

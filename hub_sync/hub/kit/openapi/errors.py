"""The refusals that a REST route describes, each with an example: those of its method, and its own."""

from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from hub_sync.contract.errors import PROBLEM_TYPE
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.openapi import headers

PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_Told = dict[str, str]
_ALWAYS: dict[int, _Told] = {
    400: {"BadRequest": "A parameter, header or body can't be understood."},
    401: {"SignInNeeded": "There is neither a key nor a session.", "ApiKeyInvalid": "The key is not known."},
    403: {
        "PermissionMissing": "The caller may not do this.",
        "AddressNotAllowed": "The key is not good from here.",
    },
    404: {"NotFound": "There is nothing at this address, or it is switched off."},
    413: {"PayloadTooLarge": "The body is larger than is taken here."},
    415: {"UnsupportedContentEncoding": "The body is packed otherwise than with zstd or gzip."},
    422: {"ValidationFailed": "A value is not as it must be; `errors` says which."},
    429: {"TooManyRequests": "More calls in a minute than this caller may make."},
    503: {"DatabaseBusy": "The hub is busy writing; try again soon."},
}
_CONFLICT: _Told = {"Conflict": "Somebody changed the same thing just now."}
_STALE: _Told = {"PreconditionFailed": "It is not any more as the caller read it."}
_BY_METHOD: dict[str, dict[int, _Told]] = {
    "GET": {},
    "POST": {
        400: {"IdempotencyKeyInvalid": "The key is empty, too long, or not printable ASCII."},
        409: _CONFLICT | {"IdempotencyKeyInFlight": "The first call with this key is still under way."},
        422: {"IdempotencyKeyReused": "The key came before, with another body."},
    },
    "PUT": {409: _CONFLICT, 412: _STALE, 428: {"PreconditionRequired": "If-Match is missing."}},
    "DELETE": {409: _CONFLICT, 412: _STALE},
}


def describe_responses(
    method: str, data: Any, status: int, errors: Sequence[type[HubError]], permissions: Sequence[str]
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for FastAPI; `data` is the whole answer's model."""
    found: dict[int, _Told] = defaultdict(dict)
    for error in errors:
        found[error.status][error.code] = (error.__doc__ or "").partition("\n")[0]
    for more in (_BY_METHOD[method], _ALWAYS):
        for code, names in more.items():
            found[code] |= {name: about for name, about in names.items() if name not in found[code]}
    told: dict[int | str, dict[str, Any]] = {code: _problem(code, found[code]) for code in sorted(found)}
    if permissions:
        told[403]["description"] += f" Needs {' or '.join(permissions)}."
    if method == "GET":
        told[304] = {"description": "The caller has it already."}
    success: dict[str, Any] = {"description": "Done." if data is None else "Success."}
    success["headers"] = headers.response_headers(method, status)
    if data is not None:
        success["model"] = data
    told[status] = success
    return told


def _problem(status: int, names: _Told) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": " ".join(f"{name}: {about}" for name, about in names.items()),
        "content": {
            PROBLEM_TYPE: {
                "schema": PROBLEM_REF,
                "examples": {
                    name: {"summary": about, "value": _example(status, name, about)}
                    for name, about in names.items()
                },
            }
        },
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        told["headers"] = headers.LIMITS | headers.RETRY_AFTER
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        told["headers"] = headers.RETRY_AFTER
    return told


def _example(status: int, name: str, about: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": about,
        "error": {"code": name, "message": about},
    }

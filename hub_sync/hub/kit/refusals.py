"""The refusals that a REST route describes: those of its method, and its own."""

from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from hub_sync.contract.errors import Problem
from hub_sync.hub.kit.errors import HubError

_LIMITS = {
    "RateLimit": {"description": "Calls left and seconds until more are.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "Calls allowed in a window.", "schema": {"type": "string"}},
}
_ALWAYS = {
    400: "BadRequest",
    401: "ApiKeyInvalid, SignInNeeded",
    403: "PermissionMissing, AddressNotAllowed",
    404: "NotFound",
    422: "ValidationFailed",
    429: "TooManyRequests",
    503: "DatabaseBusy",
}
_BY_METHOD: dict[str, dict[int, str]] = {
    "GET": {304: "You have it already."},
    "POST": {409: "Conflict", 413: "PayloadTooLarge", 415: "UnsupportedContentEncoding"},
    "PUT": {
        409: "Conflict",
        412: "PreconditionFailed",
        413: "PayloadTooLarge",
        415: "UnsupportedContentEncoding",
        428: "PreconditionRequired",
    },
    "DELETE": {
        409: "Conflict",
        412: "PreconditionFailed",
        413: "PayloadTooLarge",
        415: "UnsupportedContentEncoding",
    },
}


def documented(
    method: str, data: Any, status: int, refuses: Sequence[type[HubError]], needs: Sequence[str]
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for FastAPI; `data` is the whole answer's model."""
    own: dict[int, list[str]] = defaultdict(list)
    for error in refuses:
        own[error.status].append(error.__name__)
    told: dict[int | str, dict[str, Any]] = {}
    for code, names in (_ALWAYS | _BY_METHOD[method]).items():
        listed = ", ".join([*own.pop(code, []), names])
        told[code] = {"description": listed} if code == HTTPStatus.NOT_MODIFIED else _problem(listed)
    for code, listed_own in own.items():
        told[code] = _problem(", ".join(listed_own))
    success: dict[str, Any] = {"description": "Done." if data is None else "Success.", "headers": _LIMITS}
    if data is not None:
        success["model"] = data
    told[status] = success
    told[403]["description"] += f". Needs {' or '.join(needs)}." if needs else "."
    return told


def _problem(names: str) -> dict[str, Any]:
    return {"model": Problem, "description": names}

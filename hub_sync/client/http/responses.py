"""Checks of HTTP responses: is it the hub's response, or that of a proxy or captive portal?"""

from http import HTTPStatus

import httpx
from pydantic import ValidationError

from hub_sync.client.http import errors
from hub_sync.client.http.bodies import MAX_ERROR_BYTES, parse_json, read_body
from hub_sync.client.http.errors import (
    HubBusy,
    HubClientError,
    HubRefused,
    HubServerError,
    InvalidHubResponse,
    StationLocked,
    StationRevoked,
)
from hub_sync.contract.errors import Problem

DEFAULT_RETRY_AFTER_S = 5.0
MAX_RETRY_AFTER_S = 30.0
"""No answer silences a loop for longer: the next pull may hold a revocation. It is the longest back-off, too."""
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def check_response(response: httpx.Response, media_type: str) -> httpx.Response:
    """Return the response if it is the hub's and of the expected media type.

    Raises:
        HubClientError: The response is an error, or not the hub's.
    """
    actual_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if response.is_success:
        if actual_type != media_type:
            raise InvalidHubResponse(errors.LOGIN_PAGE)
        return response
    if response.is_redirect or response.status_code == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED:
        raise InvalidHubResponse(errors.LOGIN_PAGE)
    raise _failure(response, actual_type)


def _failure(answer: httpx.Response, media: str) -> HubClientError:
    status = answer.status_code
    retry_after = answer.headers.get("retry-after")
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status in _BUSY and retry_after):
        return HubBusy(errors.BUSY, _seconds(retry_after))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return HubServerError(errors.FAULT.format(status=status))
    problem = _problem(answer, media)
    if problem is None:
        return InvalidHubResponse(errors.LOGIN_PAGE)
    code, message = problem.error.code, problem.error.message
    if "Locked" in code:
        return StationLocked(errors.LOCKED, code, status)
    if status == HTTPStatus.UNAUTHORIZED or "Revoked" in code or "Retired" in code:
        return StationRevoked(errors.REVOKED, code, status)
    return HubRefused(message, code, status)


def _problem(answer: httpx.Response, media: str) -> Problem | None:
    if "json" not in media:
        return None
    try:
        return Problem.model_validate(parse_json(read_body(answer, MAX_ERROR_BYTES)))
    except (ValidationError, InvalidHubResponse):
        return None


def _seconds(retry_after: str | None) -> float:
    """Return Retry-After in seconds (RFC 9110, section 10.2.3).

    Its date form would need two clocks to agree and counts as absent.
    """
    try:
        return min(MAX_RETRY_AFTER_S, max(0.0, float(retry_after or "")))
    except ValueError:
        return DEFAULT_RETRY_AFTER_S

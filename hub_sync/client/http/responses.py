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
    ResponseUnproven,
    StationLocked,
    StationRevoked,
    StationUnknown,
)
from hub_sync.client.http.verification import AnswerVerifier
from hub_sync.contract.errors import Problem

DEFAULT_RETRY_AFTER_S = 5.0
MAX_RETRY_AFTER_S = 30.0
"""No answer silences a loop for longer: the next pull may hold a revocation. It is the longest back-off, too."""
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


_UNPROVEN_STATUSES = frozenset(
    (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    )
)
"""Statuses with which the hub answers before it knows the station. They change nothing at the station."""


def check_response(response: httpx.Response, media_type: str, verifier: AnswerVerifier) -> httpx.Response:
    """Return the response if it is a success of the expected media type. Its proof is checked with its body.

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
    raise _failure(response, actual_type, verifier)


def _failure(answer: httpx.Response, media: str, verifier: AnswerVerifier) -> HubClientError:
    status = answer.status_code
    retry_after = answer.headers.get("retry-after")
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status in _BUSY and retry_after):
        is_proven = verifier.verify(answer, _read_problem(answer, media))
        return HubBusy(errors.BUSY, _seconds(retry_after), is_proven=is_proven)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return HubServerError(errors.FAULT.format(status=status))
    return _refusal(answer, _read_problem(answer, media), verifier)


def _refusal(answer: httpx.Response, body: bytes, verifier: AnswerVerifier) -> HubClientError:
    status, problem = answer.status_code, _parse_problem(body)
    if problem is None:
        return InvalidHubResponse(errors.LOGIN_PAGE)
    code = problem.error.code
    if status == HTTPStatus.UNAUTHORIZED:
        return StationUnknown(errors.UNKNOWN, code, status)
    if not verifier.verify(answer, body) and status not in _UNPROVEN_STATUSES:
        return ResponseUnproven(errors.UNPROVEN)
    refusal, sentence = _STATION_REFUSALS.get(code, (HubRefused, problem.error.message))
    return refusal(sentence, code, status)


_STATION_REFUSALS: dict[str, tuple[type[HubRefused], str]] = {
    "DeviceLocked": (StationLocked, errors.LOCKED),
    "DeviceRevoked": (StationRevoked, errors.REVOKED),
}


def _read_problem(answer: httpx.Response, media: str) -> bytes:
    """Return the body of a problem, or nothing if there is none."""
    try:
        return read_body(answer, MAX_ERROR_BYTES) if "json" in media else b""
    except InvalidHubResponse:
        return b""


def _parse_problem(body: bytes) -> Problem | None:
    try:
        return Problem.model_validate(parse_json(body))
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

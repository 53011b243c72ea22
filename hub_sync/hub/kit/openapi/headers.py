"""The headers of the REST surface as the OpenAPI describes them: what a call may send, what an answer carries."""

from typing import Any

from hub_sync.hub.kit.http.idempotency import HEADER, LONGEST_KEY, REPLAYED

ETAG_EXAMPLE = '"3"'
_IF_NONE_MATCH = "The ETag that was read before: 304 if it still is so."
_IF_MATCH = "The ETag that was read: 412 if somebody changed it since."
_IDEMPOTENCY = (
    "Any text that names this request: sent twice within 24 hours, it is done once and answered alike. With another body "
    "it is 422, while the first is under way 409."
)


def request_headers(method: str, *, one: bool) -> list[dict[str, Any]]:
    """The request headers that a route of this method knows; `one`: it answers one resource."""
    if method == "GET":
        return [_asked("If-None-Match", _IF_NONE_MATCH, ETAG_EXAMPLE)]
    if method == "POST":
        return [_asked(HEADER, _IDEMPOTENCY, "8e03978e-40d5-43dd-bc93-6894a57f9324", maxLength=LONGEST_KEY)]
    if method == "PUT":
        return [_asked("If-Match", _IF_MATCH, ETAG_EXAMPLE) | {"required": one}]
    return [_asked("If-Match", _IF_MATCH, ETAG_EXAMPLE)]


def response_headers(method: str, status: int) -> dict[str, Any]:
    """The headers of a success."""
    told = dict(LIMITS)
    if method == "GET":
        told["ETag"] = _told(
            "Names this state of it; for If-None-Match, and If-Match if it is strong.", ETAG_EXAMPLE
        )
        told["Link"] = _told(
            "The neighbouring parts of a list (RFC 8288).", '</api/v1/…&cursor=…>; rel="next"'
        )
    if method == "POST":
        told[REPLAYED] = _told("`true` if this answer was given before.", "true")
    if method in ("POST", "PUT"):
        told["ETag"] = _told("Names this state of it; for If-Match.", ETAG_EXAMPLE)
    if status == 201:  # noqa: PLR2004 - Created
        told["Location"] = _told(
            "The address of what was made.", "/api/v1/events/01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"
        )
    return told


def _asked(name: str, about: str, example: str, **schema: Any) -> dict[str, Any]:
    told = {"type": "string", "minLength": 1, **schema}
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": about,
        "schema": told,
        "example": example,
    }


def _told(about: str, example: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "string"}, "example": example}


LIMITS: dict[str, Any] = {
    "RateLimit": _told(
        "Calls that are left and seconds until there are more (IETF draft).", '"default";r=99;t=60'
    ),
    "RateLimit-Policy": _told("Calls that are allowed and in how many seconds.", '"default";q=100;w=60'),
    "X-RateLimit-Limit": _told("Calls that are allowed in a minute.", "100"),
    "X-RateLimit-Remaining": _told("Calls that are left.", "99"),
    "X-RateLimit-Reset": _told("When there are more, in seconds since 1970.", "1781078400"),
}
RETRY_AFTER: dict[str, Any] = {"Retry-After": _told("Seconds until it is worth trying again.", "42")}

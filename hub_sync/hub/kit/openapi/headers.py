"""The headers of the REST API as OpenAPI describes them: what a request may send and what a response carries."""

from typing import Any

IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_REPLAYED = "Idempotency-Replayed"
MAX_IDEMPOTENCY_KEY = 255
"""Characters."""
ETAG_EXAMPLE = '"3"'
_IF_NONE_MATCH = "The ETag that was read before: the answer is 304 if it is still current."
_IF_MATCH = (
    "The ETag that was read: the answer is 412 if somebody has changed it since. Several with commas between, and tags that a "
    "compressing proxy changed, are accepted."
)
_IDEMPOTENCY = (
    "Any text that identifies this request. If it is sent twice within 24 hours, the request is carried out once and both "
    "get the same response. With another body the answer is 422; while the first request is in progress, 409."
)


def request_headers(method: str, *, has_etag: bool) -> list[dict[str, Any]]:
    """Return the OpenAPI parameters for the request headers that a route of this method reads.

    Args:
        method: GET, POST, PUT or DELETE.
        has_etag: whether the route answers one resource, so that a PUT requires If-Match.
    """
    if method == "GET":
        return [_parameter("If-None-Match", _IF_NONE_MATCH, ETAG_EXAMPLE)]
    if method == "POST":
        example = "8e03978e-40d5-43dd-bc93-6894a57f9324"
        return [_parameter(IDEMPOTENCY_KEY, _IDEMPOTENCY, example, maxLength=MAX_IDEMPOTENCY_KEY)]
    if method == "PUT":
        return [_parameter("If-Match", _IF_MATCH, ETAG_EXAMPLE) | {"required": has_etag}]
    return [_parameter("If-Match", _IF_MATCH, ETAG_EXAMPLE)]


def response_headers(method: str, status: int) -> dict[str, Any]:
    """Return the headers of a successful response, by name."""
    headers = dict(LIMITS)
    if method == "GET":
        headers["ETag"] = _header(
            "Identifies this state; for If-None-Match, and for If-Match if it is strong.", ETAG_EXAMPLE
        )
        headers["Link"] = _header(
            "The neighbouring pages of a list (RFC 8288).", '</api/v1/…&cursor=…>; rel="next"'
        )
    if method == "POST":
        headers[IDEMPOTENCY_REPLAYED] = _header("`true` if this response was sent before.", "true")
    if method in ("POST", "PUT"):
        headers["ETag"] = _header("Identifies this state; for If-Match.", ETAG_EXAMPLE)
    if status == 201:  # noqa: PLR2004 - Created
        headers["Location"] = _header(
            "The address of the new resource.", "/api/v1/events/01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"
        )
    return headers


def _parameter(name: str, description: str, example: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", "minLength": 1, **schema},
        "example": example,
    }


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


LIMITS: dict[str, Any] = {
    "RateLimit": _header(
        "Calls that are left and seconds until there are more (IETF draft).", '"default";r=99;t=60'
    ),
    "RateLimit-Policy": _header("Calls that are allowed and in how many seconds.", '"default";q=100;w=60'),
    "X-RateLimit-Limit": _header("Calls that are allowed in a minute.", "100"),
    "X-RateLimit-Remaining": _header("Calls that are left.", "99"),
    "X-RateLimit-Reset": _header("When there are more, in seconds since 1970.", "1781078400"),
}
RETRY_AFTER: dict[str, Any] = {"Retry-After": _header("Seconds until it is worth trying again.", "42")}

"""Entity tags (RFC 9110, 8.8 and 13): versions of rows that can be changed, digests of what is only read."""

import hashlib

from hub_sync.hub.kit.errors import BadRequest, HubError, PreconditionFailed


class PreconditionRequired(HubError):
    """A change without If-Match (RFC 6585)."""

    status = 428


def version_etag(version: int) -> str:
    """Return the strong tag of a row's version."""
    return f'"{version}"'


def content_etag(body: bytes) -> str:
    """Return the weak tag of a body that does not stand for one row."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Return whether If-None-Match names the tag, by weak comparison.

    >>> matches('"3", W/"4"', '"4"'), matches("*", '"4"'), matches('"3"', '"4"')
    (True, True, False)
    """
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in (each.strip().removeprefix("W/") for each in header.split(","))


def expected_version(header: str | None) -> int | None:
    """Return the version that If-Match names; None for "*", which accepts any.

    Raises:
        PreconditionRequired: there is no such header.
        PreconditionFailed: a tag that no version has (If-Match compares strongly, so a weak one never matches).
        BadRequest: not a tag at all.
    """
    if header is None:
        raise PreconditionRequired("Say which version you change: If-Match with the ETag that you read.")
    tag = header.strip()
    if tag == "*":
        return None
    if tag.startswith("W/"):
        raise PreconditionFailed("A weak tag matches nothing here; send the ETag as you received it.")
    if len(tag) < 2 or not (tag[0] == tag[-1] == '"'):  # noqa: PLR2004 - two quotes
        raise BadRequest("If-Match takes one ETag in double quotes, as you received it.")
    if not (tag[1:-1].isascii() and tag[1:-1].isdigit() and len(tag) < 20):  # noqa: PLR2004 - a version's length
        raise PreconditionFailed("It is not any more as you read it; read it again.")
    return int(tag[1:-1])

"""Entity tags (RFC 9110, 8.8 and 13): versions of rows that can be changed, digests of what is only read."""

import hashlib

from hub_sync.hub.kit.errors import BadRequest, HubError, PreconditionFailed
from hub_sync.hub.kit.i18n import N_


class PreconditionRequired(HubError):
    """A change without If-Match (RFC 6585)."""

    status = 428
    template = N_("Say which version you change: If-Match with the ETag that you read.")


class WeakEtag(PreconditionFailed, variant=True):
    """If-Match compares strongly, so a weak tag never matches."""

    template = N_("A weak tag matches nothing here; send the ETag as you received it.")


class EtagMalformed(BadRequest, variant=True):
    """If-Match is not one ETag in double quotes."""

    template = N_("If-Match takes one ETag in double quotes, as you received it.")


def version_etag(version: int) -> str:
    """Return the strong tag of a row's version."""
    return f'"{version}"'


def content_etag(body: bytes) -> str:
    """Return the weak tag of a body that does not stand for one row."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Return True if If-None-Match names the tag, by weak comparison.

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
        raise PreconditionRequired
    tag = header.strip()
    if tag == "*":
        return None
    if tag.startswith("W/"):
        raise WeakEtag
    if len(tag) < 2 or not (tag[0] == tag[-1] == '"'):  # noqa: PLR2004 - two quotes
        raise EtagMalformed
    if not (tag[1:-1].isascii() and tag[1:-1].isdigit() and len(tag) < 20):  # noqa: PLR2004 - a version's length
        raise PreconditionFailed
    return int(tag[1:-1])

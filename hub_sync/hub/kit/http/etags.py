"""Entity tags (RFC 9110, 8.8 and 13): versions of rows that can be changed, digests of what is only read.

A proxy that compresses responses changes their tags: it makes them weak (`W/"3"`: nginx, Cloudflare), or adds the coding
(`"3-gzip"`: Apache, Caddy; `"3--gzip"`: Jetty). The tag of a row is its version, which no coding changes. So all these
tags name the same version, in `If-Match`, too, although RFC 9110 compares strongly there.
"""

import hashlib
import re

from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.errors import BadRequest, HubError, PreconditionFailed
from hub_sync.hub.kit.i18n import N_

_TAG = r'(?:[Ww]/)?"[\x21\x23-\x7e\x80-\uffff]*"'
_TAGS = re.compile(rf"[\s,]*{_TAG}(?:\s*,[\s,]*{_TAG})*[\s,]*")
_EACH_TAG = re.compile(r'"([^"]*)"')
_CODING = re.compile(r"[-;:+.]+(?:x-)?(?:gzip|br|zstd|deflate|dcb|dcz|df)$")
"""What a compressing proxy adds to a tag."""
_VERSION = re.compile(r"[0-9]{1,18}")


class PreconditionRequired(HubError):
    """A change without If-Match (RFC 6585)."""

    status = 428
    template = N_("Say which version you change: If-Match with the ETag that you read.")


class EtagWithoutVersion(PreconditionFailed, variant=True):
    """If-Match names no version, such as the tag of a list or of a resource with `expand`."""

    template = N_(
        "This ETag stands for no version. Read the resource itself, without “expand”, and send its ETag."
    )


class EtagMalformed(BadRequest, variant=True):
    """If-Match is not ETags in double quotes."""

    template = N_(
        "If-Match takes an ETag in double quotes, as you received it, or several with commas between."
    )


def version_etag(version: int) -> str:
    """Return the strong tag of a row's version."""
    return f'"{version}"'


def content_etag(body: bytes) -> str:
    """Return the weak tag of a body that does not stand for one row."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Return True if If-None-Match names the tag, by weak comparison, as a compressing proxy may have changed it.

    >>> matches('"3", W/"4"', '"4"'), matches('"4-gzip"', '"4"'), matches("*", '"4"'), matches('"3"', '"4"')
    (True, True, True, False)
    """
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/")[1:-1] in map(_without_coding, _EACH_TAG.findall(header))


def expected_versions(headers: list[str]) -> IfVersion:
    """Return the versions that the If-Match headers of a request name; None for "*", which accepts any.

    >>> sorted(expected_versions(['"3", W/"4-gzip"']))
    [3, 4]

    Raises:
        PreconditionRequired: there is no such header.
        PreconditionFailed: no tag names a version.
        BadRequest: no tags at all.
    """
    if not headers:
        raise PreconditionRequired
    header = ",".join(headers).strip()
    if header == "*":
        return None
    if not _TAGS.fullmatch(header):
        raise EtagMalformed
    opaque = map(_without_coding, _EACH_TAG.findall(header))
    versions = frozenset(int(tag) for tag in opaque if _VERSION.fullmatch(tag))
    if not versions:
        raise EtagWithoutVersion
    return versions


def _without_coding(opaque: str) -> str:
    return _CODING.sub("", opaque)

"""Changes that come by the live stream: verified, and parsed as the page of a pull is."""

import binascii
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from hub_sync.client.http import errors
from hub_sync.client.http.bodies import decompress_zstd, parse_json
from hub_sync.client.http.errors import InvalidHubResponse, ResponseUnproven
from hub_sync.client.http.pull_pages import PulledPage, parse_pull_page
from hub_sync.contract.sync import LiveChanges

MAX_PAGE_BYTES = 1024 * 1024
"""Bytes of the decompressed page, as of a pull's."""
Verify = Callable[[LiveChanges, str], bool]
"""Returns True if changes, whose page has this SHA-256, are the hub's."""


@dataclass(frozen=True, slots=True)
class PulledChanges:
    """The changes of an event from a number of its feed, whose cursor is `since`, up to another."""

    event_id: str
    epoch: str
    after: int
    since: str
    upto: int
    pulled: PulledPage


class LivePosition(NamedTuple):
    """An event, and the cursor up to which the station has everything of it."""

    event_id: str
    cursor: str


class LiveNudge(NamedTuple):
    """An event of which the hub has more than a cursor says, unless that is the station's own. "" and "": whatever there is."""

    event_id: str = ""
    cursor: str = ""


def parse_nudge(data: str) -> LiveNudge:
    """Return a nudge from the data of a server-sent event. What is not understood is a reason to pull."""
    try:
        value = orjson.loads(data)
        return LiveNudge(str(value["event_id"]), str(value["cursor"]))
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return LiveNudge()


def parse_changes(data: str, verify: Verify) -> PulledChanges:
    """Return changes from the data of a server-sent event.

    Raises:
        InvalidHubResponse: They are not understood.
        ResponseTooLarge: They are too many.
        ResponseUnproven: They are not the hub's.
    """
    try:
        changes = LiveChanges.model_validate_json(data)
        packed = b64decode(changes.page, validate=True)
    except (ValidationError, binascii.Error):
        raise InvalidHubResponse(errors.NOT_UNDERSTOOD) from None
    plain = decompress_zstd(packed, MAX_PAGE_BYTES)
    if not verify(changes, sha256(plain).hexdigest()):
        raise ResponseUnproven(errors.UNPROVEN)
    pulled = parse_pull_page(parse_json(plain))
    return PulledChanges(changes.event_id, changes.epoch, changes.after, changes.since, changes.upto, pulled)

"""Opaque cursors: where a walk through a list stands, signed, so that nobody can make one up.

A cursor is good for the list, tenant, sort and filter that it was made for; elsewhere it is refused rather than read as
something it does not mean.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import orjson

from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.security.encryption import SecretBox

_MAC = 16
_LONGEST = 2048


class CursorInvalid(BadRequest):
    """A cursor that this list did not give, not for this question."""


class Cursors:
    """Writes and reads cursors under a key of the hub's."""

    def __init__(self, seal: SecretBox) -> None:
        self._key = seal.derive_key("cursors")

    def write(self, values: Sequence[Any], bound_to: bytes) -> str:
        """The cursor of a row: the values that it is sorted by."""
        payload = orjson.dumps(values, option=orjson.OPT_UTC_Z)
        return urlsafe_b64encode(payload + self._mac(payload, bound_to)).rstrip(b"=").decode()

    def read(self, cursor: str, bound_to: bytes) -> list[Any]:
        """The values again, as JSON has them.

        Raises:
            CursorInvalid: changed, made up, or of another list, tenant or question.
        """
        refused = CursorInvalid("This cursor belongs to another list, sort or filter; begin without one.")
        if len(cursor) > _LONGEST:
            raise refused
        try:
            signed = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError) as error:
            raise refused from error
        payload, mac = signed[:-_MAC], signed[-_MAC:]
        if not hmac.compare_digest(mac, self._mac(payload, bound_to)):
            raise refused
        values: list[Any] = orjson.loads(payload)
        return values

    def _mac(self, payload: bytes, bound_to: bytes) -> bytes:
        told = len(bound_to).to_bytes(4, "big") + bound_to + payload
        return hmac.digest(self._key, told, "sha256")[:_MAC]

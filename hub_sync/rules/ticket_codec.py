"""The ticket codec, version 1: AES-256-GCM in base64url, as `tests/data/ticket-v1-vectors.json` defines.

    code = base64url(crc32(rest) ‖ rest), rest = iv(12) ‖ ciphertext ‖ tag(16); no padding, no associated data

The CRC distinguishes a misread code from a forgery before any key is tried. Rejections are values: a web address on a
poster is not an error of the program. A version 2 gets its own `_open_v2` next to `_open_v1` and an entry in `_OPENERS`.
The version is encrypted with the payload, so nobody can change it.
"""

import base64
import binascii
import json
import re
import secrets
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub_sync.rules.ticket_keys import KeyRing, TicketKey

_CRC, _IV, _TAG = 4, 12, 16
_STANDARD_ALPHABET = str.maketrans("+/", "-_")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z", re.ASCII)
MAX_ID_LENGTH = 64
MAX_CODE_LENGTH = 4296
"""The greatest number of characters in a QR code (version 40-L, alphanumeric, ISO/IEC 18004)."""


class TicketRejectionKind(StrEnum):
    """Reason why a text is not a valid ticket."""

    NOT_A_TICKET = "not_a_ticket"
    DAMAGED = "damaged"
    FORGED = "forged"
    UNSUPPORTED = "unsupported"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class TicketPayload:
    """Content of a ticket: ids of participant, tenant and event, and its time of issue (Unix seconds)."""

    pid: str
    tid: str
    eid: str
    iat: int
    v: int = 1

    def to_json(self) -> bytes:
        """Return compact UTF-8 JSON with its members in the order of the specification."""
        members = {"pid": self.pid, "tid": self.tid, "eid": self.eid, "iat": self.iat, "v": self.v}
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class TicketRejection:
    """A text that is not a valid ticket, with its reason."""

    kind: TicketRejectionKind
    message: str


def seal_ticket(
    payload: TicketPayload, key: TicketKey, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> str:
    """Return the code of a payload. Each call uses a new IV, so two codes of one ticket differ."""
    iv = random_bytes(_IV)
    rest = iv + AESGCM(key.material).encrypt(iv, payload.to_json(), None)
    return _encode(struct.pack(">I", zlib.crc32(rest)) + rest)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def open_ticket(code: str, ring: KeyRing, at: datetime | None = None) -> TicketPayload | TicketRejection:
    """Open a code with any key of the ring that is valid at `at` (None: any key). Never raises because of a code.

    White space, line breaks, a byte order mark, other characters that print nothing, padding, and the standard alphabet's +
    and / are accepted, because transport adds them.
    """
    text = _plain_base64(code)
    if text is None:
        return TicketRejection(TicketRejectionKind.NOT_A_TICKET, "This is not a ticket.")
    rest = _unpack(text)
    if rest is None:
        return TicketRejection(TicketRejectionKind.DAMAGED, "The code is damaged or was not read whole.")
    plain = _decrypt(rest, ring.opening_ciphers(at))
    if plain is None:
        return TicketRejection(
            TicketRejectionKind.FORGED, "The seal was not made with any key of this event."
        )
    return _read_payload(plain)


def is_ticket_shaped(code: str) -> bool:
    """Return True if a code has the form of a ticket. A damaged or forged ticket has it; a web address has not."""
    return _plain_base64(code) is not None


def has_valid_checksum(code: str) -> bool:
    """Return True if a code has a ticket's form and its CRC is right: it was read as it was printed."""
    text = _plain_base64(code)
    return text is not None and _unpack(text) is not None


def _plain_base64(code: str) -> str | None:
    text = "".join(code.split())
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    text = text.rstrip("=").translate(_STANDARD_ALPHABET)
    if len(text) > MAX_CODE_LENGTH or not _ALPHABET.match(text) or len(text) * 3 // 4 < _CRC + _IV + _TAG:
        return None
    return text


def _unpack(text: str) -> bytes | None:
    """Return the bytes after the CRC, or None if the text is cut, has stray bits at its end, or the CRC differs."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    crc, rest = struct.unpack(">I", raw[:_CRC])[0], raw[_CRC:]
    return rest if zlib.crc32(rest) == crc and _encode(raw) == text else None


def _decrypt(rest: bytes, ciphers: Iterable[AESGCM]) -> bytes | None:
    for cipher in ciphers:
        try:
            return cipher.decrypt(rest[:_IV], rest[_IV:], None)
        except InvalidTag:
            continue
    return None


def _read_payload(plain: bytes) -> TicketPayload | TicketRejection:
    try:
        members = json.loads(
            plain.decode("utf-8"), object_pairs_hook=_unique_members, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        return _malformed("what is sealed is not the JSON of a ticket")
    if not isinstance(members, dict):
        return _malformed("what is sealed is not a JSON object")
    version = members.get("v")
    if not isinstance(version, int) or isinstance(version, bool):
        return _malformed("it says no version")
    opener = _OPENERS.get(version)
    if opener is None:
        return TicketRejection(
            TicketRejectionKind.UNSUPPORTED, f"Ticket version {version} is newer than this program."
        )
    return opener(members)


def _open_v1(members: dict[str, Any]) -> TicketPayload | TicketRejection:
    if set(members) != {"pid", "tid", "eid", "iat", "v"}:
        return _malformed("its members are not those of version 1")
    for name in ("pid", "tid", "eid"):
        if not _is_id(members[name]):
            return _malformed(f"{name} is not an id")
    iat = members["iat"]
    if not isinstance(iat, int) or isinstance(iat, bool) or iat < 0:
        return _malformed("iat is not a time")
    return TicketPayload(**members)


def _is_id(value: Any) -> bool:
    """Return True for 1 to 64 printable characters, which every table and index of station and hub can hold."""
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH and value.isprintable()


_OPENERS: dict[int, Callable[[dict[str, Any]], TicketPayload | TicketRejection]] = {1: _open_v1}


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _malformed(why: str) -> TicketRejection:
    return TicketRejection(TicketRejectionKind.MALFORMED, f"The seal is good, but {why}.")

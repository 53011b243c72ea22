"""The ticket codec: opens tickets of both versions, and encrypts version 1 (`rules.tickets.signed_ticket` signs version 2).

Version 1 is AES-256-GCM in base64url, as `tests/data/ticket-v1-vectors.json` defines:

    code = base64url(crc32(rest) ‖ rest), rest = iv(12) ‖ ciphertext ‖ tag(16); no padding, no associated data

The CRC distinguishes a misread code from a forgery before any key is tried. Rejections are values: a web address on a
poster is not an error of the program. The version of a sealed ticket is encrypted with the payload, so nobody can change it.
"""

import base64
import binascii
import json
import re
import secrets
import struct
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub_sync.rules.tickets.signed_ticket import VERSION, is_signed_ticket, open_signed_ticket, sign_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing, TicketKey
from hub_sync.rules.tickets.ticket_payload import TicketPayload, TicketRejection, TicketRejectionKind, is_id

__all__ = [
    "MAX_CODE_LENGTH",
    "TicketPayload",
    "TicketRejection",
    "TicketRejectionKind",
    "has_valid_checksum",
    "is_ticket_shaped",
    "issue_ticket",
    "open_ticket",
    "seal_ticket",
]

_CRC, _IV, _TAG = 4, 12, 16
_STANDARD_ALPHABET = str.maketrans("+/", "-_")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z", re.ASCII)
MAX_CODE_LENGTH = 4296
"""The greatest number of characters in a QR code (version 40-L, alphanumeric, ISO/IEC 18004)."""


def seal_ticket(
    payload: TicketPayload, key: TicketKey, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> str:
    """Return the code of a payload, version 1. Each call uses a new IV, so two codes of one ticket differ.

    Raises:
        ValueError: the payload has a category or a validity, which version 1 can't hold.
    """
    if payload.category or payload.not_before is not None or payload.not_after is not None:
        raise ValueError("a ticket of version 1 has neither category nor validity")
    iv = random_bytes(_IV)
    rest = iv + AESGCM(key.material).encrypt(iv, payload.to_json(), None)
    return _encode(struct.pack(">I", zlib.crc32(rest)) + rest)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def issue_ticket(payload: TicketPayload, ring: KeyRing, at: datetime) -> str:
    """Return the code of a payload in its version, protected by the newest key of the ring that is valid at `at`.

    Raises:
        LookupError: there is no such key.
        UnfitTicketPayload, ValueError: as `sign_ticket` and `seal_ticket`.
    """
    if payload.v == VERSION:
        return sign_ticket(payload, ring.signing_key(at))
    return seal_ticket(payload, ring.sealing_key(at))


def open_ticket(code: str, ring: KeyRing, at: datetime | None = None) -> TicketPayload | TicketRejection:
    """Open a code with any key of the ring that is valid at `at` (None: any key). Never raises because of a code.

    A ticket of a key that has ended is outdated. A sealed one names no key: where the material of such a key is gone, every seal that does
    not open counts as outdated, a forged one too. White space, line breaks, a byte order mark, other characters that print nothing, padding, and the standard alphabet's +
    and / are accepted, because transport adds them.
    """
    text = _plain_base64(code)
    if text is None:
        return TicketRejection(TicketRejectionKind.NOT_A_TICKET, "This is not a ticket.")
    signed = open_signed_ticket(text, ring, at)
    if signed is not None:
        return signed
    rest = _unpack(text)
    if rest is None:
        return TicketRejection(TicketRejectionKind.DAMAGED, "The code is damaged or was not read whole.")
    plain = _decrypt(rest, ring.opening_ciphers(at))
    return _reject_seal(rest, ring, at) if plain is None else _read_payload(plain)


def _reject_seal(rest: bytes, ring: KeyRing, at: datetime | None) -> TicketRejection:
    """Return why no valid key opens a seal."""
    if _decrypt(rest, ring.ended_ciphers(at)) is not None:
        return TicketRejection(
            TicketRejectionKind.OUTDATED, "The key of the seal has ended.", is_of_ended_key=True
        )
    if ring.has_ended_sealing_keys:
        return TicketRejection(TicketRejectionKind.OUTDATED, "The seal's key may have ended.")
    return TicketRejection(TicketRejectionKind.FORGED, "The seal was not made with any key of this event.")


def is_ticket_shaped(code: str) -> bool:
    """Return True if a code has the form of a ticket. A damaged or forged ticket has it; a web address has not."""
    return _plain_base64(code) is not None


def has_valid_checksum(code: str) -> bool:
    """Return True if a code has a ticket's form and its CRC is right: it was read as it was printed."""
    text = _plain_base64(code)
    return text is not None and (_unpack(text) is not None or is_signed_ticket(text))


def _plain_base64(code: str) -> str | None:
    text = "".join(code.split())
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    text = text.rstrip("=")
    if "+" in text or "/" in text:
        text = text.translate(_STANDARD_ALPHABET)
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
        members = _DECODER.decode(plain.decode("utf-8"))
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
        if not is_id(members[name]):
            return _malformed(f"{name} is not an id")
    iat = members["iat"]
    if not isinstance(iat, int) or isinstance(iat, bool) or iat < 0:
        return _malformed("iat is not a time")
    return TicketPayload(**members)


_OPENERS: dict[int, Callable[[dict[str, Any]], TicketPayload | TicketRejection]] = {1: _open_v1}


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_members, parse_constant=_no_constant)


def _malformed(why: str) -> TicketRejection:
    return TicketRejection(TicketRejectionKind.MALFORMED, f"The seal is good, but {why}.")

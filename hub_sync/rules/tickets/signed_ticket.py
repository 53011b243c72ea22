"""The ticket codec, version 2: signed with Ed25519 (RFC 8032), as `tests/data/ticket-v2-vectors.json` defines.

    code = "DW2" base32(crc32(rest) ‖ rest), rest = body ‖ signature(64); RFC 4648 base32 without padding
    body = key id(4) ‖ flags(1) ‖ iat(4) ‖ [not before(4)] ‖ [not after(4)] ‖ pid ‖ eid ‖ category

- A station has public keys only: whoever steals one can open tickets and create none.
- The key id is the first four bytes of the public key's SHA-256. It also names the tenant: the tenant's id is signed with the body, but
  the body does not contain it.
- Times are Unix seconds, big-endian and unsigned. Flag 1 says that there is a `not before`, flag 2 a `not after`.
- A text is a length byte and UTF-8; a length of 0 is followed by the 16 bytes of a UUID in its canonical form. The category is never
  a UUID: its length 0 is the empty text.
- The CRC distinguishes a misread code from a forgery. All characters are in the QR code's alphanumeric mode. Upper and lower case
  are the same, because a hand-held scanner may type with caps lock on.

Decision: `docs/adr/0060-signed-tickets.md`.
"""

import base64
import binascii
import struct
import zlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature

from hub_sync.rules.tickets.ticket_keys import KeyRing, SignatureKey
from hub_sync.rules.tickets.ticket_payload import TicketPayload, TicketRejection, TicketRejectionKind, is_id

PREFIX = "DW2"
VERSION = 2
_CONTEXT = b"doorward ticket v2\0"
_CRC, _KEY_ID, _SIGNATURE, _UUID = 4, 4, 64, 16
_NOT_BEFORE, _NOT_AFTER = 1, 2
_LARGEST_TIME = 2**32 - 1
_MAX_TEXT = 255


class UnfitTicketPayload(ValueError):
    """The payload has a value that a signed ticket can't hold."""


def sign_ticket(payload: TicketPayload, key: SignatureKey) -> str:
    """Return the code of a payload. Equal payloads have equal codes.

    Raises:
        UnfitTicketPayload: an id is longer than 64 characters or not printable, a time is not from 1970 to 2106, the tenant is
            not the key's, or the ticket would never be valid.
        LookupError: the key is without its private part.
    """
    body = _body(payload, key)
    signature = key.sign(_message(key.tenant_id, body))
    rest = body + signature
    raw = struct.pack(">I", zlib.crc32(rest)) + rest
    return PREFIX + base64.b32encode(raw).rstrip(b"=").decode()


def _message(tenant_id: str, body: bytes) -> bytes:
    return b"".join((_CONTEXT, _text(tenant_id), body))


def _body(payload: TicketPayload, key: SignatureKey) -> bytes:
    if payload.tid != key.tenant_id:
        raise UnfitTicketPayload("the key is another tenant's")
    if not all(is_id(text) for text in (payload.pid, payload.tid, payload.eid)):
        raise UnfitTicketPayload("an id has 1 to 64 printable characters")
    times = [payload.iat]
    flags = 0
    for flag, time in ((_NOT_BEFORE, payload.not_before), (_NOT_AFTER, payload.not_after)):
        if time is not None:
            flags |= flag
            times.append(time)
    if not all(0 <= time <= _LARGEST_TIME for time in times):
        raise UnfitTicketPayload("a time must be from 1970 to 2106")
    if flags == _NOT_BEFORE | _NOT_AFTER and times[1] >= times[2]:
        raise UnfitTicketPayload("the ticket would never be valid")
    category = payload.category.encode()
    if len(category) > _MAX_TEXT:
        raise UnfitTicketPayload("the category is too long")
    return b"".join(
        (
            key.key_id,
            bytes((flags,)),
            *(struct.pack(">I", time) for time in times),
            _text(payload.pid),
            _text(payload.eid),
            bytes((len(category),)) + category,
        )
    )


def _text(text: str) -> bytes:
    """Return the bytes of an id: a UUID in 17, anything else in its length and UTF-8."""
    try:
        uuid = UUID(text)
    except ValueError:
        uuid = None
    if uuid is not None and str(uuid) == text:
        return b"\0" + uuid.bytes
    encoded = text.encode()
    if len(encoded) > _MAX_TEXT:
        raise UnfitTicketPayload("an id is too long")
    return bytes((len(encoded),)) + encoded


def is_signed_ticket(text: str) -> bool:
    """Return True if a text has the form and the checksum of a signed ticket: it was read as it was printed."""
    return _unpack(text) is not None


def open_signed_ticket(
    text: str, ring: KeyRing, at: datetime | None
) -> TicketPayload | TicketRejection | None:
    """Open a text with a key of the ring that is valid at `at` (None: any); None if it is no signed ticket.

    White space and other characters that print nothing must have been removed. Never raises because of a text. That the
    ticket itself is valid yet, or still, is the decision's (`rules.admission`).
    """
    rest = _unpack(text)
    if rest is None:
        return None
    body, signature = rest[:-_SIGNATURE], rest[-_SIGNATURE:]
    key_id = body[:_KEY_ID]
    signer = _find_signer(body, signature, ring.verification_keys(key_id, at))
    if signer is not None:
        return _read_body(body, signer.tenant_id)
    if ring.is_ended_key_id(key_id) or _find_signer(
        body, signature, ring.ended_verification_keys(key_id, at)
    ):
        return TicketRejection(
            TicketRejectionKind.OUTDATED, "The key of the signature has ended.", is_of_ended_key=True
        )
    return TicketRejection(
        TicketRejectionKind.FORGED, "The signature was not made with any key of this event."
    )


def _find_signer(body: bytes, signature: bytes, keys: Iterable[SignatureKey]) -> SignatureKey | None:
    for key in keys:
        try:
            key.verify(signature, _message(key.tenant_id, body))
        except InvalidSignature:
            continue
        return key
    return None


def _unpack(text: str) -> bytes | None:
    """Return body and signature, or None if the text has another form, stray bits at its end, or another CRC."""
    text = text.upper()
    if not text.startswith(PREFIX) or not text.isascii():
        return None
    encoded = text[len(PREFIX) :]
    try:
        raw = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    except binascii.Error:
        return None
    if len(raw) <= _CRC + _KEY_ID + _SIGNATURE or base64.b32encode(raw).rstrip(b"=").decode() != encoded:
        return None
    rest = raw[_CRC:]
    return rest if zlib.crc32(rest) == struct.unpack(">I", raw[:_CRC])[0] else None


class _Reader:
    """Reads a body from its start; ValueError if it ends too early or holds something that is not allowed."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def take(self, count: int) -> bytes:
        taken = self._body[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("it ends too early")
        self._at += count
        return taken

    def time(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def id(self) -> str:
        length = self.take(1)[0]
        text = str(UUID(bytes=self.take(_UUID))) if length == 0 else self.take(length).decode()
        if not is_id(text):
            raise ValueError("an id is not one")
        return text

    def category(self) -> str:
        return self.take(self.take(1)[0]).decode()

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._body)


def _read_body(body: bytes, tenant_id: str) -> TicketPayload | TicketRejection:
    reader = _Reader(body)
    try:
        reader.take(_KEY_ID)
        flags = reader.take(1)[0]
        if flags & ~(_NOT_BEFORE | _NOT_AFTER):
            return TicketRejection(
                TicketRejectionKind.UNSUPPORTED, "The ticket has a condition that is newer than this program."
            )
        payload = TicketPayload(
            iat=reader.time(),
            not_before=reader.time() if flags & _NOT_BEFORE else None,
            not_after=reader.time() if flags & _NOT_AFTER else None,
            pid=reader.id(),
            tid=tenant_id,
            eid=reader.id(),
            category=reader.category(),
            v=VERSION,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        return TicketRejection(TicketRejectionKind.MALFORMED, f"The signature is good, but {error}.")
    if not reader.is_at_end:
        return TicketRejection(
            TicketRejectionKind.MALFORMED, "The signature is good, but more follows the ticket."
        )
    return payload

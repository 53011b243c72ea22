"""The ticket codec, version 1: AES-256-GCM in base64url, as `spec/ticket-v1-vectors.json` lays down.

    code = base64url(crc32(rest) ‖ rest), rest = iv(12) ‖ ciphertext ‖ tag(16); no padding, no associated data

The CRC tells a misread from a forgery before any key is tried. Refusals are values: a poster's web address held up
to the camera is not an error of the program. A version 2 gets its own `_open_v2` beside `_open_v1` and a line in
`_OPENERS`; the version stands inside the seal, so nobody can strip it.
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
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_CRC, _IV, _TAG, _KEY = 4, 12, 16, 32
_STANDARD_ALPHABET = str.maketrans("+/", "-_")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z", re.ASCII)
MAX_ID_LENGTH = 64
MAX_CODE_LENGTH = 4296
"""The most characters a QR code can carry (version 40-L, alphanumeric, ISO/IEC 18004)."""


class TicketRejectionKind(StrEnum):
    """Why a text does not open."""

    NOT_A_TICKET = "not_a_ticket"
    DAMAGED = "damaged"
    FORGED = "forged"
    UNSUPPORTED = "unsupported"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class TicketPayload:
    """What a ticket says: participant, tenant and event id, and when it was issued (Unix seconds)."""

    pid: str
    tid: str
    eid: str
    iat: int
    v: int = 1

    def to_json(self) -> bytes:
        """Compact UTF-8 JSON, members in the order of the specification."""
        members = {"pid": self.pid, "tid": self.tid, "eid": self.eid, "iat": self.iat, "v": self.v}
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class TicketRejection:
    """A text that is no good ticket, and what kind of no good."""

    kind: TicketRejectionKind
    message: str


@dataclass(frozen=True, slots=True)
class TicketKey:
    """One AES-256 key (32 bytes) and the time in which it is good; None: open-ended."""

    kid: str
    material: bytes
    not_before: datetime | None = None
    not_after: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.material) != _KEY:
            raise ValueError("a ticket key has 32 bytes")

    def __repr__(self) -> str:
        return f"TicketKey(kid={self.kid!r})"

    def is_valid_at(self, at: datetime) -> bool:
        """Whether the key may be used at a time."""
        return (self.not_before is None or self.not_before <= at) and (
            self.not_after is None or at < self.not_after
        )


class KeyRing:
    """The newest good key seals, any good one opens."""

    def __init__(self, keys: Iterable[TicketKey]) -> None:
        """Keys in any order; the newest is the one with the latest `not_before`, of equals the last given."""
        oldest = datetime.min.replace(tzinfo=UTC)
        self._keys = tuple(sorted(keys, key=lambda key: key.not_before or oldest))[::-1]
        self._ciphers = {key.kid: AESGCM(key.material) for key in self._keys}

    def __len__(self) -> int:
        return len(self._keys)

    @classmethod
    def from_material(cls, material: bytes) -> "KeyRing":
        """A ring of one key without an end."""
        return cls([TicketKey(kid="key", material=material)])

    def sealing_key(self, at: datetime) -> TicketKey:
        """The key to seal with.

        Raises:
            LookupError: no key of the ring is good at that time.
        """
        for key in self._keys:
            if key.is_valid_at(at):
                return key
        raise LookupError("no ticket key is valid now")

    def opening_ciphers(self, at: datetime | None) -> Iterable[AESGCM]:
        """Ciphers to try, newest first; `at` None (the clock can't be trusted): all of them."""
        for key in self._keys:
            if at is None or key.is_valid_at(at):
                yield self._ciphers[key.kid]


def key_from_environment(qr_encryption_key: str, session_secret: str) -> tuple[TicketKey, bool]:
    """The key of a hub that has none in its database: QR_ENCRYPTION_KEY, else SHA-256 of SESSION_SECRET.

    Returns the key and whether it was derived, which is for development only (`doctor` says so).

    Raises:
        ValueError: neither is set, or QR_ENCRYPTION_KEY is not 64 hex digits.
    """
    if qr_encryption_key:
        return TicketKey(kid="environment", material=parse_key(qr_encryption_key)), False
    if session_secret:
        return TicketKey(kid="derived", material=sha256(session_secret.encode()).digest()), True
    raise ValueError("neither QR_ENCRYPTION_KEY nor SESSION_SECRET is set")


def parse_key(text: str) -> bytes:
    """The 32 bytes of a key written as 64 hex digits.

    Raises:
        ValueError: it is not that.
    """
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise ValueError("a ticket key is written as 64 hex digits (32 bytes)")
    return bytes.fromhex(text.strip())


def seal_ticket(
    payload: TicketPayload, key: TicketKey, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> str:
    """The code for a payload; a fresh IV each time, so that two codes of one ticket differ."""
    iv = random_bytes(_IV)
    rest = iv + AESGCM(key.material).encrypt(iv, payload.to_json(), None)
    return _encode(struct.pack(">I", zlib.crc32(rest)) + rest)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def open_ticket(code: str, ring: KeyRing, at: datetime | None = None) -> TicketPayload | TicketRejection:
    """Open a code with any key of the ring that is good at `at` (None: any key at all). Never raises on a code.

    What transport does to base64 is forgiven: white space, line breaks, padding, and the standard alphabet's + and /.
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
    """Whether a code could be a ticket at all, damaged or forged ones included; a web address is not."""
    return _plain_base64(code) is not None


def _plain_base64(code: str) -> str | None:
    text = "".join(code.split()).rstrip("=").translate(_STANDARD_ALPHABET)
    if len(text) > MAX_CODE_LENGTH or not _ALPHABET.match(text) or len(text) * 3 // 4 < _CRC + _IV + _TAG:
        return None
    return text


def _unpack(text: str) -> bytes | None:
    """What follows the CRC; None where the text is cut short, has stray bits at its end, or the CRC is another's."""
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
    """A text that every table and index of station and hub can hold: 1 to 64 characters, all of them printable."""
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

"""Ticket keys: AES-256 keys with their validity, the ring of a tenant, and keys from the environment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY = 32


@dataclass(frozen=True, slots=True)
class TicketKey:
    """An AES-256 key (32 bytes) and its validity; None means no limit."""

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
        """Return True if the key may be used at a time."""
        return (self.not_before is None or self.not_before <= at) and (
            self.not_after is None or at < self.not_after
        )


class KeyRing:
    """Ticket keys. The newest valid key seals tickets, and every valid key opens them."""

    def __init__(self, keys: Iterable[TicketKey]) -> None:
        """Create a ring of keys in any order. The newest is the one with the latest `not_before`, of equal ones the last."""
        oldest = datetime.min.replace(tzinfo=UTC)
        self._keys = tuple(sorted(keys, key=lambda key: key.not_before or oldest))[::-1]
        self._ciphers = {key.kid: AESGCM(key.material) for key in self._keys}

    def __len__(self) -> int:
        return len(self._keys)

    @classmethod
    def from_material(cls, material: bytes) -> "KeyRing":
        """Return a ring of one key without limits."""
        return cls([TicketKey(kid="key", material=material)])

    def sealing_key(self, at: datetime) -> TicketKey:
        """Return the key to seal with.

        Raises:
            LookupError: No key of the ring is valid at that time.
        """
        for key in self._keys:
            if key.is_valid_at(at):
                return key
        raise LookupError("no ticket key is valid now")

    def opening_ciphers(self, at: datetime | None) -> Iterable[AESGCM]:
        """Yield the ciphers to try, newest first. With `at` None (the clock can't be trusted), yield all."""
        for key in self._keys:
            if at is None or key.is_valid_at(at):
                yield self._ciphers[key.kid]


def key_from_environment(qr_encryption_key: str, session_secret: str) -> tuple[TicketKey, bool]:
    """Return the key of a hub without one in its database: QR_ENCRYPTION_KEY, else SHA-256 of SESSION_SECRET.

    The second value is True for a derived key, which is for development only (`doctor` reports it).

    Raises:
        ValueError: Neither is set, or QR_ENCRYPTION_KEY is not 64 hex digits.
    """
    if qr_encryption_key:
        return TicketKey(kid="environment", material=parse_key(qr_encryption_key)), False
    if session_secret:
        return TicketKey(kid="derived", material=sha256(session_secret.encode()).digest()), True
    raise ValueError("neither QR_ENCRYPTION_KEY nor SESSION_SECRET is set")


def parse_key(text: str) -> bytes:
    """Parse a key of 64 hex digits into its 32 bytes.

    Raises:
        ValueError: The text is not 64 hex digits.
    """
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise ValueError("a ticket key is written as 64 hex digits (32 bytes)")
    return bytes.fromhex(text.strip())

"""Ticket keys with their validity: AES-256 for sealed tickets, Ed25519 for signed ones; rings, and keys from the environment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import ClassVar, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub_sync.contract.enums import TicketAlgorithm

_KEY = 32


class _Validity:
    """Common part of the kinds of keys."""

    __slots__ = ()
    not_before: datetime | None
    not_after: datetime | None

    def is_valid_at(self, at: datetime) -> bool:
        """Return True if the key may be used at a time."""
        return (self.not_before is None or self.not_before <= at) and (
            self.not_after is None or at < self.not_after
        )

    def has_ended_at(self, at: datetime) -> bool:
        """Return True if the key's time is over at a time."""
        return self.not_after is not None and self.not_after <= at


@dataclass(frozen=True, slots=True)
class TicketKey(_Validity):
    """An AES-256 key (32 bytes), which seals and opens tickets, and its validity; None means no limit."""

    algorithm: ClassVar[TicketAlgorithm] = TicketAlgorithm.SEALED
    tenant_id: ClassVar[str] = ""  # the ticket itself names its tenant
    kid: str
    material: bytes
    not_before: datetime | None = None
    not_after: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.material) != _KEY:
            raise ValueError("a ticket key has 32 bytes")

    def __repr__(self) -> str:
        return f"TicketKey(kid={self.kid!r})"

    @property
    def opening_material(self) -> bytes:
        """Return what a station needs: the key itself."""
        return self.material

    @property
    def secret_material(self) -> bytes:
        """Return what a hub keeps."""
        return self.material


@dataclass(frozen=True)
class SignatureKey(_Validity):
    """An Ed25519 key of a tenant: the public part (32 bytes), at the hub also the `seed` that signs (32 bytes)."""

    algorithm: ClassVar[TicketAlgorithm] = TicketAlgorithm.SIGNED
    kid: str
    public: bytes
    tenant_id: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    seed: bytes | None = None

    def __post_init__(self) -> None:
        if len(self.public) != _KEY:
            raise ValueError("a public key has 32 bytes")

    def __repr__(self) -> str:
        return f"SignatureKey(kid={self.kid!r})"

    @property
    def opening_material(self) -> bytes:
        """Return what a station needs: the public part."""
        return self.public

    @property
    def secret_material(self) -> bytes | None:
        """Return what a hub keeps: the seed, None where it is not known."""
        return self.seed

    @classmethod
    def from_seed(
        cls,
        kid: str,
        seed: bytes,
        tenant_id: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> "SignatureKey":
        """Return the key of a seed of 32 random bytes.

        Raises:
            ValueError: the seed has another length.
        """
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return cls(kid, public, tenant_id, not_before, not_after, seed)

    @cached_property
    def key_id(self) -> bytes:
        """The four bytes by which a ticket names this key."""
        return sha256(self.public).digest()[:4]

    @cached_property
    def _verifier(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the signature (64 bytes) of a message.

        Raises:
            LookupError: the seed is not known here.
        """
        if self.seed is None:
            raise LookupError("this key can't sign")
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise cryptography's InvalidSignature if this key did not sign the message."""
        self._verifier.verify(signature, message)


AnyTicketKey = TicketKey | SignatureKey


@dataclass(frozen=True, slots=True)
class EndedKey:
    """What a station still knows of a key that has ended: no material. `key_id` is as in `SignatureKey`; a sealing key has none."""

    kid: str
    algorithm: TicketAlgorithm
    key_id: bytes = b""

    @classmethod
    def of(cls, key: AnyTicketKey) -> Self:
        """Return what is known of a key after its end."""
        return cls(key.kid, key.algorithm, key.key_id if isinstance(key, SignatureKey) else b"")


class KeyRing:
    """Ticket keys. The newest valid key of a kind seals or signs tickets, and every valid key opens them."""

    def __init__(self, keys: Iterable[AnyTicketKey], ended: Iterable[EndedKey] = ()) -> None:
        """Create a ring of keys in any order. The newest is the one with the latest `not_before`, of equal ones the last.

        `ended` are keys whose material is not here any more: they open nothing, but tell an old ticket from a forged one.
        """
        self._ended = frozenset(ended)
        oldest = datetime.min.replace(tzinfo=UTC)
        newest_first = sorted(keys, key=lambda key: key.not_before or oldest)[::-1]
        self._sealing = tuple(key for key in newest_first if isinstance(key, TicketKey))
        self._signing = tuple(key for key in newest_first if isinstance(key, SignatureKey))
        self._ciphers = {key.kid: AESGCM(key.material) for key in self._sealing}

    def __len__(self) -> int:
        return len(self._sealing) + len(self._signing)

    @classmethod
    def from_material(cls, material: bytes) -> "KeyRing":
        """Return a ring of one AES key without limits."""
        return cls([TicketKey(kid="key", material=material)])

    def sealing_key(self, at: datetime) -> TicketKey:
        """Return the key to seal with.

        Raises:
            LookupError: No AES key of the ring is valid at that time.
        """
        for key in self._sealing:
            if key.is_valid_at(at):
                return key
        raise LookupError("no ticket key is valid now")

    def signing_key(self, at: datetime) -> SignatureKey:
        """Return the key to sign with.

        Raises:
            LookupError: No Ed25519 key of the ring is valid at that time and has its private part.
        """
        for key in self._signing:
            if key.seed is not None and key.is_valid_at(at):
                return key
        raise LookupError("no key that signs tickets is valid now")

    def opening_ciphers(self, at: datetime | None) -> Iterable[AESGCM]:
        """Yield the ciphers to try, newest first. With `at` None (the clock can't be trusted), yield all."""
        for key in self._sealing:
            if at is None or key.is_valid_at(at):
                yield self._ciphers[key.kid]

    def verification_keys(self, key_id: bytes, at: datetime | None) -> Iterable[SignatureKey]:
        """Yield the keys that a ticket with this key id names. With `at` None (the clock can't be trusted), yield all."""
        for key in self._signing:
            if key.key_id == key_id and (at is None or key.is_valid_at(at)):
                yield key

    def ended_ciphers(self, at: datetime | None) -> Iterable[AESGCM]:
        """Yield the ciphers of keys of the ring that have ended; none if the clock can't be trusted."""
        for key in self._sealing:
            if at is not None and key.has_ended_at(at):
                yield self._ciphers[key.kid]

    def ended_verification_keys(self, key_id: bytes, at: datetime | None) -> Iterable[SignatureKey]:
        """Yield the keys of the ring with this key id that have ended; none if the clock can't be trusted."""
        for key in self._signing:
            if key.key_id == key_id and at is not None and key.has_ended_at(at):
                yield key

    @cached_property
    def has_ended_sealing_keys(self) -> bool:
        """True if a key that sealed tickets has ended, and is not here any more."""
        return any(key.algorithm is TicketAlgorithm.SEALED for key in self._ended)

    def is_ended_key_id(self, key_id: bytes) -> bool:
        """Return True if a key with this key id has ended, and is not here any more."""
        return any(key.algorithm is TicketAlgorithm.SIGNED and key.key_id == key_id for key in self._ended)


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

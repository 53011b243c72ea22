"""The key pair of a station: it proves who sent a message of the local network, and can sign the journal's heads.

One secret of 32 bytes gives two key pairs by HKDF (RFC 5869): Ed25519 signs (RFC 8032), and X25519 agrees on a secret with
another station (RFC 7748). The secret stays in the station's encrypted store. The hub gets the public halves.

    dk1.<Ed25519 public key, 64 hex digits>.<X25519 public key, 64 hex digits>

Decision: `docs/adr/0068-admissions-on-the-local-network.md`.
"""

import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
_FORM = re.compile(r"dk1\.([0-9a-f]{64})\.([0-9a-f]{64})")
_SIGNING, _EXCHANGE = b"doorward device key: signing", b"doorward device key: exchange"


@dataclass(frozen=True)
class DevicePublicKey:
    """The public halves of a station's key pair: `signing` is Ed25519, `exchange` is X25519, 32 bytes each."""

    signing: bytes
    exchange: bytes

    @classmethod
    def parse(cls, text: str) -> "DevicePublicKey | None":
        """Return the key of a text, or None if it is none."""
        match = _FORM.fullmatch(text)
        return None if match is None else cls(bytes.fromhex(match[1]), bytes.fromhex(match[2]))

    @property
    def text(self) -> str:
        """The key as it is sent and stored."""
        return f"dk1.{self.signing.hex()}.{self.exchange.hex()}"

    @cached_property
    def fingerprint(self) -> bytes:
        """Sixteen bytes that identify the key."""
        return sha256(self.text.encode()).digest()[:16]

    def is_signature(self, signature: bytes, message: bytes) -> bool:
        """Return True if the station with this key signed a message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.signing).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class DeviceKey:
    """The key pair of this station. Its secret is in no log."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError("the secret of a device key has 32 bytes")
        self.secret = secret
        self._signing = Ed25519PrivateKey.from_private_bytes(_derive(secret, _SIGNING))
        self._exchange = X25519PrivateKey.from_private_bytes(_derive(secret, _EXCHANGE))
        self.public = DevicePublicKey(
            self._signing.public_key().public_bytes_raw(), self._exchange.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> "DeviceKey":
        """Return a new key pair."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes. Begin each kind of message with a word of its own."""
        return self._signing.sign(message)

    def agree(self, other: DevicePublicKey, purpose: bytes) -> bytes | None:
        """Return the 32 bytes for a purpose that only this station and the owner of `other` can compute.

        None: `other` is a key with which everybody could compute them.
        """
        try:
            shared = self._exchange.exchange(X25519PublicKey.from_public_bytes(other.exchange))
        except ValueError:
            return None
        return _derive(shared, purpose)

    def __repr__(self) -> str:
        return f"DeviceKey({self.public.fingerprint.hex()})"


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=purpose).derive(secret)

"""Enrolment codes and device credentials: made here, kept as SHA-256 only.

Both are random and long, so that a plain hash is enough: there is nothing to guess, and every call pays for it.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_GROUPS, CODE_GROUP = 4, 5
"""20 letters of 31: 99 bits, single use, and still typed by hand in four groups."""


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """What a caller holds out: `dw_<device id>_<secret>`."""

    device_id: str
    secret: str


def fresh_enrol_code() -> str:
    """A code for one enrolment."""
    groups = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP)) for _ in range(CODE_GROUPS))
    return "-".join(groups)


def enrol_code_hash(code: str) -> str:
    """Its hash; case, dashes and spaces don't matter."""
    return sha256("".join(code.upper().replace("-", "").split()).encode()).hexdigest()


def fresh_credential(device_id: str) -> tuple[str, str]:
    """A credential of 256 random bits and the hash to keep."""
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"dw_{device_id}_{secret}", secret_hash(secret)


def secret_hash(secret: str) -> str:
    """The hash that is kept of a credential's secret."""
    return sha256(secret.encode()).hexdigest()


def read_bearer(authorization: str) -> PresentedCredential | None:
    """The credential in an Authorization header, or None if there is none."""
    scheme, _, credential = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    prefix, _, rest = credential.strip().partition("_")
    device_id, _, secret = rest.partition("_")
    if prefix != "dw" or not device_id or not secret or not credential.isascii():
        return None
    return PresentedCredential(device_id, secret)


def same(presented: str, kept_hash: str) -> bool:
    """Whether a secret is the one whose hash is kept, in constant time."""
    return hmac.compare_digest(secret_hash(presented), kept_hash)

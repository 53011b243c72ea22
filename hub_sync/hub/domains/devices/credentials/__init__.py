"""Enrolment codes and device credentials: created here, stored as SHA-256 only.

Both are random and long, so that a plain hash is enough: nobody can guess them, and every call computes it.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from hub_sync.rules.text_normalization import normalize_token

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_GROUPS, CODE_GROUP = 4, 5
"""20 letters of 31: 99 bits, single use, and still typed by hand in four groups."""


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """The credential of a request: `dw_<device id>_<secret>`."""

    device_id: str
    secret: str


def new_enrolment_code() -> str:
    """Return a new code for one enrolment."""
    groups = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP)) for _ in range(CODE_GROUPS))
    return "-".join(groups)


def enrolment_code_hash(code: str) -> str:
    """Return the hash of an enrolment code; case, dashes, spaces and the script of its digits don't matter."""
    return sha256(normalize_token(code).encode()).hexdigest()


def new_credential(device_id: str) -> tuple[str, str]:
    """Return a new credential of 256 random bits and the hash to store."""
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"dw_{device_id}_{secret}", secret_hash(secret)


def secret_hash(secret: str) -> str:
    """Return the hash of a credential's secret."""
    return sha256(secret.encode()).hexdigest()


def parse_bearer(authorization: str) -> PresentedCredential | None:
    """Return the credential in an Authorization header, or None if there is none."""
    scheme, _, credential = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    prefix, _, rest = credential.strip().partition("_")
    device_id, _, secret = rest.partition("_")
    if prefix != "dw" or not device_id or not secret or not credential.isascii():
        return None
    return PresentedCredential(device_id, secret)


def matches_hash(presented: str, stored_hash: str) -> bool:
    """Return True if a secret has this hash, in constant time."""
    return hmac.compare_digest(secret_hash(presented), stored_hash)

"""Password rules and argon2id hashes.

A hash takes about 50 ms and 64 MiB. Only a few are computed at once, and never while a transaction is open.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub_sync.hub.domains.accounts.errors import (
    PasswordIsEmail,
    PasswordTooUniform,
    PasswordTooWeak,
    SignInBusy,
)

MIN_PASSWORD, MAX_PASSWORD = 12, 1024
MAX_CONCURRENT = 4
"""Hashes at the same time: 256 MiB at most, even if somebody floods the sign-in."""
WAIT_S = 5.0
_FEWEST_DIFFERENT = 5
_hasher = PasswordHasher()
_slots = threading.BoundedSemaphore(MAX_CONCURRENT)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password.

    Raises:
        SignInBusy: 503: too many passwords are hashed at the moment.
    """
    with _slot():
        return _hasher.hash(_bytes(password))


def verify_password(stored: str, password: str) -> bool:
    """Return True if the hash is this password's. Without a hash return False after the same amount of work.

    Raises:
        SignInBusy: 503: too many passwords are hashed at the moment.
    """
    with _slot():
        try:
            right = _hasher.verify(stored or _dummy_hash(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and bool(stored)


def needs_rehash(stored: str) -> bool:
    """Return True if the hash was computed with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def check_password_rules(password: str, email: str = "") -> None:
    """Check a new password: 12 characters or more, not the address, not one letter repeated (NIST SP 800-63B).

    Raises:
        PasswordTooWeak: 422: with the rule that it breaks.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PasswordTooWeak(minimum=MIN_PASSWORD, maximum=MAX_PASSWORD)
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise PasswordTooUniform(minimum=_FEWEST_DIFFERENT)
    if email and password.lower() in (email, email.partition("@")[0]):
        raise PasswordIsEmail


def _bytes(password: str) -> bytes:
    """Encode the password; a lone surrogate is accepted and matches no password."""
    return password.encode("utf-8", "surrogatepass")


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=WAIT_S):
        raise SignInBusy
    try:
        yield
    finally:
        _slots.release()


@cache
def _dummy_hash() -> str:
    """Return the hash of a random password."""
    return _hasher.hash(secrets.token_hex(32))

"""Passwords: what is asked of them, and their argon2id hashes.

A hash takes some 50 ms and 64 MiB, so only a few are made at once, and never while a transaction is held.
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
"""So many hashes at once: 256 MiB at the most, whoever floods the sign-in."""
WAIT_S = 5.0
_FEWEST_DIFFERENT = 5
_hasher = PasswordHasher()
_slots = threading.BoundedSemaphore(MAX_CONCURRENT)


def hash_password(password: str) -> str:
    """The argon2id hash to keep.

    Raises:
        SignInBusy: 503: too many are hashed just now.
    """
    with _slot():
        return _hasher.hash(_bytes(password))


def verify_password(stored: str, password: str) -> bool:
    """Whether the hash is this password's; without a hash (nobody, or nobody yet) False, after as much work.

    Raises:
        SignInBusy: 503: too many are hashed just now.
    """
    with _slot():
        try:
            right = _hasher.verify(stored or _dummy_hash(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and bool(stored)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other figures than those of today."""
    return _hasher.check_needs_rehash(stored)


def check_password_rules(password: str, email: str = "") -> None:
    """Length is what counts (NIST SP 800-63B): 12 or more, not the address, not one letter over and over.

    Raises:
        PasswordTooWeak: with the rule that is not kept.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PasswordTooWeak(minimum=MIN_PASSWORD, maximum=MAX_PASSWORD)
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise PasswordTooUniform(minimum=_FEWEST_DIFFERENT)
    if email and password.lower() in (email, email.partition("@")[0]):
        raise PasswordIsEmail


def _bytes(password: str) -> bytes:
    """Whatever was typed: half a character is no password of anybody, and no failure either."""
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
    """The hash of a password that nobody knows."""
    return _hasher.hash(secrets.token_hex(32))

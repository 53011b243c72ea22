"""Password rules and argon2id hashes.

A password is normalized before it is hashed (NFKC; NIST SP 800-63B, 3.1.1.2): one keyboard types ü as one character and
another as u with a mark, and both must sign in. A hash of the time before that stays good for the keyboard that typed
it, and is replaced at its next use.

A hash takes about 50 ms and 64 MiB. Only a few are computed at once, and never while a transaction is open.
"""

import secrets
import threading
import unicodedata
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
        return _hasher.hash(_bytes(_normalize(password)))


def verify_password(stored: str, password: str) -> bool:
    """Return True if the hash is this password's. Without a hash return False after the same amount of work.

    A password that normalization changes is compared as it was typed, too.

    Raises:
        SignInBusy: 503: too many passwords are hashed at the moment.
    """
    with _slot():
        right = any(_is_hash_of(stored or _dummy_hash(), each) for each in _spellings(password))
    return right and bool(stored)


def needs_rehash(stored: str, password: str) -> bool:
    """Return True if the hash of a right password has other parameters than today's, or is not of its normal form.

    Raises:
        SignInBusy: 503: too many passwords are hashed at the moment.
    """
    if _hasher.check_needs_rehash(stored):
        return True
    if len(_spellings(password)) == 1:
        return False
    with _slot():
        return not _is_hash_of(stored, _normalize(password))


def check_password_rules(password: str, email: str = "") -> None:
    """Check a new password: 12 characters or more, not the address, not one letter repeated (NIST SP 800-63B).

    Raises:
        PasswordTooWeak: 422: with the rule that it breaks.
    """
    password = _normalize(password) if len(password) <= MAX_PASSWORD else password
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise PasswordTooWeak(minimum=MIN_PASSWORD, maximum=MAX_PASSWORD)
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise PasswordTooUniform(minimum=_FEWEST_DIFFERENT)
    if email and password.lower() in (email, email.partition("@")[0]):
        raise PasswordIsEmail


def _normalize(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _spellings(password: str) -> list[str]:
    return list(dict.fromkeys((_normalize(password), password)))


def _is_hash_of(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


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

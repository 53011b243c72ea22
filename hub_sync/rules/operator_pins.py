"""PINs of operators: their form, their verifiers, and how long a station refuses to check another one.

A verifier is a salted scrypt hash (RFC 7914). Checking one takes 32 MiB and about a tenth of a second, so that a
station's disk, once it is decrypted, gives no PIN away at once. It cannot do more: four digits are 10,000 tries, which
one processor makes in a quarter of an hour. What protects a PIN is that its verifier is in encrypted files only
(ADR 66).
"""

import base64
import binascii
import hmac
from enum import StrEnum
from hashlib import scrypt
from itertools import pairwise

from hub_sync.rules.text_normalization import ascii_digits

SHORTEST_PIN, LONGEST_PIN = 4, 8
_SCHEME = "scrypt"
_LOG_N, _R, _P = 15, 8, 1
_LARGEST_LOG_N, _LARGEST_R, _LARGEST_P = 17, 8, 4
"""The most that a verifier may ask of a station: 128 MiB."""
_BYTES = 32
SALT_BYTES = 16
FREE_FAILURES = 5
"""Wrong PINs of one operator before the station makes them wait."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 30, 15 * 60


class PinFault(StrEnum):
    """The fault of a text that can't be a PIN."""

    FORM = "form"
    """It is not four to eight digits."""
    EASY = "easy"
    """It is one of those that are guessed first: one digit repeated, or digits in a row."""


class PinRefused(ValueError):
    """A text can't be a PIN."""

    def __init__(self, fault: PinFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_pin(text: str) -> str:
    """Return a new PIN as 0-9; digits of any script are read.

    Raises:
        PinRefused: it is no PIN, or one of those that are guessed first.
    """
    pin = ascii_digits(text.strip())
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise PinRefused(PinFault.FORM)
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise PinRefused(PinFault.EASY)
    return pin


def hash_pin(pin: str, salt: bytes) -> str:
    """Return the verifier of a PIN: `scrypt$15$8$1$<salt>$<hash>`, the last two in base64.

    Args:
        pin: as `read_pin` returns it.
        salt: `SALT_BYTES` random bytes.
    """
    digest = _derive(pin, salt, _LOG_N, _R, _P)
    texts = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join((_SCHEME, str(_LOG_N), str(_R), str(_P), *texts))


def matches_pin(pin: str, verifier: str) -> bool:
    """Return True if a PIN is the one of a verifier; False also for a verifier that this program does not understand."""
    try:
        scheme, log_n, r, p, salt, digest = verifier.split("$")
        parameters = int(log_n), int(r), int(p)
        salt_bytes, expected = (base64.b64decode(part, validate=True) for part in (salt, digest))
    except (ValueError, binascii.Error):
        return False
    limits = (_LARGEST_LOG_N, _LARGEST_R, _LARGEST_P)
    if scheme != _SCHEME or len(expected) != _BYTES or not salt_bytes:
        return False
    if not all(1 <= value <= limit for value, limit in zip(parameters, limits, strict=True)):
        return False
    return hmac.compare_digest(_derive(pin, salt_bytes, *parameters), expected)


def wait_after(failures: int) -> int:
    """Return for how many seconds no PIN of an operator is checked, after so many wrong ones without a right one.

    >>> [wait_after(failures) for failures in (4, 5, 6, 7, 20)]
    [0, 30, 60, 120, 900]
    """
    if failures < FREE_FAILURES:
        return 0
    doubled = min(failures - FREE_FAILURES, 10)
    return min(_FIRST_WAIT_S << doubled, _LONGEST_WAIT_S)


def _derive(pin: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    memory = 128 * r * (2**log_n + p + 2)
    return scrypt(
        ascii_digits(pin).encode("utf-8", "replace"),
        salt=salt,
        n=2**log_n,
        r=r,
        p=p,
        maxmem=2 * memory,
        dklen=_BYTES,
    )

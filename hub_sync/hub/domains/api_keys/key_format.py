"""The format of a key: `ak_<first 4 of the tenant's id>_<64 hex>`, of which the last 8 are the CRC32 of all before them.

The checksum shows a mistyped or truncated key without a look-up, and scanners for leaked secrets recognise the format.
"""

import re
import secrets
from hashlib import sha256
from zlib import crc32

import bcrypt

ROUNDS = 10
"""bcrypt's cost (2^10, some 50 ms). A key has 224 random bits, so no cost is needed against guessing; this one only
keeps a stolen table as expensive to try as common advice asks, and is paid once per process and key."""
CHECK_DIGITS = 8
_RANDOM_BYTES = 28
_CHECKSUM_DIGITS = 8
_PREFIX_LENGTH = len("ak_xxxx_") + 12
_FORMAT = re.compile(r"ak_[0-9a-z]{4}_[0-9a-f]{64}")


def generate(tenant_id: str) -> str:
    """Return a new key of a tenant: 72 characters, the most that bcrypt takes."""
    tenant_part = re.sub(r"[^0-9a-z]", "0", tenant_id.lower())[:4].ljust(4, "0")
    head = f"ak_{tenant_part}_{secrets.token_hex(_RANDOM_BYTES)}"
    return head + _checksum(head)


def is_well_formed(raw: str) -> bool:
    """Return True if a text has the form of a key and its checksum is right; needs no look-up.

    >>> is_well_formed("ak_0197_" + 56 * "0" + "e0f2cf8a"), is_well_formed("ak_0197_" + 64 * "0")
    (True, False)
    """
    return _FORMAT.fullmatch(raw) is not None and raw[-_CHECKSUM_DIGITS:] == _checksum(
        raw[:-_CHECKSUM_DIGITS]
    )


def prefix_of(raw: str) -> str:
    """Return the beginning of a key, by which it is looked up and shown; no secret."""
    return raw[:_PREFIX_LENGTH]


def check_value(raw: str) -> str:
    """Return 32 bits of a key's SHA-256, stored beside the bcrypt hash: a wrong key fails here, for a microsecond's work.

    Of the key's 224 random bits, 176 stay unknown to whoever reads prefix and check value.
    """
    return sha256(b"doorward-api-key:" + raw.encode()).hexdigest()[:CHECK_DIGITS]


def hash_key(raw: str) -> str:
    """Return the bcrypt hash of a key, which is stored."""
    return bcrypt.hashpw(raw.encode(), bcrypt.gensalt(ROUNDS)).decode()


def verify_key(raw: str, key_hash: str) -> bool:
    """Return True if a key has this hash; in constant time, and deliberately slow."""
    return bcrypt.checkpw(raw.encode(), key_hash.encode())


def _checksum(head: str) -> str:
    return f"{crc32(head.encode()):08x}"

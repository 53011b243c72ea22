"""The journal's hash chain: each row's hash covers its bytes and the previous row's hash."""

from collections.abc import Iterable
from hashlib import sha256

GENESIS = ""
"""The head of an empty journal."""


def chain_hash(previous: str, body: bytes) -> str:
    """Return the hash of a row, in hex: SHA-256 over the previous row's hash (32 bytes; none for the first) and the body."""
    return sha256(bytes.fromhex(previous) + body).hexdigest()


def find_break(head: str, rows: Iterable[tuple[int, bytes, str]], sequence: int = 0) -> str | None:
    """Verify rows of (sequence, body, hash) that follow `sequence` and `head`.

    Return a sentence about the first error, or None.
    """
    for number, body, stored_hash in rows:
        sequence += 1
        if number != sequence:
            return f"row {sequence} is missing: {number} follows {sequence - 1}"
        if chain_hash(head, body) != stored_hash:
            return f"row {number} was changed: its hash does not follow from row {number - 1}"
        head = stored_hash
    return None

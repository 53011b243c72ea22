"""The journal's hash chain: each row's hash covers its bytes and the row before it."""

from collections.abc import Iterable
from hashlib import sha256

GENESIS = ""
"""The head of an empty journal."""


def chain_hash(previous: str, body: bytes) -> str:
    """The hash of a row: SHA-256 over the previous row's hash (32 bytes; none for the first) and the body, in hex."""
    return sha256(bytes.fromhex(previous) + body).hexdigest()


def find_break(head: str, rows: Iterable[tuple[int, bytes, str]], sequence: int = 0) -> str | None:
    """Verify rows of (sequence, body, hash) that follow `sequence` and `head`.

    Returns a sentence on the first thing that is wrong, or None.
    """
    for number, body, stated in rows:
        sequence += 1
        if number != sequence:
            return f"row {sequence} is missing: {number} follows {sequence - 1}"
        if chain_hash(head, body) != stated:
            return f"row {number} is not what was written: its hash does not follow from row {number - 1}"
        head = stated
    return None

"""Choose the code that a hand-held scanner meant, where caps lock or another keyboard layout may have changed its letters."""

from collections.abc import Iterable

from hub_sync.rules.tickets.ticket_codec import MAX_CODE_LENGTH, has_valid_checksum, is_ticket_shaped

_LONGEST_TYPED = 64
"""A longer text was not typed by a person."""


def choose_code(texts: Iterable[str]) -> str:
    """Return the reading whose checksum is right, else the first: only a ticket says of itself that it was read well."""
    readings = tuple(texts)
    return next((text for text in readings if has_valid_checksum(text)), readings[0])[: MAX_CODE_LENGTH + 1]


def is_scanned(text: str) -> bool:
    """Return True if a text in the code line came from a scanner that types slowly, or was pasted: nobody types it.

    >>> is_scanned("REG-0012"), is_scanned("https://example.com"), is_scanned("A" * 90)
    (False, True, True)
    """
    return "://" in text or len(text) > _LONGEST_TYPED or is_ticket_shaped(text)

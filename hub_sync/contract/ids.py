"""Ids: UUIDv7, unique without a central authority and ordered by creation (RFC 9562)."""

from collections.abc import Callable

import uuid_utils

NewId = Callable[[], str]
"""Type of the function that creates ids."""


def new_id() -> str:
    """Return a new UUIDv7 in its 36-character form."""
    return str(uuid_utils.uuid7())

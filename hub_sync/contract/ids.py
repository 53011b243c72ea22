"""UUIDv7 everywhere: unique without asking anyone, and in order of their making (RFC 9562)."""

from collections.abc import Callable

import uuid_utils

NewId = Callable[[], str]
"""What a service is given to make ids with."""


def new_id() -> str:
    """A fresh UUIDv7 in its 36-character form."""
    return str(uuid_utils.uuid7())

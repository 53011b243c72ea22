"""Lookup of the keys of the `ticket` commands, without a server."""

import os
from pathlib import Path

from hub_sync.rules.ticket_keys import KeyRing, TicketKey, key_from_environment, parse_key


class KeyNotFound(Exception):
    """No usable key; the message is one sentence for a person."""


def find_key_ring(key: str | None, data: Path | None, tenant_id: str | None = None) -> KeyRing:
    """--key, else the hub in --data, else QR_ENCRYPTION_KEY, else SESSION_SECRET, else the usual data directory.

    `tenant_id` picks a tenant's keys out of a hub's, to seal with; None: all of them, to open with.

    Raises:
        NoKey: there is none, or what was given is no key.
    """
    environment = (os.environ.get("QR_ENCRYPTION_KEY", ""), os.environ.get("SESSION_SECRET", ""))
    try:
        if key is not None:
            return KeyRing([TicketKey("command-line", parse_key(key))])
        if data is None and any(environment):
            return KeyRing([key_from_environment(*environment)[0]])
    except ValueError as why:
        where = "--key" if key is not None else "QR_ENCRYPTION_KEY"
        raise KeyNotFound(f"{where} is no good: {why}.") from None
    from hub_sync.hub.commands.ticket.hub_lookup import read_key_ring  # noqa: PLC0415 - imports the database

    return read_key_ring(data, tenant_id)

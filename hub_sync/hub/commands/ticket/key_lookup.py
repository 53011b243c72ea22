"""Lookup of the keys of the `ticket` commands, without a server."""

import os
from pathlib import Path

from hub_sync.rules.tickets.ticket_keys import KeyRing, TicketKey, key_from_environment, parse_key


class KeyNotFound(Exception):
    """No usable key; the message is one sentence for a person."""


def find_key_ring(key: str | None, data: Path | None, tenant_id: str | None = None) -> KeyRing:
    """Return the keys of --key, else of the hub in --data, else QR_ENCRYPTION_KEY, else SESSION_SECRET, else the usual data folder.

    `tenant_id` selects the keys of one tenant, to issue a ticket with; None: the keys of all tenants, to open one with.

    Raises:
        KeyNotFound: there is none, or the text is not a key.
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

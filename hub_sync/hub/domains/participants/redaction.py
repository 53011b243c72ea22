"""What only those may read who may read participants: texts that somebody typed may hold a name."""

from collections.abc import Callable
from typing import Any

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import WITHHELD
from hub_sync.hub.kit.security.access import Caller


def visible_text(caller: Caller, text: str | None) -> str | None:
    """Return a text as a caller may read it: “…” in place of one that may hold a name."""
    return text if not text or caller.has_permission(PARTICIPANTS_READ) else WITHHELD


def conceal_text(caller: Caller, *fields: str) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """Return the function that conceals fields of a list's rows; None if the caller may read names."""
    if caller.has_permission(PARTICIPANTS_READ):
        return None
    return lambda row: row | {field: visible_text(caller, row[field]) for field in fields}

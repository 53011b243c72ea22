"""The blacklist: entries, hits, and what stations get of it. `screening` is what participants call.

Every read of entries or hits is audited (`note_read`): a row for a page, an answer or an export, not for each entry.
"""

from collections.abc import Sequence
from typing import Any

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.blacklist.attempts import all_of as attempts_of
from hub_sync.hub.domains.blacklist.entries import (
    EXPORT_HEADER,
    BlacklistImportResult,
    create,
    export_row,
    get,
    import_lines,
    remove,
    remove_many,
    update,
)
from hub_sync.hub.domains.blacklist.entries import all_of as entries_of
from hub_sync.hub.domains.blacklist.hits import all_of as hits_of
from hub_sync.hub.domains.blacklist.hits import count_open, decide, entries_of_person
from hub_sync.hub.domains.blacklist.hits import get as get_hit
from hub_sync.hub.domains.blacklist.hits import of_people as hits_of_people
from hub_sync.hub.domains.blacklist.manifest import BLACKLIST_READ, ENTRY_READ
from hub_sync.hub.domains.blacklist.screening import SCREEN
from hub_sync.hub.domains.blacklist.station_rows import changed_list
from hub_sync.hub.domains.participants.service import PersonData, Screening
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events.change_feed import FeedKey

__all__ = [
    "EXPORT_HEADER",
    "BlacklistImportResult",
    "attempts_of",
    "changed_list",
    "count_open",
    "create",
    "decide",
    "entries_of",
    "entries_of_person",
    "export_row",
    "get",
    "get_hit",
    "hits_of",
    "hits_of_people",
    "import_lines",
    "note_read",
    "note_read_of_entry",
    "remove",
    "remove_many",
    "screen",
    "update",
]


def screen(work: Work, tenant_id: str, event_id: str, people: Sequence[PersonData]) -> Sequence[Screening]:
    """Return what the blacklist says about people who may be registered; it writes nothing, as for a preview."""
    return SCREEN.screen(work, FeedKey(tenant_id, event_id), people)


def note_read(
    work: Work, tenant_id: str, count: int | None = None, action: AuditAction = BLACKLIST_READ
) -> None:
    """Write into the audit log that the list, or a part of it, is read.

    Args:
        work: a writing transaction, which ends before anything is shown.
        tenant_id: the tenant.
        count: how many entries, if that is known.
        action: what is done.
    """
    after: dict[str, Any] | None = None if count is None else {"count": count}
    audit.record(work, tenant_id, action, tenant_id, after=after)


def note_read_of_entry(work: Work, tenant_id: str, entry_id: str) -> None:
    """Write into the audit log that one entry is read."""
    audit.record(work, tenant_id, ENTRY_READ, entry_id)

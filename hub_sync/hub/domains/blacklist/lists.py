"""The lists of entries and of hits."""

from typing import Any

from hub_sync.hub.domains.blacklist.schemas import (
    BlacklistAttemptResponse,
    BlacklistEntryResponse,
    BlacklistHitResponse,
)
from hub_sync.hub.domains.blacklist.tables import Blacklist, BlacklistAttempt, BlacklistHit
from hub_sync.hub.kit.lists.exports import Export
from hub_sync.hub.kit.lists.result_pages import Listing

_ENTRIES: dict[str, Any] = {
    "row": Blacklist,
    "schema": BlacklistEntryResponse,
    "sorts": {
        "created_at": Blacklist.created_at,
        "updated_at": Blacklist.updated_at,
        "label": Blacklist.label,
        "kind": Blacklist.kind,
    },
    "default_sort": "-created_at",
    "filters": {
        "kind": Blacklist.kind,
        "action": Blacklist.action,
        "match": Blacklist.match,
        "event_id": Blacklist.event_id,
    },
}
ENTRIES, EXPORT = Listing(**_ENTRIES), Export(**_ENTRIES)
HITS = Listing(
    row=BlacklistHit,
    schema=BlacklistHitResponse,
    sorts={"created_at": BlacklistHit.created_at, "updated_at": BlacklistHit.updated_at},
    default_sort="-created_at",
    filters={
        "status": BlacklistHit.status,
        "event_id": BlacklistHit.event_id,
        "participant_id": BlacklistHit.participant_id,
        "entry_id": BlacklistHit.entry_id,
    },
)
ATTEMPTS = Listing(
    row=BlacklistAttempt,
    schema=BlacklistAttemptResponse,
    sorts={"updated_at": BlacklistAttempt.updated_at, "attempts": BlacklistAttempt.attempts},
    default_sort="-updated_at",
    filters={
        "event_id": BlacklistAttempt.event_id,
        "entry_id": BlacklistAttempt.entry_id,
        "actor": BlacklistAttempt.actor,
    },
)

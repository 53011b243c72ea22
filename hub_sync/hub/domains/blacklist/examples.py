"""Examples of the requests and responses of the blacklist, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, STAMPS

_ENTRY: dict[str, Any] = {
    "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f4a5c",
    "event_id": None,
    "kind": "email",
    "label": "mallory@example.org",
    "match": "EXACT",
    "action": "BLOCK",
    "reason": "Sold forged tickets in 2025.",
    "valid_from": None,
    "valid_until": "2026-12-31",
    "created_by": "user:ada@example.org",
    **STAMPS,
}
_HIT: dict[str, Any] = {
    "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f4a5d",
    "event_id": EVENT,
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "entry_id": _ENTRY["id"],
    "status": "DISMISSED",
    "decided_by": "user:ada@example.org",
    "decided_at": AT,
    **STAMPS,
}

EXAMPLES: dict[str, Any] = {
    "NewBlacklistEntry": {
        "kind": "email",
        "value": "mallory@example.org",
        "reason": _ENTRY["reason"],
        "valid_until": "2026-12-31",
    },
    "BlacklistEntryChanges": {"action": "FLAG", "valid_until": None},
    "BlacklistEntryResponse": _ENTRY,
    "BlacklistHitResponse": _HIT,
    "BlacklistAttemptResponse": {
        "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f4a5e",
        "event_id": EVENT,
        "entry_id": _ENTRY["id"],
        "name": "Mallory Example",
        "actor": "key:Ticket shop",
        "operation_id": None,
        "attempts": 2,
        "created_at": AT,
        "updated_at": AT,
    },
    "BlacklistHitDecision": {"status": "DISMISSED"},
    "BlacklistLines": {
        "kind": "email",
        "lines": "mallory@example.org\nmax@example.net; Stole a bicycle",
        "reason": "List of 2025",
    },
    "BlacklistImportResponse": {"added": 2, "skipped": 0},
    "BlacklistDeletion": {"ids": [_ENTRY["id"]]},
    "BlacklistDeletionResponse": {"deleted": 1},
    "ScreeningList": {"stamp": "0c1d2e3f4a5b6c7d", "salt": "00" * 16, "key": "00" * 32, "rows": []},
    "ScreeningRow": {
        "participant_id": _HIT["participant_id"],
        "value_hash": "",
        "effect": "block",
        "valid_from": None,
        "valid_until": "2026-12-31",
    },
}

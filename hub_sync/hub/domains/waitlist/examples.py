"""Examples of waitlists, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EARLIER, EVENT, PERSON, SCAN, STAMPS

_ENTRY = {
    "id": EARLIER,
    "event_id": EVENT,
    "participant_id": PERSON,
    "status": "OFFERED",
    "priority": "NORMAL",
    "party_size": 2,
    "seats_accepted": 0,
    "category": "",
    "skips": 1,
    "joined_at": AT,
    "ended_at": None,
    "end_reason": "",
    "version": 3,
    **STAMPS,
}
_OFFER = {
    "id": SCAN,
    "entry_id": EARLIER,
    "seats": 2,
    "category": "",
    "trigger": "participant",
    "hold_until": AT,
    "outcome": "OPEN",
    "delivered_at": None,
    "decided_at": None,
    "created_at": AT,
}
_SETTINGS = {
    "is_active": True,
    "is_paused": False,
    "is_public": True,
    "party_rule": "SKIP",
    "largest_party": 4,
    "most_entries": 500,
    "collect_minutes": 360,
    "hold_minutes": 1440,
    "last_offer_minutes": 60,
    "door_minute": 30,
    "quotas": {"Child": 40},
}
_WHY = {
    "code": "PARTY",
    "needed": 4,
    "free": 3,
    "until": None,
    "sentence": "It needs 4 seats, and 3 are free.",
}
_PREVIEW_OFFER = {"entry_id": EARLIER, "participant_id": PERSON, "seats": 2, "category": ""}

EXAMPLES: dict[str, Any] = {
    "NewWaitlistEntry": {"participant_id": PERSON, "party_size": 2},
    "NewWaitlistPerson": {
        "participant": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"},
        "party_size": 2,
    },
    "WaitlistEntryChanges": {"priority": "HIGH"},
    "WaitlistEntryResponse": _ENTRY,
    "WhyResponse": _WHY,
    "WaitlistOfferResponse": _OFFER,
    "WaitlistPlaceResponse": {
        "entry": _ENTRY,
        "position": None,
        "waiting": 12,
        "why": None,
        "evaluated_at": AT,
        "offers": [_OFFER],
        "page_url": "https://hub.example.org/w/3q2-7wQb1Xc93q2-7wQb1Xc9",
    },
    "WaitlistPreviewOffer": _PREVIEW_OFFER,
    "WaitlistPreview": {"capacity": 120, "used": 118, "free": 2, "waiting": 12, "offers": [_PREVIEW_OFFER]},
    "WaitlistSettingsChanges": _SETTINGS,
    "WaitlistSettingsResponse": {"event_id": EVENT, **_SETTINGS, "evaluated_at": AT, "version": 4},
    "WaitlistAnswer": {"promotion_id": SCAN},
}

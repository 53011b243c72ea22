"""Examples of registration pages, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EARLIER, EVENT, PERSON

_SETTINGS = {
    "is_active": True,
    "opens_at": AT,
    "closes_at": None,
    "approves": True,
    "confirms_email": True,
    "needs_phone": False,
    "largest_party": 4,
    "categories": {"Adult": None, "Child": 40},
    "intro": "The fair is free; please register.",
    "consent_text": "I agree that my data is processed for this event.",
    "marketing_text": "Write to me about your next events.",
}

EXAMPLES: dict[str, Any] = {
    "RegistrationSettingsChanges": _SETTINGS,
    "RegistrationSettingsResponse": {"event_id": EVENT, **_SETTINGS, "consent_version": 1, "version": 3},
    "RegistrationConsentResponse": {
        "id": EARLIER,
        "event_id": EVENT,
        "participant_id": PERSON,
        "party_size": 2,
        "language": "en",
        "consent_version": 1,
        "consent_text": "I agree that my data is processed for this event.",
        "consented_at": AT,
        "marketing_text": "",
        "marketing_at": None,
        "confirmed_at": AT,
        "created_at": AT,
    },
}

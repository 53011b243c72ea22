"""Examples of the requests and responses of messages, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, STAMPS

_PERSON = "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d"
_TEXT: dict[str, Any] = {
    "subject": "News of {{ event.name }}",
    "body": "Hello {{ participant.first_name | default('and welcome') }},\n\nthe programme is online.",
    "defaults": {},
    "has_ticket": False,
    "has_calendar": False,
}
_TEMPLATE: dict[str, Any] = {
    "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f5a01",
    "event_id": None,
    "name": "Programme",
    "channel": "EMAIL",
    "locale": "en",
    **_TEXT,
    "version": 1,
    "revision": 2,
    "published_at": AT,
    "archived_at": None,
    **STAMPS,
}
_DRAFT: dict[str, Any] = {
    "title": "Programme is online",
    "template_name": "Programme",
    "channels": ["EMAIL", "SMS"],
    "purpose": "EVENT_NEWS",
    "language": "en",
    "defaults": {"participant.first_name": "guest"},
}
_HASH = "5f1c8d0e9b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e"
_BROADCAST: dict[str, Any] = {
    "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f5a02",
    "event_id": EVENT,
    **_DRAFT,
    "templates": {"EMAIL": {"en": _TEMPLATE["id"]}, "SMS": {"en": "01977a44-7b1c-7d2a-9f00-6c1d2e3f5a03"}},
    "audience": {"query": "filter[status]=APPROVED"},
    "audience_hash": _HASH,
    "counts": {
        "total": 1200,
        "by_channel": {"EMAIL": 1150, "SMS": 38},
        "no_address": 12,
        "missing": {},
        "unusable": 0,
        "suppressed": 4,
    },
    "bulletin": None,
    "status": "SENDING",
    "reason": None,
    "scheduled_at": None,
    "latest_at": None,
    "origin_id": None,
    "started_at": AT,
    "ended_at": None,
    "requested_by": "user:ada@example.org",
    "version": 4,
    **STAMPS,
}
_RULE: dict[str, Any] = {
    "trigger": "participant.approved",
    "is_active": True,
    "template_name": "ticket",
    "channels": ["EMAIL"],
    "language": "en",
    "minutes_before": None,
    "active_since": AT,
    "version": 1,
}
_VARIABLE = {
    "name": "participant.first_name",
    "kind": "text",
    "description": "First name",
    "example": "Ada",
}

EXAMPLES: dict[str, Any] = {
    "NewMessageTemplate": {"name": "Programme", "channel": "EMAIL", "locale": "en", **_TEXT},
    "MessageTemplateChanges": {"subject": "News of {{ event.name }}", "has_calendar": True},
    "MessageTemplateResponse": _TEMPLATE,
    "TemplatePreviewRequest": {"event_id": EVENT, "participant_id": _PERSON},
    "TemplatePreviewResponse": {
        "subject": "News of Summer Fair",
        "text": "Hello Ada,\n\nthe programme is online.",
        "html": '<!DOCTYPE html><html lang="en" dir="ltr">…</html>',
        "missing": [],
    },
    "TemplateVariableResponse": _VARIABLE,
    "TemplateVariablesResponse": {"variables": [_VARIABLE], "filters": ["default", "upper", "button"]},
    "NewBroadcast": {**_DRAFT, "audience": {"query": "filter[status]=APPROVED"}},
    "BroadcastChanges": {"defaults": {"participant.first_name": "guest"}},
    "BroadcastStart": {
        "audience_hash": _HASH,
        "scheduled_at": "2026-06-09T08:00:00+02:00",
        "latest_at": "2026-06-09T12:00:00+02:00",
    },
    "NewBulletin": {
        "title": "Hall B is full",
        "texts": {
            "en": "Hall B is full. Send visitors to hall C.",
            "de": "Halle B ist voll. Bitte zu Halle C schicken.",
        },
        "language": "en",
        "priority": "WARNING",
        "valid_until": "2026-06-10T18:00:00+02:00",
        "wants_answer": True,
        "profiles": ["gate", "desk"],
    },
    "BroadcastResend": {"include_unsure": False},
    "BroadcastResponse": _BROADCAST,
    "LedgerRowResponse": {
        "id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f5a04",
        "participant_id": _PERSON,
        "channel": "EMAIL",
        "recipient": "ada@example.org",
        "status": "SENT",
        "attempts": 1,
        "sent_at": AT,
        "settled_at": AT,
        "answered_at": None,
        "answered_by": None,
        "error_code": None,
        "error": None,
        "created_at": STAMPS["created_at"],
        "updated_at": STAMPS["updated_at"],
    },
    "AutomaticRuleChanges": {"is_active": True, "template_name": "ticket"},
    "AutomaticRuleResponse": _RULE,
    "AutomaticRulesResponse": {"rules": [_RULE]},
    "AutomaticTest": {"participant_id": _PERSON, "recipient": "ada@example.org"},
    "AutomaticTestResponse": {"message_id": "01977a44-7b1c-7d2a-9f00-6c1d2e3f5a05"},
}

"""Examples of the requests and responses of webhooks, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import AT, EVENT, LATER, PERSON, TENANT

_WEBHOOK = "01977a44-5b1c-7d2a-9f00-6c1d2e3f4a5b"
_BREAKER = {"state": "CLOSED", "open_until": None, "trips": 0, "consecutive_failures": 0}
_SUBSCRIPTION: dict[str, Any] = {
    "id": _WEBHOOK,
    "url": "https://hooks.example.org/doorward",
    "description": "Badge printing",
    "event_types": ["participant.approved", "scan.accepted"],
    "status": "ACTIVE",
    "breaker": _BREAKER,
    "resting_until": None,
    "previous_secret_until": None,
    "version": 3,
    "created_at": "2026-02-17T09:30:00Z",
    "updated_at": AT,
}
_MESSAGE = "01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b"
_DELIVERY: dict[str, Any] = {
    "id": "01977a45-5b1c-7d2a-9f00-6c1d2e3f4a5b",
    "message_id": _MESSAGE,
    "event_type": "participant.approved",
    "status": "DELIVERED",
    "attempts": 1,
    "due_at": None,
    "delivered_at": LATER,
    "response_status": 204,
    "error": None,
    "error_code": None,
    "created_at": LATER,
    "updated_at": LATER,
}
_ATTEMPT: dict[str, Any] = {
    "number": 1,
    "started_at": LATER,
    "duration_ms": 41,
    "succeeded": True,
    "response_status": 204,
    "response_body": None,
    "error": None,
    "error_code": None,
}
_ATTEMPTS: dict[str, Any] = {
    "at": AT,
    "attempts": 240,
    "succeeded": 238,
    "success_rate": 0.9917,
    "p50_ms": 38,
    "p95_ms": 120,
}
_APPROVED: dict[str, Any] = {
    "event_type": "participant.approved",
    "description": "A participant was approved.",
    "planned": False,
    "example": {
        "id": _MESSAGE,
        "type": "participant.approved",
        "timestamp": "2026-06-10T08:00:00.000Z",
        "tenant_id": TENANT,
        "event_id": EVENT,
        "data": {"participant_id": PERSON, "from": "PENDING", "to": "APPROVED", "version": 2},
    },
}

EXAMPLES: dict[str, Any] = {
    "AttemptResponse": _ATTEMPT,
    "AttemptStatisticsResponse": _ATTEMPTS,
    "BreakerResponse": _BREAKER,
    "DeliveryDetailResponse": _DELIVERY
    | {
        "body": '{"id":"01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b","type":"participant.approved"}',
        "attempt_log": [_ATTEMPT],
    },
    "DeliveryResponse": _DELIVERY,
    "EventDomainResponse": {"domain": "participant", "event_types": [_APPROVED]},
    "EventTypeResponse": _APPROVED,
    "ExampleRequest": {"event_type": "participant.approved"},
    "StatisticsResponse": {
        "period": "24h",
        "total": _ATTEMPTS,
        "buckets": [_ATTEMPTS],
        "deliveries": {"PENDING": 0, "SENDING": 0, "DELIVERED": 238, "RETRYING": 1, "DEAD_LETTER": 0},
        "waiting": 1,
        "parked": 0,
        "oldest_waiting_at": LATER,
    },
    "NewSubscriptionResponse": _SUBSCRIPTION | {"secret": "5f0c9ab13e427d81" * 4},
    "PingResponse": {
        "delivered": True,
        "status": 204,
        "duration_ms": 41,
        "response": None,
        "error": None,
        "error_code": None,
        "delivery_id": "01977a45-5b1c-7d2a-9f00-6c1d2e3f4a5b",
    },
    "RecoveryResponse": {"requeued": 12, "created": 3, "more": False},
    "RecoveryRequest": {"since": AT},
    "SubscriptionResponse": _SUBSCRIPTION,
}

"""Examples of queues, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import CHECKPOINT, DEVICE, EARLIER, EVENT, LATER_MS, PERSON, SCAN

_ISSUE = {
    "number": "A017",
    "sequence": 17,
    "lane": "",
    "participant_id": PERSON,
    "language": "de",
    "status_token_hash": None,
}
_ACTION = {
    "id": SCAN,
    "kind": "issued",
    "event_id": EVENT,
    "queue_id": CHECKPOINT,
    "ticket_id": EARLIER,
    "service_date": "2026-06-10",
    "tick": 412,
    "at_ms": LATER_MS,
    "device_id": DEVICE,
    "priority": "plain",
    "issue": _ISSUE,
}
_QUEUE = {"id": CHECKPOINT, "event_id": EVENT, "name": "Information", "letter": "A", "service_minutes": 4}
_COUNTER = {"id": EARLIER, "event_id": EVENT, "name": "Counter 3", "queue_ids": [CHECKPOINT]}
_BLOCK = {"id": SCAN, "queue_id": CHECKPOINT, "service_date": "2026-06-10", "first": 11, "last": 20}

EXAMPLES: dict[str, Any] = {
    "TicketIssue": _ISSUE,
    "QueueAction": _ACTION,
    "QueueRow": _QUEUE,
    "CounterRow": _COUNTER,
    "NumberBlock": _BLOCK,
    "QueuePull": {
        "queues": [_QUEUE],
        "counters": [_COUNTER],
        "actions": [_ACTION],
        "blocks": [_BLOCK],
        "lane": "K",
        "status_url": "https://hub.example.org/q/",
        "day": "2026-06-10",
    },
}

"""Examples of queues, for the OpenAPI document."""

from typing import Any

from hub_sync.hub.kit.openapi.example_values import (
    AT,
    CHECKPOINT,
    DEVICE,
    EARLIER,
    EVENT,
    LATER_MS,
    PERSON,
    SCAN,
    STAMPS,
)

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

_STAMPS = {"version": 3, **STAMPS}
_QUEUE_RESPONSE = {
    **_QUEUE,
    "opens_at": "08:00",
    "closes_at": "18:00",
    "active": True,
    "is_self_service": True,
    "names_hidden": False,
    "clerks_choose": True,
    "one_ticket_a_person": True,
    "auto_call_after_s": None,
    "max_no_shows": 2,
    "block_size": 10,
    **_STAMPS,
}
_COUNTER_RESPONSE = {
    **_COUNTER,
    "active": True,
    "state": "break",
    "state_since": AT,
    "state_reason": "Lunch",
    **_STAMPS,
}
_TICKET_RESPONSE = {
    "id": EARLIER,
    "event_id": EVENT,
    "queue_id": CHECKPOINT,
    "service_date": "2026-06-10",
    "number": "A017",
    "status": "CALLED",
    "priority": "plain",
    "participant_id": PERSON,
    "counter_id": SCAN,
    "issued_at": AT,
    "called_at": AT,
    "served_at": None,
    "ended_at": None,
    "calls": 1,
    "no_shows": 0,
    "estimate_low_s": 300,
    "estimate_high_s": 720,
    "version": 2,
}
_ACTION_RESPONSE = {
    "id": SCAN,
    "kind": "called",
    "at": AT,
    "queue_id": CHECKPOINT,
    "counter_id": EARLIER,
    "device_id": DEVICE,
    "operator": "Mara Lind",
    "reason": "",
    "out_of_order": False,
    "ignored": False,
}
_HOUR = {"hour": "10:00", "issued": 41, "served": 37, "no_shows": 2, "wait_s": 420, "service_s": 185}
_ESTIMATES = {"count": 212, "inside": 189, "early": 14, "late": 9, "late_s": 140}
_CALL = {
    "id": SCAN,
    "event_id": EVENT,
    "counter_id": EARLIER,
    "queue_ids": [CHECKPOINT],
    "operator": "Mara Lind",
    "tick": 411,
}

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
    "BlockRequest": {"id": SCAN, "queue_id": CHECKPOINT, "day": "2026-06-10"},
    "CallRequest": _CALL,
    "CallResponse": {"action": _ACTION, "missing": [], "server_time_ms": LATER_MS},
    "NewQueue": {"name": "Registration", "letter": "A", "service_minutes": 4},
    "QueueChanges": {"clerks_choose": False},
    "ToggleQueue": {"active": False},
    "QueueResponse": _QUEUE_RESPONSE,
    "NewCounter": {"name": "Counter 3", "queue_ids": [CHECKPOINT]},
    "CounterChanges": {"queue_ids": [CHECKPOINT]},
    "CounterAct": {"state": "break", "reason": "Lunch"},
    "CounterResponse": _COUNTER_RESPONSE,
    "NewQueueTicket": {"queue_id": CHECKPOINT, "language": "de"},
    "QueueTicketResponse": _TICKET_RESPONSE,
    "IssuedTicketResponse": {
        "ticket": _TICKET_RESPONSE,
        "status_url": "https://hub.example.org/q/3q2-7wQb1Xc9",
    },
    "CallNext": {"counter_id": EARLIER},
    "CallResult": {"ticket": _TICKET_RESPONSE},
    "QueueTicketAct": {"reason": "Needs a wheelchair space", "counter_id": EARLIER},
    "QueueActionResponse": _ACTION_RESPONSE,
    "QueueTicketHistory": {"ticket": _TICKET_RESPONSE, "actions": [_ACTION_RESPONSE]},
    "QueueHour": _HOUR,
    "EstimateErrorResponse": _ESTIMATES,
    "QueueStatisticsResponse": {
        "day": "2026-06-10",
        "issued": 41,
        "served": 37,
        "no_shows": 2,
        "live": 3,
        "wait_s": 420,
        "longest_wait_s": 1260,
        "service_s": 185,
        "hours": [_HOUR],
        "estimates": _ESTIMATES,
    },
}

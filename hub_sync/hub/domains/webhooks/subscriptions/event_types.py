"""The catalogue: which facts are told as which event type, and what a message says.

A message is `{id, type, timestamp, tenant_id, event_id, data}`: ids and codes, no names and no addresses. Whoever needs
more asks REST for it, with a key of its own. `timestamp` is when it happened: of a scan that a station told late, the
time of the scan.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.event_types import TEST_PING

EVERYTHING = "*"
FACTS: dict[str, str] = {
    "ParticipantApproved": "participant.approved",
    "ParticipantRejected": "participant.rejected",
    "ParticipantBypassed": "participant.bypassed",
    "ParticipantStatusChanged": "participant.status_changed",
    "SlaWarned": "sla.warning",
    "SlaBreached": "sla.breached",
    "WorkflowCompleted": "workflow.completed",
    "ScanAccepted": "scan.accepted",
    "ScanRejected": "scan.rejected",
    "BulkOperationCompleted": "bulk_operation.completed",
}
"""By a fact's type; the other facts are the hub's own affair."""
EVENT_TYPES = frozenset(FACTS.values())

_PERSON = {
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "registration_code": "K7QTM-4XW9H",
    "category": "visitor",
}
_SCAN = {
    "checkpoint_id": "01976b2e-5c20-7e14-8a01-0b9e6f1d2c3a",
    "device_id": "01976b2e-5c20-7f02-b6c4-5d8e7a9f0b1c",
    "participant_id": _PERSON["participant_id"],
    "zone": "hall-a",
    "direction": "entry",
    "scanned_at": "2026-06-10T09:00:30.000Z",
}
_WORKFLOW = {"workflow_id": "01976b2e-5c21-70d3-9b52-6c1d8e4f7a20", "step": "Document review"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "participant.approved": {**_PERSON, "from": "PENDING", "to": "APPROVED", "version": 2},
    "participant.rejected": {**_PERSON, "from": "PENDING", "to": "REJECTED", "version": 2},
    "participant.bypassed": {**_PERSON, **_WORKFLOW, "reason": "Checked by telephone"},
    "participant.status_changed": {**_PERSON, "from": "APPROVED", "to": "CANCELLED", "version": 3},
    "sla.warning": {**_PERSON, **_WORKFLOW, "due_at": "2026-06-10T12:00:00.000Z"},
    "sla.breached": {**_PERSON, **_WORKFLOW, "due_at": "2026-06-10T09:00:00.000Z"},
    "workflow.completed": {**_PERSON, "workflow_id": _WORKFLOW["workflow_id"], "outcome": "APPROVED"},
    "scan.accepted": {
        "access_log_id": "01976b2e-5c22-7b61-8f33-1a2b3c4d5e6f",
        **_SCAN,
        "result": "VALID",
        "reason": "admitted",
        "flag": None,
    },
    "scan.rejected": {
        "access_log_id": "01976b2e-5c22-7c90-a1b2-c3d4e5f60718",
        **_SCAN,
        "result": "ALREADY_SCANNED",
        "reason": "already_inside",
        "flag": None,
    },
    "bulk_operation.completed": {
        "bulk_operation_id": "01976b2e-5c23-7d41-9e8f-7a6b5c4d3e2f",
        "kind": "STATUS_CHANGE",
        "succeeded": 998,
        "failed": 2,
    },
    TEST_PING: {"message": "Doorward can reach this endpoint."},
}
"""What the `data` of each type looks like."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A fact as it was recorded."""

    id: str
    tenant_id: str
    type: str
    event_id: str | None
    entity_id: str
    occurred_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What is sent: the same bytes to everybody and at every attempt."""

    id: str
    event_type: str
    body: str


def matches(event_types: Iterable[str], event_type: str) -> bool:
    """Whether a subscription to these takes that one."""
    return any(one in (EVERYTHING, event_type) for one in event_types)


@lru_cache(maxsize=1024)
def fact_types_for(event_types: tuple[str, ...]) -> frozenset[str]:
    """The facts that a subscription to these event types is told of; it is asked for every webhook, at every turn."""
    return frozenset(fact for fact, event_type in FACTS.items() if matches(event_types, event_type))


def build_message(fact: RecordedEvent) -> WebhookMessage:
    """What is told of a fact.

    Raises:
        KeyError: nobody is told of this type.
    """
    event_type = FACTS[fact.type]
    occurred_at, data = _TOLD.get(event_type.partition(".")[0], _as_recorded)(fact)
    return _message(fact.id, event_type, occurred_at, fact.tenant_id, fact.event_id, data)


def example_message(tenant_id: str, message_id: str, event_type: str, now: datetime) -> WebhookMessage:
    """A message of a type as it might be, marked as an example; of `test.ping` too.

    Raises:
        KeyError: there is no such type.
    """
    data = EXAMPLES[event_type]
    return _message(message_id, event_type, now, tenant_id, None, {"example": True, **data})


def _message(
    message_id: str,
    event_type: str,
    at: datetime,
    tenant_id: str,
    event_id: str | None,
    data: Mapping[str, Any],
) -> WebhookMessage:
    whole = {
        "id": message_id,
        "type": event_type,
        "timestamp": _iso(at),
        "tenant_id": tenant_id,
        "event_id": event_id,
        "data": data,
    }
    return WebhookMessage(message_id, event_type, orjson.dumps(whole).decode())


def _as_recorded(fact: RecordedEvent) -> tuple[datetime, dict[str, Any]]:
    return fact.occurred_at, dict(fact.payload)


def _of_person(fact: RecordedEvent) -> tuple[datetime, dict[str, Any]]:
    return fact.occurred_at, {"participant_id": fact.entity_id, **fact.payload}


def _of_scan(fact: RecordedEvent) -> tuple[datetime, dict[str, Any]]:
    told = {name: value for name, value in fact.payload.items() if not name.endswith("_ms")}
    at = from_epoch_ms(fact.payload["effective_at_ms"])
    return at, {"access_log_id": fact.entity_id, **told, "scanned_at": _iso(at)}


_TOLD: dict[str, Callable[[RecordedEvent], tuple[datetime, dict[str, Any]]]] = {
    "participant": _of_person,
    "scan": _of_scan,
}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

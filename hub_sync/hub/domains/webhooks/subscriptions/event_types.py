"""The catalogue of event types, and the messages that webhooks send about stored domain events.

The domains declare what can be subscribed to: every domain event in a manifest that has an `event_type`. Those that are
declared as planned are in the catalogue, and may be subscribed to ahead of time, though nothing emits them yet.

A message is `{id, type, timestamp, tenant_id, event_id, data}`: ids and codes, no names and no addresses. Whoever needs
more asks REST for it, with a key of its own. `timestamp` is when it happened: of a scan that a station reported late, the
time of the scan.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import orjson

from hub_sync.hub.domains import registry
from hub_sync.hub.kit.events.domain_events import DomainEvent, iso_timestamp
from hub_sync.hub.kit.security.access import Caller

EVERYTHING = "*"
TEST_PING = "test.ping"
"""The type of the message that tests an endpoint. It stands outside the catalogue."""
_TEST_PING_DATA: Mapping[str, Any] = {"message": "Doorward can reach this endpoint."}


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A domain event as it is stored."""

    id: str
    tenant_id: str
    type: str
    event_id: str | None
    entity_id: str
    occurred_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A message: the same bytes for every endpoint and attempt."""

    id: str
    event_type: str
    body: str


@cache
def event_types_by_group() -> Mapping[str, tuple[type[DomainEvent], ...]]:
    """Return the catalogue by the part of an event type before its dot, in the order of the domains."""
    groups: dict[str, tuple[type[DomainEvent], ...]] = {}
    for event_type, kind in registry().event_types.items():
        group = event_type.partition(".")[0]
        groups[group] = (*groups.get(group, ()), kind)
    return groups


def is_planned(event_type: str) -> bool:
    """Return True if nothing emits the event type yet."""
    return event_type in registry().planned_event_types


def matches(event_types: Iterable[str], event_type: str) -> bool:
    """Return True if a subscription to `event_types` takes `event_type`."""
    return any(subscribed in (EVERYTHING, event_type) for subscribed in event_types)


def permissions_to_read(event_types: Iterable[str]) -> frozenset[str]:
    """Return the permissions that somebody needs who reads the messages of these event types; `*`: of all."""
    subscribed = tuple(event_types)
    return frozenset(
        str(permission)
        for event_type, kind in registry().event_types.items()
        if matches(subscribed, event_type)
        for permission in kind.permissions_to_read
    )


def may_read(caller: Caller, event_type: str) -> bool:
    """Return True if a caller may read the messages of an event type."""
    return all(caller.has_permission(permission) for permission in permissions_to_read([event_type]))


@lru_cache(maxsize=1024)
def stored_types_for(event_types: tuple[str, ...]) -> frozenset[str]:
    """Return the stored types of domain events that a subscription takes; asked for every webhook at every turn."""
    return frozenset(
        kind.__name__
        for event_type, kind in registry().event_types.items()
        if matches(event_types, event_type)
    )


@cache
def _kinds() -> Mapping[str, type[DomainEvent]]:
    return {kind.__name__: kind for kind in registry().event_types.values()}


def build_message(event: RecordedEvent) -> WebhookMessage:
    """Return the message about a stored domain event.

    Raises:
        KeyError: its type is not in the catalogue, or its payload lacks a member.
    """
    kind = _kinds()[event.type]
    at = kind.message_time(event.occurred_at, event.payload)
    data = kind.message_data(event.entity_id, event.payload)
    return _message(event.id, kind.event_type, at, event.tenant_id, event.event_id, data)


def example_message(tenant_id: str, message_id: str, event_type: str, now: datetime) -> WebhookMessage:
    """Return a message of a type as it might be, marked as an example; of `test.ping` too.

    Raises:
        KeyError: there is no such type.
    """
    data = _TEST_PING_DATA if event_type == TEST_PING else registry().event_types[event_type].example
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
        "timestamp": iso_timestamp(at),
        "tenant_id": tenant_id,
        "event_id": event_id,
        "data": data,
    }
    return WebhookMessage(message_id, event_type, orjson.dumps(whole).decode())

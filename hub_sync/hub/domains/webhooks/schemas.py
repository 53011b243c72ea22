"""Requests and responses of webhooks. Only the response that creates a secret contains it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.webhooks.circuit_breaker import BreakerState
from hub_sync.hub.domains.webhooks.failures import FailureCode
from hub_sync.hub.domains.webhooks.tables import URL_LENGTH
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Instant, OptionalText, reject_nul

ALL = "*"
SUBSCRIBABLE: tuple[str, ...] = (ALL, *registry().event_types)
"""Every event type of the catalogue, and the wildcard."""
_MAX_EVENT_TYPES = 50

EventTypeName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(reject_nul),
]
EventTypes = Annotated[
    list[Annotated[EventTypeName, Field(json_schema_extra={"enum": list(SUBSCRIBABLE)})]],
    Field(min_length=1, max_length=_MAX_EVENT_TYPES, fail_fast=True),
]
Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=URL_LENGTH),
    AfterValidator(reject_nul),
]
_DESCRIPTIONS = {
    "url": "Where to post: an `https` (or `http`) address on the public internet, without a user name in it.",
    "description": "What it is for.",
    "event_types": "Which event types are sent: those of `/webhooks/event-types`, or `*` for all, those to come too.",
}
_EXAMPLE: dict[str, Any] = {
    "url": "https://hooks.example.org/doorward",
    "description": "Badge printing",
    "event_types": ["participant.approved", "scan.accepted"],
}


def _described(name: str, **more: Any) -> Any:
    """Return a field with its description and example."""
    return Field(description=_DESCRIPTIONS[name], examples=[_EXAMPLE[name]], **more)


class NewSubscription(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    url: Url = _described("url")
    description: OptionalText = _described("description", default="")
    event_types: EventTypes = _described("event_types")


class SubscriptionChanges(BaseModel):
    """Changes of a webhook; fields left out stay as they are. With another URL the breaker is reset."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"event_types": ["*"]}]}
    )

    url: Url | None = _described("url", default=None)
    description: OptionalText | None = _described("description", default=None)
    event_types: EventTypes | None = _described("event_types", default=None)


class ExampleRequest(BaseModel):
    """The event type of an example."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_type: Annotated[EventTypeName, Field(json_schema_extra={"enum": list(SUBSCRIBABLE[1:])})] = Field(
        description="One of `/webhooks/event-types`, whether the webhook is subscribed to it or not.",
        examples=["participant.approved"],
    )


class RecoveryRequest(BaseModel):
    """The time since which everything is delivered that was not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Instant = Field(
        description="From this time on, no further back than the log goes (30 days, unless the hub is set otherwise).",
        examples=["2026-06-10T08:00:00Z"],
    )


class BreakerResponse(ResponseModel):
    """The circuit breaker of an endpoint. While it is not CLOSED, deliveries wait; none is lost."""

    state: BreakerState = Field(
        description="CLOSED: sends. OPEN: sends nothing until `open_until`. HALF_OPEN: one delivery is sent to try."
    )
    open_until: datetime | None = Field(description="Until when nothing is sent; past: one is sent to try.")
    trips: int = Field(
        description="How often it opened since the webhook was last resumed; the third time suspends the webhook.",
        examples=[0],
    )
    consecutive_failures: int = Field(
        description="Failed attempts in a row; the tenth opens it for an hour.", examples=[0]
    )


class SubscriptionResponse(ResponseModel):
    """A webhook: its URL, its event types and the state of its endpoint. Without its secret."""

    id: str = Field(description="Its id.", examples=["01977a44-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    url: str = Field(
        description="Where messages are posted.", examples=["https://hooks.example.org/doorward"]
    )
    description: str = Field(description="What it is for.", examples=["Badge printing"])
    event_types: list[str] = Field(
        description="Which event types are sent; `*`: all.", examples=[["participant.approved"]]
    )
    status: WebhookStatus = Field(
        description="ACTIVE. PAUSED by somebody. SUSPENDED: its breaker opened a third time. DISABLED: the endpoint "
        "answered 410. All but the first send nothing until it is resumed; DISABLED keeps nothing either."
    )
    breaker: BreakerResponse = Field(description="Its circuit breaker.")
    resting_until: datetime | None = Field(
        description="Until when nothing is sent: the endpoint asked for a pause (429, or 503 with Retry-After), or the hub "
        "itself could not send, and its log says why."
    )
    previous_secret_until: datetime | None = Field(
        description="Until when the secret before the last rotation signs beside the new one."
    )
    created_at: datetime = Field(description="When it was created.")
    updated_at: datetime = Field(description="When it was last changed.")
    version: int = Field(description="Counts the changes of its settings; stands in the ETag.", examples=[3])


class NewSubscriptionResponse(SubscriptionResponse):
    """A webhook with its new secret."""

    secret: str | None = Field(
        description="The secret that signs (64 hex digits). It is stored encrypted and can't be shown again: null in a "
        "repeated response.",
        examples=["5f0c9ab13e427d81" * 4],
    )


class DeliveryResponse(ResponseModel):
    """One message to an endpoint, with its status."""

    id: str = Field(description="Its id.", examples=["01977a45-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    message_id: str = Field(
        description="The message's id (`webhook-id`), the same at every attempt.",
        examples=["01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b"],
    )
    event_type: str = Field(description="Its event type.", examples=["participant.approved"])
    status: DeliveryStatus = Field(
        description="PENDING: not tried yet. SENDING. RETRYING: failed, and is tried again. DELIVERED. "
        "DEAD_LETTER: given up; `resend` and `recover` try again."
    )
    attempts: int = Field(description="How many attempts there were.", examples=[1])
    due_at: datetime | None = Field(
        description="When it is tried next, if the webhook sends then; of one that is being sent, when another process "
        "takes it up if this one was killed; null: nothing more is done."
    )
    delivered_at: datetime | None = Field(description="When the endpoint took it.")
    response_status: int | None = Field(
        description="What the endpoint answered last; null: nothing.", examples=[204]
    )
    error: str | None = Field(
        description="Why the last attempt failed, as a sentence.",
        examples=["The endpoint did not answer within 10 seconds."],
    )
    error_code: FailureCode | None = Field(
        description="Why the last attempt failed, as a code.", examples=["RESPONSE_TIMEOUT"]
    )
    created_at: datetime = Field(description="When it was queued.")
    updated_at: datetime = Field(description="When anything of it last changed.")


class AttemptResponse(ResponseModel):
    """One attempt at a delivery."""

    number: int = Field(description="Counts from 1.", examples=[1])
    started_at: datetime = Field(description="When it began.")
    duration_ms: int = Field(description="How long it took, in milliseconds.", examples=[41])
    succeeded: bool = Field(description="Whether the endpoint answered with a 2xx in time.")
    response_status: int | None = Field(description="What it answered; null: nothing.", examples=[204])
    response_body: str | None = Field(description="The first 1024 characters of its answer.", examples=["ok"])
    error: str | None = Field(
        description="Why it failed, as a sentence.",
        examples=["The endpoint did not answer within 10 seconds."],
    )
    error_code: FailureCode | None = Field(
        description="Why it failed, as a code.", examples=["RESPONSE_TIMEOUT"]
    )


class DeliveryDetailResponse(DeliveryResponse):
    """A delivery with its body and every attempt."""

    body: str | None = Field(
        description="The body, byte for byte as it is signed and sent; null: the caller lacks the permission to read what "
        "it holds (`participants:read`, `access-logs:read`). Answers of the endpoint are null, too, then.",
        examples=['{"id":"01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b","type":"participant.approved"}'],
    )
    attempt_log: list[AttemptResponse] = Field(description="Every attempt, the first one first.")


class PingResponse(ResponseModel):
    """The outcome of a ping."""

    delivered: bool = Field(description="Whether the endpoint answered with a 2xx in time.")
    status: int | None = Field(description="The HTTP status that it answered; null: nothing.", examples=[204])
    duration_ms: int = Field(description="How long it took, in milliseconds.", examples=[41])
    response: str | None = Field(description="The first 1024 characters of its answer.", examples=["ok"])
    error: str | None = Field(
        description="Why it failed, as a sentence.",
        examples=["The endpoint did not answer within 10 seconds."],
    )
    error_code: FailureCode | None = Field(
        description="Why it failed, as a code.", examples=["RESPONSE_TIMEOUT"]
    )
    delivery_id: str = Field(
        description="Its delivery in the log.", examples=["01977a45-5b1c-7d2a-9f00-6c1d2e3f4a5b"]
    )


class RecoveryResponse(ResponseModel):
    """The numbers of queued deliveries."""

    requeued: int = Field(description="Deliveries that had been given up.", examples=[12])
    created: int = Field(description="New deliveries of what was never queued.", examples=[3])
    more: bool = Field(description="There is more than one call takes (10 000); call again.")


class EventTypeResponse(ResponseModel):
    """One event type."""

    event_type: str = Field(description="Its name.", examples=["participant.approved"])
    description: str = Field(description="When it is sent.", examples=["A participant was approved."])
    planned: bool = Field(
        description="Nothing sends it yet: a webhook may subscribe to it, and gets its first message with a later version.",
        examples=[False],
    )
    example: dict[str, Any] = Field(
        description="An example message.", examples=[{"type": "participant.approved"}]
    )


class EventDomainResponse(ResponseModel):
    """The event types of one domain."""

    domain: str = Field(description="The part of an event type before its dot.", examples=["participant"])
    event_types: list[EventTypeResponse] = Field(description="The event types.")


class AttemptStatisticsResponse(ResponseModel):
    """The attempts of a period or of a part of it."""

    at: datetime = Field(description="When it begins.")
    attempts: int = Field(description="How many attempts began in it.", examples=[240])
    succeeded: int = Field(description="How many of them succeeded.", examples=[238])
    success_rate: float | None = Field(
        description="From 0 to 1; null: there was no attempt.", examples=[0.9917]
    )
    p50_ms: int | None = Field(description="Half of them took no longer, in milliseconds.", examples=[38])
    p95_ms: int | None = Field(description="95 of 100 took no longer, in milliseconds.", examples=[120])


class StatisticsResponse(ResponseModel):
    """The statistics of an endpoint."""

    period: str = Field(description="`24h`, `7d` or `30d`.", examples=["24h"])
    total: AttemptStatisticsResponse = Field(description="All attempts of the period.")
    buckets: list[AttemptStatisticsResponse] = Field(
        description="The same by the hour (`24h`) or by the day of UTC, without gaps; the last one goes on just now."
    )
    deliveries: dict[DeliveryStatus, int] = Field(
        description="The deliveries queued in the period, by status.",
        examples=[{"PENDING": 0, "SENDING": 0, "DELIVERED": 238, "RETRYING": 1, "DEAD_LETTER": 0}],
    )
    waiting: int = Field(description="Deliveries that are still to be sent, of any age.", examples=[1])
    parked: int = Field(
        description="How many of them are kept back, as the webhook or its breaker lets nothing through.",
        examples=[0],
    )
    oldest_waiting_at: datetime | None = Field(description="When the oldest of them was queued.")

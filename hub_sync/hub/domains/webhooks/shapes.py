"""Webhooks as they go over the wire; the secret only in the answer that made it."""

from datetime import datetime
from typing import Any

from pydantic import Field

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.webhooks.subscriptions.circuit_breaker import BreakerState
from hub_sync.hub.kit.schemas import ResponseModel


class BreakerResponse(ResponseModel):
    """The circuit breaker of an endpoint. While it is not CLOSED deliveries are kept, none is lost."""

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
    """A webhook: where messages are sent, which, and how the endpoint fares. Never with its secret."""

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
        description="So long nothing is sent: the endpoint asked to be left alone (429, or 503 with Retry-After), or the "
        "hub itself could not send, and its log says why."
    )
    previous_secret_until: datetime | None = Field(
        description="Until when the secret before the last rotation signs beside the new one."
    )
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When it was last changed.")
    version: int = Field(description="Counts the changes of its settings; stands in the ETag.", examples=[3])


class NewSubscriptionResponse(SubscriptionResponse):
    """A webhook that was just given a secret."""

    secret: str | None = Field(
        description="The secret that signs (64 hex digits). It is kept sealed and can't be told again: null, where the "
        "answer is a repeated one.",
        examples=["5f0c9ab13e427d81" * 4],
    )


class DeliveryResponse(ResponseModel):
    """One message on its way to the endpoint, or what became of it."""

    id: str = Field(description="Its id.", examples=["01977a45-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    message_id: str = Field(
        description="The message's id (`webhook-id`), the same at every attempt.",
        examples=["01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b"],
    )
    event_type: str = Field(description="What it tells of.", examples=["participant.approved"])
    status: DeliveryStatus = Field(
        description="PENDING: not tried yet. SENDING. RETRYING: failed, and is tried again. DELIVERED. "
        "DEAD_LETTER: given up; `resend` and `recover` try again."
    )
    attempts: int = Field(description="How many attempts were made.", examples=[1])
    due_at: datetime | None = Field(
        description="When it is tried next, if the webhook sends then; of one that is being sent, when another process "
        "takes it up if this one was killed; null: nothing more is done."
    )
    delivered_at: datetime | None = Field(description="When the endpoint took it.")
    response_status: int | None = Field(
        description="What the endpoint answered last; null: nothing.", examples=[204]
    )
    error: str | None = Field(
        description="What went wrong last, in a few words.", examples=["no answer in 10 s"]
    )
    created_at: datetime = Field(description="When it was queued.")
    updated_at: datetime = Field(description="When anything of it last changed.")


class AttemptResponse(ResponseModel):
    """One attempt at a delivery, as it went."""

    number: int = Field(description="Counts from 1.", examples=[1])
    started_at: datetime = Field(description="When it began.")
    duration_ms: int = Field(description="How long it took, in milliseconds.", examples=[41])
    succeeded: bool = Field(description="Whether the endpoint answered with a 2xx in time.")
    response_status: int | None = Field(description="What it answered; null: nothing.", examples=[204])
    response_body: str | None = Field(description="The first 1024 characters of its answer.", examples=["ok"])
    error: str | None = Field(description="What went wrong, in a few words.", examples=["no answer in 10 s"])


class DeliveryDetailResponse(DeliveryResponse):
    """A delivery with what is sent and every attempt."""

    body: str = Field(
        description="The body, byte for byte as it is signed and sent.",
        examples=['{"id":"01977a46-5b1c-7d2a-9f00-6c1d2e3f4a5b","type":"participant.approved"}'],
    )
    attempt_log: list[AttemptResponse] = Field(description="Every attempt, the first one first.")


class PingResponse(ResponseModel):
    """What became of a ping."""

    delivered: bool = Field(description="Whether the endpoint answered with a 2xx in time.")
    status: int | None = Field(description="The HTTP status that it answered; null: nothing.", examples=[204])
    duration_ms: int = Field(description="How long it took, in milliseconds.", examples=[41])
    response: str | None = Field(description="The first 1024 characters of its answer.", examples=["ok"])
    error: str | None = Field(description="What went wrong, in a few words.", examples=["no answer in 10 s"])
    delivery_id: str = Field(
        description="Where it stands in the log.", examples=["01977a45-5b1c-7d2a-9f00-6c1d2e3f4a5b"]
    )


class RecoveryResponse(ResponseModel):
    """What was queued."""

    requeued: int = Field(description="Deliveries that had been given up.", examples=[12])
    made: int = Field(description="New ones, for what was never queued.", examples=[3])
    more: bool = Field(description="There is more than one call takes (10 000); call again.")


class EventTypeResponse(ResponseModel):
    """One event type."""

    event_type: str = Field(description="Its name.", examples=["participant.approved"])
    description: str = Field(description="When it is sent.", examples=["A participant was approved."])
    planned: bool = Field(
        description="Nothing sends it yet: a subscription to it is taken, and gets its first message with a later version.",
        examples=[False],
    )
    example: dict[str, Any] = Field(
        description="A message of it as it might be.", examples=[{"type": "participant.approved"}]
    )


class EventDomainResponse(ResponseModel):
    """The event types of one domain."""

    domain: str = Field(description="What they tell of.", examples=["participant"])
    event_types: list[EventTypeResponse] = Field(description="The event types.")


class AttemptStatisticsResponse(ResponseModel):
    """Attempts of one stretch of time."""

    at: datetime = Field(description="When it begins.")
    attempts: int = Field(description="How many attempts began in it.", examples=[240])
    succeeded: int = Field(description="How many of them succeeded.", examples=[238])
    success_rate: float | None = Field(
        description="From 0 to 1; null: there was no attempt.", examples=[0.9917]
    )
    p50_ms: int | None = Field(description="Half of them took no longer, in milliseconds.", examples=[38])
    p95_ms: int | None = Field(description="95 of 100 took no longer, in milliseconds.", examples=[120])


class StatisticsResponse(ResponseModel):
    """How an endpoint fares."""

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

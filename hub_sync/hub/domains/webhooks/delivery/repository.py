"""The engine's access to the database: one transaction records the last attempts and claims the next deliveries.

So there is one commit (and one wait for the disk) for a batch, however many domain events, attempts and endpoints it has.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from hub_sync.hub.domains.webhooks.delivery import attempt_recorder, leases, outbox, retention
from hub_sync.hub.domains.webhooks.delivery.active_endpoints import (
    Endpoint,
    TenantKey,
    active_endpoints,
    by_tenant,
)
from hub_sync.hub.domains.webhooks.delivery.batch import BatchInput, BatchResult
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE, ClaimedDelivery
from hub_sync.hub.domains.webhooks.delivery.outbox import MAX_DELIVERIES
from hub_sync.hub.domains.webhooks.delivery.retry_schedule import RandomSource
from hub_sync.hub.domains.webhooks.delivery.routing import AddressedMessage, match_endpoints
from hub_sync.hub.domains.webhooks.subscriptions.event_types import RecordedEvent
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import first_line
from hub_sync.hub.kit.events.notifier import Notification

Capacity = Callable[[Endpoint], int]
"""Returns how many more deliveries this process can take for an endpoint."""
_UNSTORABLE = (IntegrityError, DataError)

log = structlog.get_logger(__name__)


class DeliveryRepository:
    """The transactions of one engine."""

    def __init__(
        self,
        uow: UnitOfWork,
        worker_id: str,
        capacity: Capacity,
        random_source: RandomSource = random.random,
    ) -> None:
        """Create the repository of one process, whose name in leases is `worker_id`."""
        self._uow, self._worker_id, self._capacity = uow, worker_id, capacity
        self._random = random_source
        self.endpoints: Mapping[TenantKey, Endpoint] = {}
        """The endpoints as they were read last."""
        self.subscribers: Mapping[Notification, int] = {}
        """The number of endpoints that are subscribed to each topic (tenant and type of domain events)."""

    def begin(self) -> None:
        """Release old leases before the first batch, on SQLite only: a hub is one process there."""
        if self._uow.database.is_sqlite:
            with self._uow.begin(attempt_recorder.ACTOR) as work:
                leases.release_all(work)

    def run_batch(self, batch: BatchInput) -> BatchResult:
        """Run one transaction; several if a row can't be stored (a webhook may be deleted meanwhile)."""
        try:
            return self._run_batch(batch)
        except _UNSTORABLE as error:
            self._write_one_by_one(batch, error)
            return self._run_batch(BatchInput(notifications=batch.notifications))

    def save_outcomes(self, batch: BatchInput) -> None:
        """Record attempts and release unsent deliveries at the end, without claiming any."""
        try:
            self._write(batch)
        except _UNSTORABLE as error:
            self._write_one_by_one(batch, error)

    def _run_batch(self, batch: BatchInput) -> BatchResult:
        with self._uow.begin(attempt_recorder.ACTOR) as work:
            _use_asynchronous_commit(work)
            attempt_recorder.record_attempts(
                work, batch.attempted, self._worker_id, self._random, self.endpoints
            )
            leases.release(work, batch.unsent, self._worker_id)
            events, unfinished = outbox.claim_domain_events(work, batch.notifications, self.subscribers)
            # Read after the domain events: otherwise one that followed a new subscription might miss it.
            endpoints = self._read(work)
            created = self._create_deliveries(work, endpoints, events)
            claimed, next_at = self._claim(work, endpoints, {new.endpoint.key for new in created})
        return BatchResult([*claimed, *created], frozenset(unfinished), next_at)

    def _write(self, batch: BatchInput) -> None:
        with self._uow.begin(attempt_recorder.ACTOR) as work:
            attempt_recorder.record_attempts(
                work, batch.attempted, self._worker_id, self._random, self.endpoints
            )
            leases.release(work, batch.unsent, self._worker_id)

    def _write_one_by_one(self, batch: BatchInput, error: Exception) -> None:
        """Record each attempt in its own transaction, so that one that can't be stored does not block the others."""
        log.warning("webhook_attempts_recorded_singly", error=first_line(error))
        self._write(BatchInput(unsent=batch.unsent))
        for attempt in batch.attempted:
            try:
                self._write(BatchInput(attempted=(attempt,)))
            except _UNSTORABLE:  # its lease runs out
                log.exception("webhook_attempt_not_recorded", delivery=attempt.claimed.key.id)

    def poll(self) -> tuple[frozenset[Notification], datetime | None]:
        """Return, without writing, the topics with undelivered domain events, and when a delivery is due next."""
        with self._uow.read() as work:
            endpoints = self._read(work)
            times = (endpoint.next_at() for endpoint in endpoints.values())
            next_at = min((time for time in times if time), default=None)
            return frozenset(_undelivered_topics(work, self.subscribers)), next_at

    def sweep(self, keep_days: int) -> bool:
        """Mark domain events without subscribers as delivered and delete old rows; return True if there are more."""
        with self._uow.begin(attempt_recorder.ACTOR) as work:
            return retention.sweep(work, lambda: _subscribers_by_topic(active_endpoints(work)), keep_days)

    def _read(self, work: Work) -> Mapping[TenantKey, Endpoint]:
        endpoints = active_endpoints(work)
        self.endpoints, self.subscribers = endpoints, _subscribers_by_topic(endpoints)
        return endpoints

    def _create_deliveries(
        self, work: Work, endpoints: Mapping[TenantKey, Endpoint], events: Sequence[RecordedEvent]
    ) -> list[ClaimedDelivery]:
        """Create deliveries of domain events; claim and return those that can be sent at once."""
        if not events:
            return []
        outbox.mark_delivered(work, [TenantKey(event.tenant_id, event.id) for event in events])
        now, capacity = work.now(), _RemainingCapacity(self._capacity, work.now())
        rows, claimed = [], []
        for addressed in match_endpoints(events, by_tenant(endpoints)):
            row = self._row(work, addressed, now, is_claimed=capacity.reserve(addressed.endpoint))
            rows.append(row)
            if row["leased_by"]:
                claimed.append(_claimed(row["id"], addressed, now))
        outbox.insert_deliveries(work, rows)
        return claimed

    def _row(
        self, work: Work, addressed: AddressedMessage, now: datetime, *, is_claimed: bool
    ) -> dict[str, Any]:
        due_at, leased_by = (now + LEASE, self._worker_id) if is_claimed else (now, None)
        key = addressed.endpoint.key
        return outbox.delivery_row(
            work, key.tenant_id, key.id, addressed.message, due_at=due_at, leased_by=leased_by
        )

    def _claim(
        self, work: Work, endpoints: Mapping[TenantKey, Endpoint], busy: Collection[TenantKey]
    ) -> tuple[list[ClaimedDelivery], datetime | None]:
        """Claim due deliveries and return when the next is due. Endpoints of `busy` just got new deliveries: they wait."""
        now = work.now()
        waiting = [
            (at, endpoint)
            for endpoint in endpoints.values()
            if endpoint.key not in busy and (at := endpoint.next_at()) is not None
        ]
        due = [endpoint for at, endpoint in waiting if at <= now]
        share = max(CONCURRENCY, MAX_DELIVERIES // max(1, len(due)))
        claimed: list[ClaimedDelivery] = []
        for endpoint in due:
            if (limit := min(share, self._capacity(endpoint))) > 0:
                claimed += leases.claim_due(work, endpoint, limit, self._worker_id)
        return claimed, min((at for at, _ in waiting if at > now), default=None)


def _use_asynchronous_commit(work: Work) -> None:
    """Let PostgreSQL commit this transaction without waiting for its disk.

    If the server crashes in the next moment, the whole transaction is lost: domain events are undelivered again, and
    deliveries still leased. They are sent a second time, as after a killed hub.
    """
    if work.dialect.name == "postgresql":
        work.session.connection().exec_driver_sql("SET LOCAL synchronous_commit = off")


class _RemainingCapacity:
    """The new deliveries that can be sent at once, by endpoint; none where older ones are due."""

    def __init__(self, capacity: Capacity, now: datetime) -> None:
        self._capacity, self._now = capacity, now
        self._remaining: dict[TenantKey, int] = {}

    def reserve(self, endpoint: Endpoint) -> bool:
        """Reserve a place for one more delivery; return False if there is none."""
        remaining = self._remaining.get(endpoint.key)
        if remaining is None:
            remaining = self._capacity(endpoint) if self._is_clear(endpoint) else 0
        self._remaining[endpoint.key] = remaining - 1
        return remaining > 0

    def _is_clear(self, endpoint: Endpoint) -> bool:
        has_due = endpoint.due_at is not None and endpoint.due_at <= self._now
        return endpoint.is_open(self._now) and not endpoint.is_probed(self._now) and not has_due


def _subscribers_by_topic(endpoints: Mapping[TenantKey, Endpoint]) -> Mapping[Notification, int]:
    """Return how many endpoints are subscribed to each topic."""
    return Counter(
        Notification(endpoint.key.tenant_id, type_)
        for endpoint in endpoints.values()
        for type_ in endpoint.stored_types
    )


def _claimed(id_: str, addressed: AddressedMessage, now: datetime) -> ClaimedDelivery:
    message = addressed.message
    key = TenantKey(addressed.endpoint.key.tenant_id, id_)
    return ClaimedDelivery(key, addressed.endpoint, now, message.id, message.event_type, message.body)


def _undelivered_topics(work: Work, subscribed: Iterable[Notification]) -> set[Notification]:
    """Return all subscribed topics of the tenants that have an undelivered domain event of one of them."""
    by_tenant_id: dict[str, list[Notification]] = {}
    for topic in subscribed:
        by_tenant_id.setdefault(topic.tenant_id, []).append(topic)
    events = outbox.DOMAIN_EVENTS.c
    undelivered: set[Notification] = set()
    for tenant_id, topics in by_tenant_id.items():
        types = sorted(topic.type for topic in topics)
        query = select(events.type).where(
            events.tenant_id == tenant_id, events.type.in_(types), events.delivered_at.is_(None)
        )
        if work.session.scalar(query.limit(1)) is not None:
            undelivered.update(topics)
    return undelivered

"""The engine's side towards the database: one transaction writes down what went out and takes what goes next.

So there is one commit (and one wait for the disk) for a batch, however many facts, attempts and endpoints are in it.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from hub_sync.hub.domains.webhooks.delivery import attempt_recorder, leases, outbox, retention
from hub_sync.hub.domains.webhooks.delivery.attempt_recorder import Attempt
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY
from hub_sync.hub.domains.webhooks.delivery.endpoints import Endpoint, TenantKey, active_endpoints, by_tenant
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE, ClaimedDelivery
from hub_sync.hub.domains.webhooks.delivery.outbox import MAX_DELIVERIES, AddressedMessage
from hub_sync.hub.domains.webhooks.delivery.retry_schedule import RandomSource
from hub_sync.hub.domains.webhooks.subscriptions.event_types import RecordedEvent
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.notifier import Notification

Capacity = Callable[[Endpoint], int]
"""How many more deliveries this process can take on for an endpoint."""
_UNSTORABLE = (IntegrityError, DataError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What a turn is to do."""

    attempted: Sequence[Attempt] = ()
    unsent: Sequence[TenantKey] = ()
    news: Collection[Notification] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of it: what to send now, facts that wait still, and when something is due by itself."""

    claimed: Sequence[ClaimedDelivery] = ()
    unfinished: frozenset[Notification] = frozenset()
    next_at: datetime | None = None


class DeliveryRepository:
    """The transactions of one engine."""

    def __init__(
        self, uow: UnitOfWork, worker_id: str, room: Capacity, chance: RandomSource = random.random
    ) -> None:
        """`me` names this process in leases."""
        self._uow, self._worker_id, self._capacity, self._random = uow, worker_id, room, chance
        self.endpoints: Mapping[TenantKey, Endpoint] = {}
        """As they were read last."""
        self.wanted: Mapping[Notification, int] = {}
        """The kinds of facts that they are told of, and how many of them are told of each."""

    def begin(self) -> None:
        """Before the first turn. On the embedded database whoever held a lease is gone: a hub is one process there."""
        if self._uow.database.is_sqlite:
            with self._uow.begin(attempt_recorder.ACTOR) as work:
                leases.release_all(work)

    def run_batch(self, turn: BatchInput) -> BatchResult:
        """One transaction; more where something can't be stored (a webhook may be deleted in the midst of it)."""
        try:
            return self._run_batch(turn)
        except _UNSTORABLE as error:
            self._write_one_by_one(turn, error)
            return self._run_batch(BatchInput(news=turn.news))

    def save_outcomes(self, turn: BatchInput) -> None:
        """The last turn's half: what went out is written down, what did not goes back, nothing is taken."""
        try:
            self._write(turn)
        except _UNSTORABLE as error:
            self._write_one_by_one(turn, error)

    def _run_batch(self, turn: BatchInput) -> BatchResult:
        with self._uow.begin(attempt_recorder.ACTOR) as work:
            _use_asynchronous_commit(work)
            attempt_recorder.record_attempts(
                work, turn.attempted, self._worker_id, self._random, self.endpoints
            )
            leases.release(work, turn.unsent, self._worker_id)
            told, unfinished = outbox.claim_domain_events(work, turn.news, self.wanted)
            endpoints = self._read(
                work
            )  # after the facts: else one that followed a subscription might miss it
            fresh = self._create_deliveries(work, endpoints, told)
            claimed, next_at = self._claim(work, endpoints, {one.endpoint.key for one in fresh})
        return BatchResult([*claimed, *fresh], frozenset(unfinished), next_at)

    def _write(self, turn: BatchInput) -> None:
        with self._uow.begin(attempt_recorder.ACTOR) as work:
            attempt_recorder.record_attempts(
                work, turn.attempted, self._worker_id, self._random, self.endpoints
            )
            leases.release(work, turn.unsent, self._worker_id)

    def _write_one_by_one(self, turn: BatchInput, error: Exception) -> None:
        """One row that can't be stored must not keep all others from it, turn after turn. Its lease runs out."""
        log.warning("webhooks are written down one by one", error=str(error).splitlines()[0])
        self._write(BatchInput(unsent=turn.unsent))
        for one in turn.attempted:
            try:
                self._write(BatchInput(attempted=(one,)))
            except _UNSTORABLE:
                log.exception("an attempt at a webhook can't be written down", delivery=one.claimed.key.id)

    def poll(self) -> tuple[frozenset[Notification], datetime | None]:
        """Without writing: facts that others have recorded, and when something is due."""
        with self._uow.read() as work:
            endpoints = self._read(work)
            next_at = min((at for one in endpoints.values() if (at := one.next_at())), default=None)
            return frozenset(_undelivered_topics(work, self.wanted)), next_at

    def sweep(self, keep_days: int) -> bool:
        """Mark facts that nobody is told of, and forget what is old; whether there is more to sweep."""
        with self._uow.begin(attempt_recorder.ACTOR) as work:
            return retention.sweep(work, lambda: _subscribers_by_topic(active_endpoints(work)), keep_days)

    def _read(self, work: Work) -> Mapping[TenantKey, Endpoint]:
        endpoints = active_endpoints(work)
        self.endpoints, self.wanted = endpoints, _subscribers_by_topic(endpoints)
        return endpoints

    def _create_deliveries(
        self, work: Work, endpoints: Mapping[TenantKey, Endpoint], told: Sequence[RecordedEvent]
    ) -> list[ClaimedDelivery]:
        """Make deliveries of facts. Those that can go out at once are taken in the same breath."""
        if not told:
            return []
        outbox.mark_delivered(work, [TenantKey(fact.tenant_id, fact.id) for fact in told])
        now, space = work.now(), _Capacity(self._capacity, work.now())
        rows, taken = [], []
        for one in outbox.match_endpoints(told, by_tenant(endpoints)):
            row = self._row(work, one, now, goes=space.takes(one.endpoint))
            rows.append(row)
            if row["leased_by"]:
                taken.append(_claimed(row["id"], one, now))
        outbox.insert_deliveries(work, rows)
        return taken

    def _row(self, work: Work, one: AddressedMessage, now: datetime, *, goes: bool) -> dict[str, Any]:
        due_at, leased_by = (now + LEASE, self._worker_id) if goes else (now, None)
        key = one.endpoint.key
        return outbox.delivery_row(
            work, key.tenant_id, key.id, one.message, due_at=due_at, leased_by=leased_by
        )

    def _claim(
        self, work: Work, endpoints: Mapping[TenantKey, Endpoint], busy: Collection[TenantKey]
    ) -> tuple[list[ClaimedDelivery], datetime | None]:
        """Take what is due. `busy` ones were given something in this turn, and are looked at again after it."""
        now = work.now()
        waiting = [
            (at, one)
            for one in endpoints.values()
            if one.key not in busy and (at := one.next_at()) is not None
        ]
        due = [one for at, one in waiting if at <= now]
        share = max(CONCURRENCY, MAX_DELIVERIES // max(1, len(due)))
        claimed: list[ClaimedDelivery] = []
        for endpoint in due:
            if (room := min(share, self._capacity(endpoint))) > 0:
                claimed += leases.claim_due(work, endpoint, room, self._worker_id)
        return claimed, min((at for at, _ in waiting if at > now), default=None)


def _use_asynchronous_commit(work: Work) -> None:
    """Have PostgreSQL commit this transaction without waiting for its disk.

    Should the server crash within the next moment, what is lost is lost whole: facts are untold again, deliveries still
    leased. They are sent a second time, which a killed hub's are too.
    """
    if work.dialect.name == "postgresql":
        work.session.connection().exec_driver_sql("SET LOCAL synchronous_commit = off")


class _Capacity:
    """How much of what is new can go out at once; where something waits already, what is new comes after it."""

    def __init__(self, room: Capacity, now: datetime) -> None:
        self._room, self._now = room, now
        self._left: dict[TenantKey, int] = {}

    def takes(self, endpoint: Endpoint) -> bool:
        """Whether there is a place for one more; it is taken."""
        left = self._left.get(endpoint.key)
        if left is None:
            left = self._room(endpoint) if self._is_clear(endpoint) else 0
        self._left[endpoint.key] = left - 1
        return left > 0

    def _is_clear(self, endpoint: Endpoint) -> bool:
        waits = endpoint.due_at is not None and endpoint.due_at <= self._now
        return endpoint.is_open(self._now) and not endpoint.is_probed(self._now) and not waits


def _subscribers_by_topic(endpoints: Mapping[TenantKey, Endpoint]) -> Mapping[Notification, int]:
    """How many of them are told of a fact of each kind."""
    return Counter(
        Notification(one.key.tenant_id, type_) for one in endpoints.values() for type_ in one.stored_types
    )


def _claimed(id_: str, one: AddressedMessage, now: datetime) -> ClaimedDelivery:
    told = one.message
    key = TenantKey(one.endpoint.key.tenant_id, id_)
    return ClaimedDelivery(key, one.endpoint, now, told.id, told.event_type, told.body)


def _undelivered_topics(work: Work, wanted: Iterable[Notification]) -> set[Notification]:
    """All kinds that somebody wants of the tenants of whom such facts wait."""
    of_tenant: dict[str, list[Notification]] = {}
    for kind in wanted:
        of_tenant.setdefault(kind.tenant_id, []).append(kind)
    facts = outbox.FACTS.c
    found: set[Notification] = set()
    for tenant_id, kinds in of_tenant.items():
        types = sorted(kind.type for kind in kinds)
        query = select(facts.type).where(
            facts.tenant_id == tenant_id, facts.type.in_(types), facts.delivered_at.is_(None)
        )
        if work.session.scalar(query.limit(1)) is not None:
            found.update(kinds)
    return found

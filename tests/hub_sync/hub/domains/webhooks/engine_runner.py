"""The engine at work in a test: on a clock that is set, with endpoints that answer as they are told to."""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ParticipantStatus, WebhookStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.webhooks.delivery.engine import DeliveryEngine
from hub_sync.hub.domains.webhooks.delivery.repository import DeliveryRepository
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.subscriptions import service as webhooks
from hub_sync.hub.domains.webhooks.tables import WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.api_client import deliveries_of

OK, FAILS, GONE = (
    AttemptOutcome(3, 200, "ok"),
    AttemptOutcome(3, 500, "no", Failure(FailureCode.ERROR_STATUS, {"status": "500"})),
    AttemptOutcome(3, 410, "", Failure(FailureCode.ERROR_STATUS, {"status": "410 Gone"})),
)


class Endpoints:
    """In place of the sender: what comes is kept, and answered as told, by URL; else 200."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.came: list[WebhookRequest] = []
        self.at: list[datetime] = []
        self.answers: dict[str, list[AttemptOutcome]] = defaultdict(list)
        self.always: dict[str, AttemptOutcome] = {}

    async def send(self, outgoing: WebhookRequest, now: datetime) -> AttemptOutcome:
        self.came.append(outgoing)
        self.at.append(now)
        await asyncio.sleep(0)
        answer = self.answers[outgoing.url]
        return answer.pop(0) if answer else self.always.get(outgoing.url, OK)

    async def close(self) -> None:
        return


class EngineRunner:
    """A tenant's webhooks, and the engine that serves them when it is told to."""

    def __init__(self, hub: HubContext, clock: ManualClock, seeded: Seeded, me: str = "engine-1") -> None:
        self.hub, self.clock, self.seeded = hub, clock, seeded
        self.endpoints = Endpoints(clock)
        self.engine = DeliveryEngine(hub, lambda: cast("WebhookSender", self.endpoints), me)

    def subscribe(self, *event_types: str, url: str = "https://hooks.example.org/one") -> str:
        """A webhook's id."""
        with self.hub.uow.begin() as work:
            new = webhooks.NewSubscription(url=url, event_types=list(event_types or ["*"]))
            return webhooks.create(work, self.hub.secret_box, self.seeded.tenant_id, new, (), UNBOUNDED)[0].id

    def register(self, pid: str, status: ParticipantStatus = ParticipantStatus.PENDING) -> str:
        """Somebody new; their id."""
        new = participants.NewParticipant(id=pid, first_name="Ada", last_name="Lovelace", status=status)
        with self.hub.uow.begin() as work:
            participants.create(work, self.seeded.tenant_id, self.seeded.event_id, new)
        return pid

    def decide(self, pid: str, status: ParticipantStatus = ParticipantStatus.APPROVED) -> None:
        """Approve somebody, or whatever else."""
        with self.hub.uow.begin() as work:
            participants.update_status(work, self.seeded.tenant_id, self.seeded.event_id, pid, status)

    def approve_some(self, count: int, prefix: str = "p") -> None:
        """Emit so many domain events of a type that webhooks send."""
        for number in range(count):
            self.decide(self.register(f"{prefix}-{number}"))

    def work_off(self) -> list[WebhookRequest]:
        """Have the engine do all that is due; what it sent."""
        before = len(self.endpoints.came)
        asyncio.run(self.engine.run_until_idle())
        return self.endpoints.came[before:]

    def sweep(self) -> None:
        """What the engine does every minute."""
        desk = DeliveryRepository(self.hub.uow, "sweeper", lambda _: 0)
        while desk.sweep(self.hub.settings.webhook_log_days):
            pass

    def pass_time(self, **by: float) -> list[WebhookRequest]:
        """Let time pass, then have it do what is due."""
        self.clock.advance(timedelta(**by))
        return self.work_off()

    def log(self, webhook_id: str) -> list[WebhookDelivery]:
        """Its deliveries."""
        return list(deliveries_of(self.hub, self.seeded.tenant_id, webhook_id))

    def row(self, webhook_id: str) -> WebhookSubscription:
        """How it stands."""
        with self.hub.uow.read() as work:
            return work.session.get_one(WebhookSubscription, (self.seeded.tenant_id, webhook_id))

    def status(self, webhook_id: str) -> WebhookStatus:
        return self.row(webhook_id).status

    def switch(self, *, on: bool) -> None:
        """The tenant's flag."""
        with self.hub.uow.begin() as work:
            feature_flags.switch(work, self.seeded.tenant_id, FF_WEBHOOKS, enabled=on)

    def resume(self, webhook_id: str) -> None:
        with self.hub.uow.begin() as work:
            webhooks.resume(work, self.seeded.tenant_id, webhook_id)

    def move(self, webhook_id: str, url: str) -> None:
        with self.hub.uow.begin() as work:
            changes = webhooks.SubscriptionChanges(url=url)
            webhooks.update(work, self.seeded.tenant_id, webhook_id, changes, (), UNBOUNDED)

    def pause(self, webhook_id: str) -> None:
        with self.hub.uow.begin() as work:
            webhooks.pause(work, self.seeded.tenant_id, webhook_id)


def body_of(outgoing: WebhookRequest) -> dict[str, Any]:
    """What it says."""
    body: dict[str, Any] = orjson.loads(outgoing.body)
    return body


@pytest.fixture
def engine_runner(hub: HubContext, clock: ManualClock, seeded: Seeded) -> EngineRunner:
    """Webhooks are switched on, and the engine waits to be told."""
    engine_runner = EngineRunner(hub, clock, seeded)
    engine_runner.switch(on=True)
    return engine_runner

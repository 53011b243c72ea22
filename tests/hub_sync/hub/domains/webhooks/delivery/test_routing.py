"""Routing: which endpoints get which domain event."""

from datetime import timedelta

from hub_sync.hub.domains.tenants import service as tenants
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.webhooks.engine_runner import EngineRunner, body_of, engine_runner

__all__ = ["engine_runner"]

TWO = "https://hooks.example.org/two"


def test_each_endpoint_gets_the_types_of_its_subscription(engine_runner: EngineRunner) -> None:
    first = engine_runner.subscribe("participant.approved", "scan.accepted")
    two = engine_runner.subscribe("participant.status_changed", url=TWO)
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.work_off()
    assert [row.event_type for row in engine_runner.log(first)] == ["participant.approved"]
    assert [row.event_type for row in engine_runner.log(two)] == ["participant.status_changed"]


def test_a_domain_event_before_the_subscription_is_not_sent(engine_runner: EngineRunner) -> None:
    engine_runner.decide(engine_runner.register("ada"))
    engine_runner.clock.advance(timedelta(seconds=1))
    webhook = engine_runner.subscribe("*")
    assert engine_runner.work_off() == []
    engine_runner.decide(engine_runner.register("eve"))
    assert {body_of(item)["data"]["participant_id"] for item in engine_runner.work_off()} == {"eve"}
    assert len(engine_runner.log(webhook)) == 3  # registered, approved, status changed


def test_webhooks_of_another_tenant_get_nothing(engine_runner: EngineRunner, seeded: Seeded) -> None:
    with engine_runner.hub.uow.begin() as work:
        other = tenants.create(work, engine_runner.hub.secret_box, slug="other", name="Other")
    theirs = EngineRunner(
        engine_runner.hub,
        engine_runner.clock,
        Seeded(other.id, seeded.event_id, seeded.gate_id, seeded.device_id, ""),
    )
    theirs.switch(on=True)
    webhook = theirs.subscribe("*")
    engine_runner.decide(engine_runner.register("ada"))
    assert engine_runner.work_off() == []
    assert theirs.log(webhook) == []

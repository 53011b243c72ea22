"""The domain events of workflows arrive at a webhook's endpoint, a real one."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import uvloop

from hub_sync.hub.domains.webhooks.network.sender import WebhookRequest, WebhookSender
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.manifest import TaskDecision
from hub_sync.hub.kit.networks import parse_networks
from tests.hub_sync.hub.domains.webhooks.engine_runner import EngineRunner, engine_runner
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step
from tests.support.webhook_receiver import WebhookReceiver

__all__ = ["desk", "engine_runner"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
MANAGER = Decider(is_manager=True)
TYPES = ("sla.warning", "sla.breached", "participant.bypassed", "workflow.completed")


def test_what_happens_in_a_workflow_arrives_at_a_webhook(
    desk: WorkflowDesk, engine_runner: EngineRunner
) -> None:
    engine_runner.subscribe(*TYPES)
    desk.publish(definition(step("review", sla={"minutes": 60}), take_back_seconds=0))
    execution = desk.start()
    desk.later(minutes=50)
    desk.later(minutes=10)
    desk.decide(execution, "review", TaskDecision.BYPASS, MANAGER)
    with WebhookReceiver() as receiver:
        uvloop.run(send_all(engine_runner.work_off(), receiver.url("/workflow")))
        bodies = [json.loads(request["body"]) for request in receiver.requests_to("/workflow")]
    assert sorted(body["type"] for body in bodies) == sorted(TYPES)
    by_type = {body["type"]: body["data"] for body in bodies}
    assert by_type["sla.breached"]["execution_id"] == execution
    assert by_type["participant.bypassed"]["reason"] == "because"
    assert by_type["workflow.completed"]["outcome"] == "APPROVED"


async def send_all(requests: list[WebhookRequest], url: str) -> None:
    """Send what the engine made over a socket, to an address that no webhook may have outside of tests."""
    sender = WebhookSender(GuardedNetwork(parse_networks(("127.0.0.0/8",)), None))
    try:
        for request in requests:
            await sender.send(replace(request, url=url), datetime.now(UTC))
    finally:
        await sender.close()

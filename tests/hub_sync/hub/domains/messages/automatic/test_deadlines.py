"""A deadline that has passed is told by mail to everybody who may act, once."""

from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.messages.automatic.deadlines import LISTENERS
from hub_sync.hub.domains.messages.triggers import DEADLINE_PASSED
from hub_sync.hub.domains.workflows.clocks import clocks, sweep
from hub_sync.hub.domains.workflows.definition.model import Sla
from hub_sync.hub.domains.workflows.delegations.people import page_of_clock
from hub_sync.hub.domains.workflows.tables import WorkflowDelegation, WorkflowTaskAssignee
from hub_sync.hub.kit.events.listeners import ListenerJob
from tests.hub_sync.hub.domains.messages.automatic.test_reactions import switch
from tests.hub_sync.hub.domains.messages.conftest import MessageHub
from tests.support.builders.deadlines import open_task

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_a_breach_is_written_to_everybody_who_may_act(messages: MessageHub, clock: ManualClock) -> None:
    """By role, by name and in somebody's place, in the user's own language, and to nobody who can't sign in."""
    switch(messages, DEADLINE_PASSED)
    (ada,) = messages.register("Ada", status="PENDING")
    tenant_id = messages.key.tenant_id
    with messages.hub.uow.begin() as work:
        users = {}
        for name, role in (
            ("otto", "OPERATOR"),
            ("vera", "VIEWER"),
            ("gone", "VIEWER"),
            ("other", "VIEWER"),
            ("dora", "VIEWER"),
        ):
            user = accounts.User(
                tenant_id=tenant_id,
                id=work.new_id(),
                email=f"{name}@example.org",
                password_hash="set" if name != "gone" else "",
                role=role,
                language="de" if name == "vera" else "",
            )
            users[name] = user.id
            work.session.add(user)
        work.session.flush()
        task = open_task(work, messages.key, ada)
        for column in ({"role": "OPERATOR"}, {"user_id": users["vera"]}, {"user_id": users["gone"]}):
            row = {"tenant_id": tenant_id, "id": work.new_id(), "task_id": task.task_id}
            work.session.add(WorkflowTaskAssignee(**row, **column))
        work.session.add(
            WorkflowDelegation(
                tenant_id=tenant_id,
                id=work.new_id(),
                user_id=users["vera"],
                delegate_id=users["dora"],
                starts_at=work.now(),
                ends_at=work.now() + timedelta(days=1),
            )
        )
        started = clocks.start(work, task.start(Sla(minutes=60)))
        assert started is not None
        page = f"/events/{messages.key.event_id}/workflow-tasks/{task.task_id}"
    clock.advance(timedelta(hours=1))
    for _ in range(2):
        sweep.sweep_batch(messages.hub.uow)
        ListenerJob(messages.hub.uow, messages.hub.notifier, LISTENERS).run_until_idle()
    rows = {row.recipient: row for row in messages.outbox()}
    assert sorted(rows) == ["dora@example.org", "otto@example.org", "vera@example.org"]
    content = messages.build(rows["vera@example.org"])
    assert "überfällig" in content.subject
    assert page in content.text
    with messages.hub.uow.read() as work:
        assert page_of_clock(work, tenant_id, "of no task") == "/tasks"

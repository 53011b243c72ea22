"""For whom an execution waits."""

import pytest

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.executions import queries
from hub_sync.hub.domains.workflows.pages.waits import wait_view
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step

__all__ = ["desk"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_an_execution_says_when_nobody_who_is_named_can_decide_any_more(desk: WorkflowDesk) -> None:
    """It would wait for ever in nobody's inbox, and the page named them as if they could act."""
    tenant_id = desk.key.tenant_id
    with desk.hub.uow.begin() as work:
        user_id = accounts.create_user(
            work, tenant_id, "bo@example.org", "correct horse battery", name="Bo", role=Role.OPERATOR
        ).id
    desk.publish(definition(step("review", assignees={"users": [user_id], "roles": ["ADMIN"]})))
    execution_id = desk.start()
    assert _can_anybody_act(desk, execution_id) == (True, False)
    with desk.hub.uow.begin() as work:
        accounts.get(work, tenant_id, user_id).active = False
    assert _can_anybody_act(desk, execution_id) == (False, True), "nobody has the role either"


def _can_anybody_act(desk: WorkflowDesk, execution_id: str) -> tuple[bool, bool]:
    with desk.hub.uow.read() as work:
        execution = executions.get(work, desk.key, execution_id)
        (wait,) = queries.state_of(work, execution).waiting_for
    return wait.can_act, "Whoever manages workflows" in wait_view(wait, wait.names, "UTC").otherwise

"""Whose task something is."""

import pytest
from sqlalchemy.dialects import sqlite

from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.tasks.deciders import inbox_of
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_an_inbox_begins_with_the_assignments_of_its_owner(hub: HubContext, seeded: Seeded) -> None:
    decider = Decider(user_id="nobody", role="NONE", in_place_of=("somebody",))
    query = inbox_of(seeded.tenant_id, decider)
    statement = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with hub.uow.read() as work:
        steps = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    plan = "\n".join(str(row[3]) for row in steps)
    for index in ("ix_workflow_task_assignees_user", "ix_workflow_task_assignees_role"):
        assert index in plan
    assert "ix_workflow_tasks_open" not in plan, plan

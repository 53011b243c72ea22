"""Executions end with their event."""

from unittest.mock import patch

import pytest

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events import deletion
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.triggers import ends
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step

__all__ = ["desk"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize("is_deleted", [True, False])
def test_executions_end_with_their_event(desk: WorkflowDesk, *, is_deleted: bool) -> None:
    desk.publish(definition(step("review", sla={"minutes": 60})))
    running = [desk.start(), desk.start()]
    with desk.hub.uow.begin() as work:
        if is_deleted:
            deletion.delete(work, *desk.key)
        else:
            events.update(work, *desk.key, EventChanges(status=EventStatus.CANCELLED))
    with patch.object(ends, "PART", 1):
        desk.listen()
    assert {desk.status(each)[0] for each in running} == {ExecutionStatus.CANCELLED}
    assert [desk.open(each) for each in running] == [{}, {}]
    reason = "EVENT_DELETED" if is_deleted else "EVENT_CANCELLED"
    assert desk.entries(running[1], "CANCELLED") == [{"reason": reason}]
    desk.later(hours=2)
    assert desk.event_types("SlaWarned", "SlaBreached") == []

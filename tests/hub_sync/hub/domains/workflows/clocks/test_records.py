"""What clocks do stands in the history of their execution."""

import pytest

from hub_sync.hub.domains.workflows.clocks import clocks
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step

__all__ = ["desk"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_what_clocks_do_stands_in_the_history(desk: WorkflowDesk) -> None:
    desk.publish(definition(step("review", sla={"minutes": 60, "warn_percent": 50}), take_back_seconds=0))
    execution = desk.start()
    (clock_id,) = desk.clocks(execution)
    with desk.hub.uow.begin() as work:
        clocks.pause(work, desk.key, clock_id, "waits for papers")
    desk.later(minutes=10)
    with desk.hub.uow.begin() as work:
        clocks.resume(work, desk.key, clock_id)
    for minutes in (30, 30):
        desk.later(minutes=minutes)
        desk.listen()
    desk.listen()
    kinds = [kind for kind in desk.history(execution) if kind not in {"STARTED", "STEP_OPENED"}]
    assert kinds == ["CLOCK_PAUSED", "CLOCK_RESUMED", "WARNED", "BREACHED"]
    assert desk.entries(execution, "CLOCK_PAUSED")[0]["reason"] == "waits for papers"

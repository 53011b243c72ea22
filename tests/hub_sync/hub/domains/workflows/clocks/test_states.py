"""The states of clocks: which follows which, whatever people and time do."""

from datetime import timedelta
from itertools import pairwise

from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockChanges
from hub_sync.hub.domains.workflows.definition.model import Sla
from hub_sync.hub.kit.db.unit_of_work import Work
from tests.hub_sync.hub.domains.workflows.clocks.conftest import ClockKeeper
from tests.support.builders.deadlines import OpenTask

PATHS = {
    "pause resume sweep stop undo cancel": "PAUSED RUNNING BREACHED LATE BREACHED CANCELLED",
    "stop undo pause stop undo cancel": "MET RUNNING PAUSED MET PAUSED CANCELLED",
    "pass stop again": "RUNNING LATE RUNNING",
    "stop again cancel": "MET RUNNING CANCELLED",
    "sweep longer cancel": "BREACHED RUNNING CANCELLED",
}
"""What happens to a clock, and its state after each."""
EDGES = {
    *("RUNNING-PAUSED", "RUNNING-BREACHED", "RUNNING-MET", "RUNNING-LATE", "RUNNING-CANCELLED"),
    *("PAUSED-RUNNING", "PAUSED-MET", "PAUSED-CANCELLED", "BREACHED-LATE", "BREACHED-CANCELLED"),
    "BREACHED-RUNNING",
    *("MET-RUNNING", "MET-PAUSED", "LATE-BREACHED", "LATE-RUNNING"),
}


def test_each_state_follows_only_those_that_it_may_follow(keeper: ClockKeeper) -> None:
    edges: set[str] = set()
    for path, states in PATHS.items():
        task, clock_id = keeper.open(minutes=60)
        met = ["RUNNING"]
        for act in path.split():
            if act in ("sweep", "pass"):
                keeper.clock.advance(timedelta(hours=2))
            if act == "sweep":
                keeper.sweep()
            with keeper.hub.uow.begin() as work:
                _act(work, keeper, task, clock_id, act)
            met.append(keeper.read(clock_id).state.value)
        assert met[1:] == states.split(), path
        edges |= {f"{old}-{new}" for old, new in pairwise(met) if old != new}
    assert edges == EDGES


def _act(work: Work, keeper: ClockKeeper, task: OpenTask, clock_id: str, act: str) -> None:
    tenant_id, task_ids = keeper.key.tenant_id, [task.task_id]
    match act:
        case "stop":
            clocks.stop(work, tenant_id, task_ids=task_ids)
        case "undo":
            clocks.undo_stop(work, tenant_id, task_ids=task_ids)
        case "cancel":
            clocks.cancel(work, tenant_id, task_ids=task_ids)
        case "pause":
            clocks.pause(work, keeper.key, clock_id, "")
        case "resume":
            clocks.resume(work, keeper.key, clock_id)
        case "again":
            clocks.start(work, task.start(Sla(minutes=60), is_again=True))
        case "longer":
            clocks.retarget(work, keeper.key, clock_id, SlaClockChanges(target_minutes=900))

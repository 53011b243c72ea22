"""Time-outs: the rule of a step or a join once its clock has breached."""

from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import OnTimeout
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.engine.executions import RunningExecution
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import JoinStatus, TaskStatus, WorkflowJoin, WorkflowTask
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def on_timeout(work: Work, clock: SlaClock) -> None:
    """Carry out the rule of a clock that has breached. What was decided meanwhile stays as it is."""
    running = executions.lock(work, FeedKey(clock.tenant_id, clock.event_id), clock.execution_id)
    if running.rows.execution.status is not ExecutionStatus.ACTIVE:
        return
    if clock.task_id is not None:
        task = running.rows.tasks.get(clock.task_id)
        if task is not None and task.status is TaskStatus.OPEN:
            _time_out_task(running, task)
    elif clock.join_id is not None:
        join = running.rows.joins.get(clock.join_id)
        if join is not None and join.status is JoinStatus.WAITING:
            _time_out_join(running, join)
    running.store()


def _time_out_task(running: RunningExecution, task: WorkflowTask) -> None:
    step = running.machine.definition.step(task.step_key)
    path = running.rows.branches[task.branch_id].path
    running.host.record(HistoryKind.BREACHED, path, step.key, task=task.id)
    task.version += 1
    match step.sla.on_timeout if step.sla else OnTimeout.NONE:
        case OnTimeout.ESCALATE:
            running.machine.escalate([task], step)
        case OnTimeout.PROCEED:
            running.machine.pass_over(task)
        case OnTimeout.FAIL:
            running.machine.fail(task)


def _time_out_join(running: RunningExecution, join: WorkflowJoin) -> None:
    step = running.machine.definition.step(join.step_key)
    running.host.record(HistoryKind.BREACHED, running.rows.branches[join.branch_id].path, step.key)
    match step.sla.on_timeout if step.sla else OnTimeout.NONE:
        case OnTimeout.ESCALATE:
            running.machine.escalate(_open_tasks(running, join), step)
        case OnTimeout.PROCEED:
            running.machine.pass_join(join)
        case OnTimeout.FAIL:
            running.machine.fail_join(join)


def _open_tasks(running: RunningExecution, join: WorkflowJoin) -> list[WorkflowTask]:
    """Return the open tasks for which a join waits."""
    below = {each.id for branch in running.rows.branches_of(join) for each in running.rows.below(branch)}
    return [
        task
        for task in running.rows.tasks.values()
        if task.branch_id in below and task.status is TaskStatus.OPEN
    ]

"""Tasks: read them, and decide many at once, each by itself."""

from collections.abc import Iterable

from sqlalchemy import Select, select

from hub_sync.hub.domains.workflows.engine import decisions
from hub_sync.hub.domains.workflows.engine.decisions import Answer
from hub_sync.hub.domains.workflows.errors import WorkflowTaskNotFound
from hub_sync.hub.domains.workflows.tables import WorkflowTask
from hub_sync.hub.domains.workflows.tasks.deciders import decider_of
from hub_sync.hub.domains.workflows.tasks.schemas import ManyTaskResults, TaskAnswer, TaskResult
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import Caller

_OK = 200


def of_event(key: FeedKey) -> Select[WorkflowTask]:
    """Return the query of an event's tasks."""
    row = WorkflowTask
    return select(row).where(row.tenant_id == key.tenant_id, row.event_id == key.event_id)


def get(work: Work, key: FeedKey, task_id: str) -> WorkflowTask:
    """Return the task of an id.

    Raises:
        WorkflowTaskNotFound: 404.
    """
    task = work.session.get(WorkflowTask, (key.tenant_id, task_id))
    if task is None or task.event_id != key.event_id:
        raise WorkflowTaskNotFound
    return task


def answer_of(sent: TaskAnswer) -> Answer:
    """Return a decision as the engine takes it."""
    return Answer(decision=sent.decision, reason=sent.reason, return_to=sent.return_to or None)


def decide_many(
    uow: UnitOfWork, key: FeedKey, caller: Caller, task_ids: Iterable[str], answer: Answer
) -> ManyTaskResults:
    """Decide tasks one after another, each in a transaction of its own: what is refused keeps nothing else back.

    A task that is not open any more is a conflict of this task, and the answer is in its execution's history.
    """
    results = [_decide(uow, key, caller, task_id, answer) for task_id in dict.fromkeys(task_ids)]
    return ManyTaskResults(done=sum(result.is_done for result in results), results=results)


def _decide(uow: UnitOfWork, key: FeedKey, caller: Caller, task_id: str, answer: Answer) -> TaskResult:
    try:
        with uow.begin(caller.actor) as work:
            task = decisions.decide(work, key, task_id, decider_of(work, caller), answer)
            effective_at = task.effective_at
    except HubError as error:
        return TaskResult(
            task_id=task_id,
            is_done=False,
            code=error.code,
            message=error.message,
            status=error.status,
            effective_at=None,
        )
    return TaskResult(
        task_id=task_id, is_done=True, code="", message="", status=_OK, effective_at=effective_at
    )

"""Background work of executions: decisions whose time to take back is over, and outcomes that were kept back."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, select, update

from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.host import RETRY_AFTER
from hub_sync.hub.domains.workflows.tables import TaskStatus, WorkflowExecution, WorkflowTask
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext

INTERVAL_S = 1.0
AT_ONCE = 200
"""Decisions of one look; each has a transaction of its own, since it locks an execution."""


class DecisionJob(PeriodicJob):
    """Lets decisions take effect, and tries kept outcomes again. Processes work side by side: each locks what it works on."""

    name = "workflow-decisions"
    interval_s = INTERVAL_S
    begins_at_once = True

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub

    def run_once(self) -> int:
        """Apply what is due, and return how many decisions and outcomes were."""
        with self._hub.uow.look_up() as work:
            tasks, outcomes = work.fetch_all(_due_tasks(work), {}), work.fetch_all(_due_outcomes(work), {})
        return self._each(tasks, decisions.apply_due) + self._each(outcomes, executions.retry_outcome)

    def act(self) -> float:
        """Apply what is due; look again at once if there may be more."""
        return 0.0 if self.run_once() >= AT_ONCE else self.interval_s

    def _each(self, rows: Sequence[Row[Any]], act: Callable[[Work, FeedKey, str], bool]) -> int:
        count = 0
        for row in rows:
            if self.is_stopping:
                break
            count += bool(self.attempt(partial(self._do, row, act)))
        return count

    def _do(self, row: Row[Any], act: Callable[[Work, FeedKey, str], bool]) -> bool:
        try:
            with self._hub.uow.begin(row.actor) as work:
                return act(work, FeedKey(row.tenant_id, row.event_id), row.id)
        except WorkflowUnreadable:
            with self._hub.uow.begin(row.actor) as work:
                _postpone(work, row)
            raise


def _postpone(work: Work, row: Row[Any]) -> None:
    """Try a decision or an outcome again later, as those of an unreadable version would keep all others from their turn."""
    t, e, later = WorkflowTask, WorkflowExecution, work.now() + RETRY_AFTER
    of_task = update(t).where(t.tenant_id == row.tenant_id, t.id == row.id, t.effective_at <= work.now())
    work.session.execute(of_task.where(t.applied_at.is_(None)).values(effective_at=later))
    of_outcome = update(e).where(e.tenant_id == row.tenant_id, e.id == row.id, e.retry_at <= work.now())
    work.session.execute(of_outcome.values(retry_at=later))


def _due_tasks(work: Work) -> Select[Any]:
    t = WorkflowTask
    columns: Sequence[Any] = (t.tenant_id, t.event_id, t.id, t.decided_by.label("actor"))
    return (
        select(*columns)
        .where(t.status == TaskStatus.DECIDED, t.applied_at.is_(None), t.effective_at <= work.now())
        .order_by(t.effective_at, t.id)
        .limit(AT_ONCE)
    )


def _due_outcomes(work: Work) -> Select[Any]:
    e = WorkflowExecution
    columns: Sequence[Any] = (e.tenant_id, e.event_id, e.id, e.started_by.label("actor"))
    return select(*columns).where(e.retry_at <= work.now()).order_by(e.retry_at, e.id).limit(AT_ONCE)

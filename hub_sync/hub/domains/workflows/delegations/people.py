"""The people who may act where a deadline has passed."""

from collections.abc import Sequence

from sqlalchemy import and_, select

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.service import User
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import TaskStatus, WorkflowTask, WorkflowTaskAssignee
from hub_sync.hub.kit.db.unit_of_work import Work


def people_of_clock(work: Work, tenant_id: str, clock_id: str) -> Sequence[User]:
    """Return the users who may do the task of a clock, by id, by role, or in the place of somebody who is away; of a join: those of all open tasks of its execution.

    Nobody is returned once these tasks are done, and nobody who can't sign in.
    """
    clock = work.session.get(SlaClock, (tenant_id, clock_id))
    if clock is None:
        return ()
    t, a = WorkflowTask, WorkflowTaskAssignee
    which = t.id == clock.task_id if clock.task_id is not None else t.execution_id == clock.execution_id
    query = (
        select(a.user_id, a.role)
        .join(t, and_(t.tenant_id == a.tenant_id, t.id == a.task_id))
        .where(a.tenant_id == tenant_id, which, t.status == TaskStatus.OPEN)
    )
    rows = work.session.execute(query).all()
    user_ids = {row.user_id for row in rows if row.user_id}
    standing_in = delegations.delegates_of(work, tenant_id, sorted(user_ids))
    user_ids |= {delegate for delegates in standing_in.values() for delegate in delegates}
    roles = {row.role for row in rows if row.role}
    return [
        user
        for user in accounts.all_users(work, tenant_id)
        if user.active and user.password_hash and (user.id in user_ids or user.role in roles)
    ]


def page_of_clock(work: Work, tenant_id: str, clock_id: str) -> str:
    """Return the address of the page on which they decide: the task's, or their inbox if a join is late.

    The page of the clock itself needs `workflows:read`, which whoever decides may lack.
    """
    clock = work.session.get(SlaClock, (tenant_id, clock_id))
    if clock is None or clock.task_id is None:
        return "/tasks"
    return f"/events/{clock.event_id}/workflow-tasks/{clock.task_id}"

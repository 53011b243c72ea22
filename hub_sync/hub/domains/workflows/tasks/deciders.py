"""The rights of a caller about tasks, and the tasks that are theirs."""

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, union

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.delegations.delegations import Delegator
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.errors import InboxOfNobody, NotAssigned
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import (
    TaskStatus,
    WorkflowExecution,
    WorkflowTask,
    WorkflowTaskAssignee,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.hub.kit.security.issuers import current_bounds

_T, _A = WorkflowTask, WorkflowTaskAssignee


def decider_of(work: Work, caller: Caller) -> Decider:
    """Return a caller as somebody who decides, with those in whose place they do so now."""
    is_manager = caller.has_permission(WORKFLOWS_MANAGE)
    if caller.kind is not CallerKind.USER:
        return Decider(is_manager=is_manager)
    return Decider(
        user_id=caller.id,
        role=accounts.get(work, caller.tenant_id, caller.id).role,
        in_place_of=delegations.represented_by(work, caller.tenant_id, caller.id),
        is_manager=is_manager,
    )


def decider_of_owner(work: Work, tenant_id: str, owner: str) -> Decider:
    """Return the owner of a bulk operation as somebody who decides, with the rights that they have now.

    Args:
        work: the unit of work.
        tenant_id: the tenant.
        owner: `user:ID` or `key:ID`; empty: whoever runs the hub.
    """
    bounds = current_bounds(work, tenant_id, owner)
    is_manager = bounds is not None and registry().covers(bounds.permissions, WORKFLOWS_MANAGE)
    kind, _colon, user_id = owner.partition(":")
    if kind != CallerKind.USER:
        return Decider(is_manager=is_manager)
    return Decider(
        user_id=user_id,
        role=accounts.get(work, tenant_id, user_id).role,
        in_place_of=delegations.represented_by(work, tenant_id, user_id),
        is_manager=is_manager,
    )


def delegator_of(caller: Caller) -> Delegator:
    """Return a caller as somebody who delegates."""
    user_id = caller.id if caller.kind is CallerKind.USER else None
    return Delegator(user_id, caller.has_permission(WORKFLOWS_MANAGE))


def inbox_of(tenant_id: str, decider: Decider) -> Select[WorkflowTask]:
    """Return the query of the open tasks that are somebody's: by name, by role, or by a delegation.

    It begins with their assignments, each way in an index of its own: of whoever has no task, no task is looked at.

    Raises:
        InboxOfNobody: they are no person (403).
    """
    if decider.user_id is None:
        raise InboxOfNobody
    users = _users_of(decider)
    of_tenant = select(_A.task_id).where(_A.tenant_id == tenant_id, _A.is_open)
    own = union(of_tenant.where(_A.user_id.in_(users)), of_tenant.where(_A.role == decider.role)).subquery()
    present = events.events_of(tenant_id).with_only_columns(Event.id)
    return (
        select(_T)
        .join(own, own.c.task_id == _T.id)
        .where(_T.tenant_id == tenant_id, _T.status == TaskStatus.OPEN, _T.event_id.in_(present))
    )


def is_assigned_to(decider: Decider) -> ColumnElement[bool]:
    """Return the condition that an open task is somebody's."""
    return exists().where(_A.tenant_id == _T.tenant_id, _A.task_id == _T.id, _A.is_open, _is_named(decider))


def check_assigned(work: Work, task: WorkflowTask, decider: Decider) -> None:
    """Check that a task is or was somebody's, or that they have decided it.

    Raises:
        NotAssigned: 403.
    """
    assigned = select(_A.id).where(_A.tenant_id == task.tenant_id, _A.task_id == task.id, _is_named(decider))
    if task.decided_by_id not in _users_of(decider) and work.session.scalar(assigned.limit(1)) is None:
        raise NotAssigned


def check_involved(work: Work, execution: WorkflowExecution, decider: Decider) -> None:
    """Check that a task of an execution is or was somebody's: then they may see for whom it waits.

    Raises:
        NotAssigned: 403.
    """
    mine = exists().where(_A.tenant_id == _T.tenant_id, _A.task_id == _T.id, _is_named(decider))
    query = select(_T.id).where(
        _T.tenant_id == execution.tenant_id,
        _T.execution_id == execution.id,
        or_(_T.decided_by_id.in_(_users_of(decider)), mine),
    )
    if work.session.scalar(query.limit(1)) is None:
        raise NotAssigned


def own_tasks(work: Work, execution: WorkflowExecution, decider: Decider) -> set[str]:
    """Return the ids of the tasks of an execution that are open and somebody's."""
    query = select(_T.id).where(
        _T.tenant_id == execution.tenant_id, _T.execution_id == execution.id, is_assigned_to(decider)
    )
    return set(work.session.scalars(query))


def count_inbox(work: Work, tenant_id: str, decider: Decider, most: int | None = None) -> int:
    """Return how many open tasks are somebody's, `most` at most.

    Raises:
        InboxOfNobody: they are no person (403).
    """
    own = inbox_of(tenant_id, decider).with_only_columns(_T.id).limit(most)
    counted = select(func.count()).select_from(own.subquery())
    return work.session.scalar(counted) or 0


def _users_of(decider: Decider) -> list[str]:
    """Return the ids of a decider and of those in whose place they decide."""
    return [user_id for user_id in (decider.user_id, *decider.in_place_of) if user_id]


def _is_named(decider: Decider) -> ColumnElement[bool]:
    """Return the condition that an assignment names a decider, their role, or somebody in whose place they decide."""
    return or_(_A.user_id.in_(_users_of(decider)), _A.role == decider.role)

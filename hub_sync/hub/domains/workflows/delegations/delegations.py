"""Delegations: who decides in whose place, and when.

There are no chains: a delegate decides what is assigned to whoever is away, and not what was delegated to them. Tasks of a role are
not delegated either, since everybody with the role has them.
"""

from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from hub_sync.hub.domains.accounts.service import User
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.workflows.definitions.surroundings import deciding_users
from hub_sync.hub.domains.workflows.delegations.schemas import NewDelegation
from hub_sync.hub.domains.workflows.errors import (
    DelegateMayNotDecide,
    DelegationEndsFirst,
    DelegationNotFound,
    DelegationOfNobody,
    DelegationOfOthers,
    DelegationToOneself,
)
from hub_sync.hub.domains.workflows.execution_manifest import DELEGATION_CREATED, DELEGATION_DELETED
from hub_sync.hub.domains.workflows.tables import WorkflowDelegation
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work

_D = WorkflowDelegation


@dataclass(frozen=True, slots=True)
class Delegator:
    """Somebody who delegates, or reads delegations.

    Attributes:
        user_id: the user; None: an API key.
        is_manager: True if they may manage workflows, and so delegate for others.
    """

    user_id: str | None
    is_manager: bool


def visible_to(tenant_id: str, delegator: Delegator) -> Select[WorkflowDelegation]:
    """Return the query of the delegations that somebody may read: all of the tenant, or those in which they take part."""
    query = select(_D).where(_D.tenant_id == tenant_id)
    if delegator.is_manager:
        return query
    return query.where(or_(_D.user_id == delegator.user_id, _D.delegate_id == delegator.user_id))


def get(work: Work, tenant_id: str, delegator: Delegator, delegation_id: str) -> WorkflowDelegation:
    """Return a delegation that somebody may read.

    Raises:
        DelegationNotFound: 404.
    """
    delegation = work.session.scalar(visible_to(tenant_id, delegator).where(_D.id == delegation_id))
    if delegation is None:
        raise DelegationNotFound
    return delegation


def create(work: Work, tenant_id: str, delegator: Delegator, new: NewDelegation) -> WorkflowDelegation:
    """Let somebody decide in another's place for some time.

    Raises:
        DelegationOfOthers: 403.
        DelegationOfNobody, DelegationToOneself, DelegationEndsFirst, DelegateMayNotDecide: 422.
    """
    user_id = new.user_id or delegator.user_id
    if user_id is None:
        raise DelegationOfNobody
    if user_id != delegator.user_id and not delegator.is_manager:
        raise DelegationOfOthers
    if user_id == new.delegate_id:
        raise DelegationToOneself
    if new.ends_at <= max(new.starts_at, work.now()):
        raise DelegationEndsFirst
    if not {user_id, new.delegate_id} <= {user.id for user in deciding_users(work, tenant_id)}:
        raise DelegateMayNotDecide
    delegation = WorkflowDelegation(
        tenant_id=tenant_id, id=work.new_id(), **{**new.model_dump(), "user_id": user_id}
    )
    work.session.add(delegation)
    work.session.flush()
    audit.record(work, tenant_id, DELEGATION_CREATED, delegation.id, after=snapshot(delegation))
    return delegation


def remove(work: Work, tenant_id: str, delegator: Delegator, delegation_id: str) -> None:
    """End a delegation, or take it back before it begins. What was decided by it stays.

    Raises:
        DelegationNotFound: 404. DelegationOfOthers: 403, the caller is its delegate only.
    """
    delegation = get(work, tenant_id, delegator, delegation_id)
    if delegation.user_id != delegator.user_id and not delegator.is_manager:
        raise DelegationOfOthers
    audit.record(work, tenant_id, DELEGATION_DELETED, delegation.id, before=snapshot(delegation))
    work.session.delete(delegation)
    work.session.flush()


def represented_by(work: Work, tenant_id: str, user_id: str) -> list[str]:
    """Return the ids of the active users in whose place somebody decides now, the longest delegation first."""
    now = work.now()
    query = (
        select(_D.user_id)
        .join(User, (User.tenant_id == _D.tenant_id) & (User.id == _D.user_id))
        .where(
            _D.tenant_id == tenant_id,
            _D.delegate_id == user_id,
            _D.starts_at <= now,
            _D.ends_at > now,
            User.active,
        )
        .order_by(_D.starts_at, _D.id)
    )
    return list(dict.fromkeys(work.session.scalars(query)))


def delegates_of(work: Work, tenant_id: str, user_ids: list[str]) -> dict[str, list[str]]:
    """Return who decides in the place of users now: ids of delegates by the ids of users."""
    now = work.now()
    query = (
        select(_D.user_id, _D.delegate_id)
        .where(_D.tenant_id == tenant_id, _D.user_id.in_(user_ids), _D.starts_at <= now, _D.ends_at > now)
        .order_by(_D.starts_at, _D.id)
    )
    result: dict[str, list[str]] = {}
    for user_id, delegate_id in work.session.execute(query):
        delegates = result.setdefault(user_id, [])
        if delegate_id not in delegates:
            delegates.append(delegate_id)
    return result


def names_of(work: Work, tenant_id: str, user_ids: set[str]) -> dict[str, str]:
    """Return the names of users, or their addresses, by their ids."""
    query = select(User.id, User.name, User.email).where(User.tenant_id == tenant_id, User.id.in_(user_ids))
    return {row.id: row.name or row.email for row in work.session.execute(query)} if user_ids else {}

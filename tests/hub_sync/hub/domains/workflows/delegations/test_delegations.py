"""Delegations: who decides in whose place, when, without chains; both stand in the history and the audit log."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.delegations.delegations import Delegator
from hub_sync.hub.domains.workflows.delegations.schemas import NewDelegation
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.errors import (
    DelegateMayNotDecide,
    DelegationEndsFirst,
    DelegationOfOthers,
    DelegationToOneself,
    NotAssigned,
    VotedAlready,
)
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.tables import WorkflowHistoryEntry
from hub_sync.hub.domains.workflows.tasks.deciders import count_inbox
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step

__all__ = ["desk"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def _user(desk: WorkflowDesk, name: str, role: Role = Role.OPERATOR) -> str:
    with desk.hub.uow.begin() as work:
        address = f"{name}@example.org"
        return accounts.create_user(
            work, desk.key.tenant_id, address, "correct horse battery staple", role=role
        ).id


def _decider(desk: WorkflowDesk, user_id: str) -> Decider:
    with desk.hub.uow.read() as work:
        away = delegations.represented_by(work, desk.key.tenant_id, user_id)
    return Decider(user_id=user_id, role="OPERATOR", in_place_of=away)


def _delegate(desk: WorkflowDesk, user: str, delegate: str, *, by: str = "", days: int = 1) -> None:
    now = desk.clock.now()
    new = NewDelegation(user_id=user, delegate_id=delegate, starts_at=now, ends_at=now + timedelta(days=days))
    with desk.hub.uow.begin() as work:
        delegations.create(work, desk.key.tenant_id, Delegator(by or user, is_manager=False), new)


def test_a_delegate_decides_while_somebody_is_away_and_nobody_in_their_place(desk: WorkflowDesk) -> None:
    ada, bo, cy = (_user(desk, name) for name in ("ada", "bo", "cy"))
    desk.publish(definition(step("review", assignees={"users": [ada]}), take_back_seconds=0))
    first, second = desk.start(), desk.start()
    _delegate(desk, ada, bo)
    _delegate(desk, bo, cy)
    with desk.hub.uow.read() as work:
        counts = [count_inbox(work, desk.key.tenant_id, _decider(desk, user)) for user in (ada, bo, cy)]
    assert counts == [2, 2, 0]
    with pytest.raises(NotAssigned):
        desk.decide(first, "review", decider=_decider(desk, cy))
    task_id = desk.decide(first, "review", decider=_decider(desk, bo))
    assert desk.status(first)[0] is ExecutionStatus.COMPLETED
    with desk.hub.uow.read() as work:
        data = work.session.scalars(
            select(WorkflowHistoryEntry.data).where(WorkflowHistoryEntry.kind == "DECIDED")
        ).one()
        entry = work.session.scalars(select(AuditLog).where(AuditLog.entity_id == task_id)).one()
    assert data["represented"] == ada
    assert (entry.actor, (entry.after or {})["in_place_of"]) == ("user:ada@example.org", "ada@example.org")
    desk.clock.advance(timedelta(days=1))
    with pytest.raises(NotAssigned):
        desk.decide(second, "review", decider=_decider(desk, bo))


def test_a_delegate_has_one_vote_too_where_a_join_counts_persons(desk: WorkflowDesk) -> None:
    ada, bo, cy = (_user(desk, name) for name in ("ada", "bo", "cy"))
    inner = [{"key": key, "name": key, "first": f"deep_{key}"} for key in ("x", "y")]
    outer = [{"key": key, "name": key, "first": key} for key in ("own", "other", "deep")]
    desk.publish(
        definition(
            step("votes", "FORK", branches=outer, join="voted"),
            step("own", assignees={"users": [bo, cy]}, next="voted"),
            step("other", assignees={"users": [ada]}, next="voted"),
            step("deep", "FORK", branches=inner, join="deep_end"),
            step("deep_x", assignees={"users": [bo, cy]}, next="deep_end"),
            step("deep_y", assignees={"users": [cy]}, next="deep_end"),
            step("deep_end", "JOIN", next="voted"),
            step("voted", "JOIN", voters="PERSON"),
            take_back_seconds=0,
        )
    )
    execution = desk.start()
    _delegate(desk, ada, bo)
    desk.decide(execution, "own", decider=_decider(desk, bo))
    for key in ("other", "deep_x"):
        with pytest.raises(VotedAlready):
            desk.decide(execution, key, decider=_decider(desk, bo))
    desk.decide(execution, "deep_x", decider=_decider(desk, cy))
    desk.decide(execution, "deep_y", decider=_decider(desk, cy))
    desk.decide(execution, "other", decider=_decider(desk, ada))
    assert desk.status(execution)[0] is ExecutionStatus.COMPLETED

    second = desk.start()
    desk.decide(second, "other", decider=_decider(desk, bo))
    with pytest.raises(VotedAlready):
        desk.decide(second, "own", decider=_decider(desk, bo))


def test_a_delegation_that_says_nothing_is_refused(desk: WorkflowDesk) -> None:
    ada, bo, viewer = _user(desk, "ada"), _user(desk, "bo"), _user(desk, "eve", Role.VIEWER)
    with pytest.raises(DelegationOfOthers):
        _delegate(desk, ada, bo, by=bo)
    with pytest.raises(DelegationToOneself):
        _delegate(desk, ada, ada)
    with pytest.raises(DelegationEndsFirst):
        _delegate(desk, ada, bo, days=-1)
    with pytest.raises(DelegateMayNotDecide):
        _delegate(desk, ada, viewer)

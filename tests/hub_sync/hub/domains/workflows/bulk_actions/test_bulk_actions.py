"""Workflows started, approved, rejected and skipped for many participants at once, and taken back."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.workflows.engine.jobs import DecisionJob
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.hub_sync.hub.domains.bulk.conftest import BulkHub, bulk_hub
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step, two_reviews_and_votes

__all__ = ["bulk_hub", "desk"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
PEOPLE = ("ada", "bo", "cy")
ALL = bulk.Selection(ids=PEOPLE)


class Crowd:
    """Three people, and a workflow for them."""

    def __init__(self, bulk_hub: BulkHub, desk: WorkflowDesk) -> None:
        self.bulk, self.desk = bulk_hub, desk
        bulk_hub.register(*PEOPLE)

    def do(self, action: str, selection: bulk.Selection = ALL, *, dry_run: bool = False, **more: str) -> str:
        """Preview an act and do it; return the operation's id."""
        arguments = {"workflow_id": self.desk.workflow_id, **more}
        operation = self.bulk.preview(selection, f"workflow.{action}", arguments, dry_run=dry_run)
        self.bulk.run(operation)
        return operation

    def standing(self) -> str:
        """Return the first letters of the people's status."""
        return "".join(self.bulk.person(id_).status.value[0] for id_ in PEOPLE)

    def webhooks(self) -> int:
        """Return how many domain events wait for webhooks, apart from those of operations."""
        row = StoredDomainEvent
        query = select(func.count()).where(row.delivered_at.is_(None), row.entity == "participant")
        with self.bulk.hub.uow.read() as work:
            return work.session.scalar(query) or 0


@pytest.fixture
def crowd(bulk_hub: BulkHub, desk: WorkflowDesk) -> Crowd:
    return Crowd(bulk_hub, desk)


def test_a_workflow_starts_for_many_once_and_the_start_is_undone(crowd: Crowd) -> None:
    crowd.desk.publish(definition(step("review")))
    crowd.do("start", dry_run=True)
    assert set(crowd.bulk.statuses(crowd.do("start", bulk.Selection(ids=("ada",)))).values()) == {"DONE"}
    second = crowd.do("start")
    assert crowd.bulk.statuses(second) == {"ada": "SKIPPED", "bo": "DONE", "cy": "DONE"}, (
        "a trial left nothing"
    )
    crowd.do("reject", bulk.Selection(ids=("bo",)), reason="no papers")
    undone = crowd.bulk.undo(second)
    assert undone.status is BulkOperationStatus.PARTIALLY_UNDONE
    assert crowd.bulk.statuses(second) == {"ada": "SKIPPED", "bo": "UNDO_CONFLICT", "cy": "UNDONE"}


def test_many_are_approved_with_the_tasks_of_the_preview_and_by_one_webhook(crowd: Crowd) -> None:
    crowd.desk.publish(two_reviews_and_votes())
    crowd.do("start")
    crowd.do("approve", step="papers")
    history = crowd.desk.history(crowd.desk.execution_of("ada"))
    assert history == ["STARTED", "FORKED", "STEP_OPENED", "STEP_OPENED", "DECIDED", "BRANCH_ENDED"]
    operation = crowd.bulk.preview(ALL, "workflow.approve", {"workflow_id": crowd.desk.workflow_id})
    assert crowd.bulk.items(operation)["ada"].before == {
        "open_steps": "Photo",
        "tasks": [crowd.desk.open_of("ada")["photo"]],
    }
    crowd.desk.decide(crowd.desk.execution_of("bo"), "photo")
    crowd.bulk.run(operation)
    assert crowd.bulk.statuses(operation) == {"ada": "DONE", "bo": "CONFLICT", "cy": "DONE"}
    before = crowd.webhooks()
    assert crowd.bulk.statuses(crowd.do("approve")) == dict.fromkeys(PEOPLE, "DONE"), (
        "two of three are enough"
    )
    assert (crowd.standing(), crowd.webhooks() - before) == ("AAA", 0)


def test_decisions_of_a_bulk_are_taken_back_until_they_take_effect(crowd: Crowd, clock: ManualClock) -> None:
    crowd.desk.publish(definition(step("review"), take_back_seconds=60))
    crowd.do("start")
    first = crowd.do("reject", reason="no papers")
    assert crowd.bulk.undo(first).status is BulkOperationStatus.UNDONE
    second = crowd.do("bypass", reason="known to us")
    clock.advance(timedelta(seconds=61))
    DecisionJob(crowd.bulk.hub).run_once()
    assert crowd.standing() == "AAA"
    assert crowd.bulk.undo(second).undo_conflicts == len(PEOPLE)


def test_whoever_runs_a_bulk_decides_what_is_theirs(crowd: Crowd) -> None:
    crowd.desk.publish(definition(step("review"), take_back_seconds=0))
    crowd.do("start")
    with crowd.bulk.hub.uow.begin() as work:
        user = accounts.create_user(
            work, crowd.desk.key.tenant_id, "op@example.org", "correct horse battery", role=Role.OPERATOR
        )
    operator = bulk.Requester("user:op@example.org", f"user:{user.id}")
    arguments = {"workflow_id": crowd.desk.workflow_id}
    preview = crowd.bulk.preview(ALL, "workflow.approve", arguments, requester=operator)
    assert set(crowd.bulk.statuses(preview).values()) == {"SKIPPED"}, "an administrator's task"
    assert crowd.bulk.items(preview)["ada"].reason == "NoTaskToDecide"


def test_the_console_offers_them_where_a_workflow_is_published(crowd: Crowd, app: FastAPI) -> None:
    admin = signed_in_as(app, crowd.desk.key.tenant_id)
    path = f"/events/{crowd.desk.key.event_id}/bulk-operations/choose"
    form = {"scope": "ticked", "person": list(PEOPLE)}
    assert "Start a workflow" not in admin.post(path, form).text
    crowd.desk.publish(definition(step("review")))
    crowd.do("start")
    assert "Start a workflow" in admin.post(path, form).text
    act = {"chosen": "1", "act": "workflow-reject", "workflow-reject-workflow_id": crowd.desk.workflow_id}
    refused = admin.post(path, form | act)
    assert "Please give a reason." in refused.text
    preview = admin.get(
        admin.post(path, form | act | {"workflow-reject-reason": "no papers"}).headers["location"]
    )
    assert "Reject what waits for me" in preview.text
    assert preview.text.count("Open steps:") == len(PEOPLE)

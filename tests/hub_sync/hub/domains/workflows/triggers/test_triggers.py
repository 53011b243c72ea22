"""Registrations and imports start workflows, and changes of participants end or continue them; each once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import ParticipantRegistered
from hub_sync.hub.domains.workflows.definition.model import Definition
from hub_sync.hub.domains.workflows.errors import WorkflowEventCalledOff
from hub_sync.hub.domains.workflows.listeners import LISTENERS
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.tables import WorkflowExecution, WorkflowVersion
from hub_sync.hub.domains.workflows.triggers import starts
from hub_sync.hub.kit.events.listeners import ListenerJob, Received
from tests.hub_sync.hub.domains.imports.conftest import Importing, importing, switched_on
from tests.hub_sync.hub.domains.workflows.engine.conftest import WorkflowDesk, desk
from tests.support.builders.workflow_graphs import definition, step

__all__ = ["desk", "importing", "switched_on"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
Executions = list[tuple[str, str, ExecutionStatus]]


def _workflow(*steps: dict[str, Any]) -> Definition:
    start = {
        "on": ["REGISTRATION", "IMPORT"],
        "when": {"rules": [{"field": "category", "values": ["Press"]}]},
    }
    return definition(*(steps or (step("review"),)), start=start, take_back_seconds=0)


def _listen(desk: WorkflowDesk) -> None:
    ListenerJob(desk.hub.uow, desk.hub.notifier, LISTENERS).run_until_idle()


def _executions(desk: WorkflowDesk) -> Executions:
    row = WorkflowExecution
    query = (
        select(participants.Participant.first_name, row.trigger, row.status)
        .join(participants.Participant, participants.Participant.id == row.participant_id)
        .order_by(participants.Participant.first_name, row.id)
    )
    with desk.hub.uow.read() as work:
        return [(name, trigger, status) for name, trigger, status in work.session.execute(query)]


def _register(desk: WorkflowDesk, name: str, category: str = "Press", **values: Any) -> str:
    with desk.hub.uow.begin() as work:
        new = participants.NewParticipant(first_name=name, category=category, **values)
        return participants.create(work, *desk.key, new).id


def _change(desk: WorkflowDesk, act: Callable[..., object], *arguments: object) -> None:
    with desk.hub.uow.begin() as work:
        act(work, *desk.key, *arguments)
    _listen(desk)


def test_a_registration_starts_a_workflow_once_for_those_whom_it_concerns(desk: WorkflowDesk) -> None:
    desk.publish(_workflow())
    ada = _register(desk, "Ada")
    _register(desk, "Bo", "Guest")
    _register(desk, "Cy", status=ParticipantStatus.CANCELLED)
    _listen(desk)
    registered = ParticipantRegistered(
        entity_id=ada, event_id=desk.key.event_id, status=ParticipantStatus.PENDING, category="Press"
    )
    with desk.hub.uow.begin() as work:
        again = Received(registered, "again", desk.key.tenant_id, work.now(), None)
        starts.on_registered(work, again)
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.ACTIVE)]
    (execution,) = _ids(desk)
    desk.decide(execution, "review")
    with desk.hub.uow.begin() as work:
        starts.on_registered(work, again)
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.COMPLETED)]


def test_a_version_that_cannot_be_read_keeps_no_other_from_starting(desk: WorkflowDesk) -> None:
    desk.publish(_workflow())
    with desk.hub.uow.begin() as work:
        work.session.execute(update(WorkflowVersion).values(definition={"steps": "nonsense"}))
    desk.publish(_workflow())
    _register(desk, "Ada")
    _listen(desk)
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.ACTIVE)]


def test_whoever_is_cancelled_leaves_a_workflow_whose_version_cannot_be_read(desk: WorkflowDesk) -> None:
    desk.publish(_workflow())
    ada = _register(desk, "Ada")
    _listen(desk)
    with desk.hub.uow.begin() as work:
        work.session.execute(update(WorkflowVersion).values(definition={"steps": "nonsense"}))
    _change(desk, participants.update_status, ada, ParticipantStatus.CANCELLED)
    _listen(desk)
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.CANCELLED)]


def test_an_import_starts_workflows_for_its_new_registrations_in_parts(
    desk: WorkflowDesk, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "PART", 2)
    _register(desk, "Old", external_id="X-0")
    _listen(desk)
    desk.publish(_workflow())
    rows = [f"X-{i},{name},Press" for i, name in enumerate(("Older", "Ann", "Ben", "Cleo", "Dan", "Eve"))]
    draft = importing.send("\n".join(["External id,First name,Category", *rows, "X-9,Guest,Guest"]))
    importing.check(draft)
    requester = bulk.Requester("user:ada@example.org")
    operation_id = imports.prepare(desk.hub.uow, desk.key, draft.id, requester, None)
    with desk.hub.uow.begin(actor=requester.actor) as work:
        imports.start(work, desk.key, draft.id, operation_id, requester, None)
    runner = OperationRunner(desk.hub.uow)
    while active := runner.find_active():
        runner.run_part(active[0])
    _listen(desk)
    assert _executions(desk) == [
        (name, "IMPORT", ExecutionStatus.ACTIVE) for name in ("Ann", "Ben", "Cleo", "Dan", "Eve")
    ]


def test_whoever_is_cancelled_deleted_or_merged_leaves_the_workflow(desk: WorkflowDesk) -> None:
    desk.publish(_workflow())
    ids = {name: _register(desk, name) for name in ("Ada", "Bo", "Cy", "Di")}
    _listen(desk)
    twin = _register(desk, "Di2", "Guest")
    ada = participants.update_status, ids["Ada"], ParticipantStatus.CANCELLED
    _change(desk, *ada)
    _change(desk, participants.delete, ids["Bo"])
    with desk.hub.uow.begin() as work:
        merge(work, *desk.key, MergeRequest(twin, ids["Di"]))
    _listen(desk)
    left = ExecutionStatus.CANCELLED
    assert _executions(desk) == [
        ("Ada", "REGISTRATION", left),
        ("Bo", "REGISTRATION", left),
        ("Cy", "REGISTRATION", ExecutionStatus.ACTIVE),
        ("Di", "REGISTRATION", left),
        ("Di2", "REGISTRATION", ExecutionStatus.ACTIVE),
    ], "the survivor of a merge begins anew, so that nobody falls out of a review"


def test_nobody_is_put_into_a_workflow_of_an_event_that_is_called_off(desk: WorkflowDesk) -> None:
    """Nothing would end it: those that ran have ended with the event. Registrations, merges and people start it no more."""
    desk.publish(_workflow())
    ada = _register(desk, "Ada")
    _listen(desk)
    twin, _late = _register(desk, "Ada2", "Guest"), _register(desk, "Bo")
    with desk.hub.uow.begin() as work:
        events.update(work, *desk.key, EventChanges(status=EventStatus.CANCELLED))
        merge(work, *desk.key, MergeRequest(twin, ada))
    _listen(desk)
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.CANCELLED)]
    with pytest.raises(WorkflowEventCalledOff):
        desk.start()


def test_details_that_are_there_complete_their_step(desk: WorkflowDesk) -> None:
    desk.publish(
        _workflow(
            step("contact", "COLLECT", collect=["email"], next="passport"),
            step("passport", "COLLECT", collect=["extra.passport"]),
        )
    )
    ada = _register(desk, "Ada", email="ada@example.org")
    _listen(desk)
    (execution,) = _ids(desk)
    assert list(desk.open(execution)) == ["passport"], "what is there when its step begins is not asked for"
    _change(desk, participants.update, ada, participants.ParticipantChanges(phone="1"))
    assert list(desk.open(execution)) == ["passport"]
    _change(desk, participants.update, ada, participants.ParticipantChanges(extra={"passport": "X1"}))
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.COMPLETED)]


def test_details_that_complete_one_step_and_end_another_leave_no_error(desk: WorkflowDesk) -> None:
    branches = [{"key": key, "name": key, "first": key} for key in ("early", "late")]
    desk.publish(
        _workflow(
            step("fork", "FORK", branches=branches, join="joined"),
            step("early", "COLLECT", collect=["email"], next="joined"),
            step("late", "COLLECT", collect=["email"], next="joined"),
            step("joined", "JOIN", rule="ANY"),
        )
    )
    ada = _register(desk, "Ada")
    _listen(desk)
    (execution,) = _ids(desk)
    assert sorted(desk.open(execution)) == ["early", "late"]
    _change(desk, participants.update, ada, participants.ParticipantChanges(email="ada@example.org"))
    assert _executions(desk) == [("Ada", "REGISTRATION", ExecutionStatus.COMPLETED)]


def _ids(desk: WorkflowDesk) -> list[str]:
    with desk.hub.uow.read() as work:
        return list(work.session.scalars(select(WorkflowExecution.id)))

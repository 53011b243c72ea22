"""The pages of workflows in a browser without scripts."""

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.definition.model import StartTrigger
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    Workflow,
    WorkflowExecution,
    WorkflowTask,
    WorkflowTaskAssignee,
    WorkflowVersion,
)
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, signed_in_as
from tests.hub_sync.hub.domains.sync.push.test_service import everything

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def start(hub: HubContext, seeded: Seeded, name: str) -> str:
    """Register somebody, and start the only workflow for them."""
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        new = participants.NewParticipant(first_name=name, last_name="Doe", category="Press")
        person = participants.create(work, *key, new)
        workflow = work.session.scalars(select(Workflow)).one()
        return executions.start(work, key, workflow, person.id, StartTrigger.MANUAL).id


def test_a_workflow_is_drawn_published_tried_and_decided(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "Accreditation", "shape": "PARALLEL_REVIEWS"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    editor = admin.read(here)
    assert "wf-drawing" in editor
    assert "Review of the documents" in editor
    fork = {
        "name": "Board",
        "branches": "First\nSecond\nThird",
        "type": "APPROVAL",
        "roles": "ADMIN",
        "rule": "N_OF_M",
        "n": "2",
        "place": "after:approval",
    }
    admin.send(f"{here}/add-fork", f"{here}/add-fork", fork)
    step = {"name": "Badge", "type": "PRINT", "place": "after:board-join"}
    form = admin.send(f"{here}/add-step", f"{here}/add-step", step).headers["location"]
    assert "2 of 3" in admin.read(here)
    assert "Nobody is assigned to “Badge”." in admin.read(here)
    assert "1 fault keeps the draft from being published:" in admin.read(here)
    late = {
        "name": "Print the badge",
        "roles": "OPERATOR",
        "sla_amount": "2",
        "sla_unit": "1440",
        "warn_percent": "50",
    }
    admin.send(form, form, late)
    assert "2 days" in admin.read(here)
    assert "What would have happened" in admin.read(f"{here}/simulate")
    assert admin.send(here, f"{here}/publish", {}).status_code == 303
    assert "Version 1 is published" in admin.read(here)
    assert "wf-drawing" in admin.read(f"{here}/versions/1")
    assert "/versions/1" in admin.read(f"{here}/versions")

    running = start(hub, seeded, "Ben")
    execution = admin.read(f"{base}/workflow-executions/{running}")
    assert "Who is waited for" in execution
    assert "needs 2 of 2 branches" in execution
    assert "It is late" not in execution
    assert "Ben Doe" in admin.read(f"{base}/workflow-executions?filter[status]=ACTIVE")
    tasks = everything(hub, WorkflowTask)
    at = f"{base}/workflow-tasks/{tasks[0].id}"
    silent = admin.send(at, f"{at}/decide", {"decision": "REJECT", "reject_reason": " "})
    assert silent.status_code == 422
    assert "Please give a reason." in silent.text
    admin.send(at, f"{at}/decide", {"decision": "APPROVE"})
    inbox = admin.read("/tasks")
    assert "until then you can take it back" in inbox
    (until,) = re.findall(r"until [^<]*?(\d+:\d\d:\d\d)", inbox)
    (listed,) = re.findall(r"takes effect at <time[^>]*>[^<]*?(\d+:\d\d:\d\d)", inbox)
    assert until == listed, "the event's zone, not the browser's"
    admin.send("/tasks", f"{at}/take-back", {})
    assert "until then you can take it back" not in admin.read("/tasks")
    cancel = f"{base}/workflow-executions/{running}/cancel"
    admin.send(cancel, cancel, {"reason": "came twice"})
    assert "came twice" in admin.read(f"{base}/workflow-executions/{running}")


def test_a_version_that_cannot_be_read_is_said_and_replaced(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "One", "shape": "SINGLE_APPROVAL"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    admin.send(here, f"{here}/publish", {})
    running = start(hub, seeded, "Ben")
    with hub.uow.begin() as work:
        new_person = participants.NewParticipant(first_name="Ada", last_name="Doe")
        ada = participants.create(work, seeded.tenant_id, seeded.event_id, new_person).id
        workflow_id = work.session.scalars(select(Workflow.id)).one()
        work.session.execute(update(WorkflowVersion).values(definition={"steps": "nonsense"}))
    assert "Unreadable" in admin.read(f"{base}/workflows")
    assert "It starts for nobody until you publish the draft." in admin.read(here)
    task = f"{base}/workflow-tasks/{everything(hub, WorkflowTask)[0].id}"
    for path in (f"{here}/versions/1", task):
        page = admin.get(path)
        assert (page.status_code, "an older version of the program" in page.text) == (409, True), path
    execution = f"{base}/workflow-executions/{running}"
    assert "Somebody who cancels it" in admin.read(execution)
    admin.send(f"{execution}/cancel", f"{execution}/cancel", {})
    assert "Nobody: it has ended." in admin.read(execution)
    assert "Ben Doe" not in admin.read("/tasks")
    form = f"{base}/workflow-executions/new?participant_id={ada}"
    chosen = {"participant_id": ada, "workflow_id": workflow_id}
    refused = admin.send(form, f"{base}/workflow-executions/new", chosen)
    assert (refused.status_code, "an older version of the program" in refused.text) == (409, True)

    admin.send(here, f"{here}/publish", {})
    assert "Unreadable" not in admin.read(f"{base}/workflows")
    assert admin.send(form, f"{base}/workflow-executions/new", chosen).status_code == 303


def test_tasks_are_decided_in_bulk_and_by_whoever_stands_in(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "One", "shape": "SINGLE_APPROVAL"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    settings = {"name": "One", "take_back_seconds": "0", "approved_status": "APPROVED", "on": "MANUAL"}
    admin.send(f"{here}/settings", f"{here}/settings", settings)
    admin.send(here, f"{here}/publish", {})
    for name in ("Cai", "Dana"):
        start(hub, seeded, name)
    inbox = admin.read("/tasks")
    ticked = re.findall(r'name="task" value="([^"]+)"', inbox)
    assert len(ticked) == 2
    assert "2 tasks wait for you" in inbox
    nothing = admin.send("/tasks", "/tasks/decide", {"decision": "APPROVE"})
    assert "Tick at least one task." in nothing.text
    mute = admin.send("/tasks", "/tasks/decide", {"decision": "REJECT", "task": ticked[1]}).text
    assert '<li><a href="#bulk_reason">Reason for all ticked ones</a>: Please give a reason.</li>' in mute
    assert '<details class="wf-because" open' not in mute
    admin.send("/tasks", "/tasks/decide", {"decision": "APPROVE", "task": ticked[0]})
    admin.send(
        "/tasks", "/tasks/decide", {"decision": "REJECT", "bulk_reason": "no papers", "task": ticked[1]}
    )
    assert "Nothing waits for you." in admin.read("/tasks")
    ended = {row.status for row in everything(hub, WorkflowExecution)}
    assert ended == {ExecutionStatus.COMPLETED, ExecutionStatus.REJECTED}
    statuses = [row.status for row in everything(hub, participants.Participant)]
    assert {ParticipantStatus.APPROVED, ParticipantStatus.REJECTED} <= set(statuses)
    away = admin.read("/tasks/out-of-office")
    assert "New delegation" in away


def test_ways_branches_and_further_details_are_edited_by_forms(admin: Browser, seeded: Seeded) -> None:
    new = {"name": "One", "shape": "PARALLEL_REVIEWS"}
    base = f"/events/{seeded.event_id}/workflows"
    here = admin.send(f"{base}/new", f"{base}/new", new).headers["location"]
    step = {"name": "Passport", "type": "COLLECT", "place": "start"}
    form = admin.send(f"{here}/add-step", f"{here}/add-step", step).headers["location"]
    admin.send(form, form, {"name": "Passport", "collect": "phone", "collect_more": "passport\nseat"})
    assert "passport\nseat" in admin.read(form)

    way = f"{form}/routes/new"
    refused = admin.send(way, way, {"to": "approval"})
    assert refused.status_code == 422
    assert "Give one condition at least." in refused.text
    press = {"when_field_0": "category", "when_operator_0": "IS", "when_values_0": "Press"}
    refused = admin.send(way, way, {"to": "passport"} | press)
    assert "Choose one of the list." in refused.text
    assert ">Press</textarea>" in refused.text, "what was typed is kept"
    admin.send(way, way, {"to": "approval"} | press)
    assert "is one of: Press" in admin.read(form)
    first = f"{form}/routes/0"
    admin.send(first, first, {"to": "approval"} | press | {"when_values_0": "Staff"})
    assert "is one of: Staff" in admin.read(form)
    admin.send(first, f"{first}/remove", {})
    assert "is one of: Staff" not in admin.read(form)

    fork = f"{here}/steps/reviews"
    branch = re.findall(rf'href="({fork}/branches/[^"]+)"', admin.read(fork))[0]
    assert '<details class="wf-conditions">' in admin.read(branch)
    admin.send(branch, branch, {"name": "Documents of the press"} | press)
    assert "Documents of the press" in admin.read(fork)
    assert "is one of: Press" in admin.read(fork)
    assert '<details class="wf-conditions" open>' in admin.read(branch), "conditions that hold are not hidden"


def test_a_form_whose_step_was_removed_becomes_one_of_a_new_step(admin: Browser, seeded: Seeded) -> None:
    base = f"/events/{seeded.event_id}/workflows"
    new = {"name": "One", "shape": "SINGLE_APPROVAL"}
    here = admin.send(f"{base}/new", f"{base}/new", new).headers["location"]
    step = {"name": "Badge", "type": "PRINT", "place": "start"}
    form = admin.send(f"{here}/add-step", f"{here}/add-step", step).headers["location"]
    admin.send(f"{form}/remove", f"{form}/remove", {})
    typed = {
        "type": "PRINT",
        "name": "Badge of the press",
        "instructions": "Use the red paper",
        "roles": "ADMIN",
    }
    answer = admin.post(form, typed)
    assert answer.status_code == 409
    assert "What you typed is kept: add it as a new step." in answer.text
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    again = admin.post(f"{here}/add-step", sent | typed | {"place": "start"}).headers["location"]
    assert "Use the red paper" in admin.read(again)


def test_deadlines_are_listed_and_changed(admin: Browser, hub: HubContext, seeded: Seeded) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "One", "shape": "SINGLE_APPROVAL"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    form = f"{here}/steps/approval"
    admin.send(form, form, {"name": "Approval", "roles": "ADMIN", "sla_amount": "2", "sla_unit": "60"})
    admin.send(here, f"{here}/publish", {})
    assert "No deadline is open" in admin.read(f"{base}/sla-clocks")
    start(hub, seeded, "Eve")
    (page,) = re.findall(rf'href="({base}/sla-clocks/[^"]+)"', admin.read(f"{base}/sla-clocks"))
    assert "Eve Doe" in admin.read(f"{base}/sla-clocks?filter[state]=RUNNING")
    refused = admin.send(page, f"{page}/retarget", {"amount": "9999", "unit": "1440", "warn_percent": "50"})
    assert refused.status_code == 422
    assert 'value="9999"' in refused.text
    admin.send(
        page, f"{page}/retarget", {"amount": "3", "unit": "1440", "warn_percent": "50", "calendar_id": "-"}
    )
    (clock,) = everything(hub, SlaClock)
    assert (clock.target_minutes, clock.warn_percent) == (4320, 50)
    assert 'id="count-own_tasks">1<' in admin.read(base), "the navigation counts one's own tasks"


def test_an_operator_sees_whom_they_decide_about_and_nobody_else(
    app: FastAPI, admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "Accreditation", "shape": "PARALLEL_REVIEWS"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    admin.send(here, f"{here}/publish", {})
    start(hub, seeded, "Ben")
    operator = signed_in_as(app, seeded.tenant_id, Role.OPERATOR)
    own = f"{base}/workflow-tasks/{everything(hub, WorkflowTask)[0].id}"
    for page in (operator.read("/tasks"), operator.read(own)):
        assert "Ben Doe" in page
        assert "/participants/" not in page
    execution = f"{base}/workflow-executions/{everything(hub, WorkflowExecution)[0].id}"
    other = f"{base}/workflow-tasks/{everything(hub, WorkflowTask)[1].id}"
    admin.send(other, f"{other}/decide", {"decision": "REJECT", "reject_reason": "Ben is banned"})
    page = operator.read(execution)
    for text in ("Ben Doe", "Who is waited for", "needs 2 of 2 branches", "If nobody acts:", "Rejected"):
        assert text in page
    for text in ("Ben is banned", "/participants/", f"{execution}/cancel", "/sla-clocks/", other):
        assert text not in page
    admin.send(other, f"{other}/take-back", {})
    with hub.uow.begin() as work:
        work.session.execute(update(WorkflowTaskAssignee).values(role=Role.ADMIN))
    assert "Ben" not in operator.read("/tasks")
    assert operator.client.get(own).status_code == 403
    assert operator.client.get(execution).status_code == 403
    refused = operator.client.post(f"{own}/decide", data={"decision": "APPROVE"}, headers=HERE)
    assert refused.status_code == 403
    assert "Ben" not in refused.text
    with hub.uow.begin() as work:
        work.session.execute(update(WorkflowTaskAssignee).values(role=Role.OPERATOR))
    operator.send(own, f"{own}/decide", {"decision": "REJECT", "reject_reason": "no papers"})
    assert "until then you can take it back" in operator.read("/tasks")
    assert operator.send("/tasks", f"{own}/take-back", {}).status_code == 303

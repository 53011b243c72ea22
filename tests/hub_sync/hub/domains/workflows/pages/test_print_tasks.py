"""Tasks that print: whoever has them gets the tickets of these people, one by one or in one file, and of nobody else."""

import re

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select, update

from hub_sync.hub.domains.workflows.tables import WorkflowExecution, WorkflowTask, WorkflowTaskAssignee
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, signed_in_as
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.hub_sync.hub.domains.workflows.pages.test_pages import admin, start

__all__ = ["admin"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_whoever_has_tasks_that_print_gets_their_tickets_and_ticks_them_off(
    app: FastAPI, admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "Badges", "shape": "BADGE_PRINTING"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    admin.send(here, f"{here}/publish", {})
    for name in ("Ada", "Ben"):
        start(hub, seeded, name)
    operator = signed_in_as(app, seeded.tenant_id, Role.OPERATOR)
    inbox = operator.read("/tasks")
    assert "Print the ticked ones…" in inbox

    def choose(*ticked: str) -> Response:
        """Press the button of the list's form that leads to the page that prints."""
        sent = operator.fill_in("/tasks", "/tasks/decide", {"task": list(ticked)})
        return operator.client.post("/tasks/print", data=sent, headers=HERE)

    nothing = choose()
    assert (nothing.status_code, "Tick at least one task that prints." in nothing.text) == (422, True)
    ticked = re.findall(r'name="task" value="([^"]+)"', inbox)
    chosen = choose(*ticked).headers["location"]
    page = operator.read(chosen)
    assert "Ada Doe" in page
    assert "Ben Doe" in page
    file = operator.client.get(chosen.replace("/print?", "/print.pdf?"))
    assert file.headers["content-type"] == "application/pdf"
    assert len(re.findall(rb"/Type /Page\b", file.content)) == 2
    assert everything(hub, WorkflowTask)[0].type == "PRINT"
    one = f"{base}/workflow-tasks/{everything(hub, WorkflowTask)[0].id}/ticket.pdf"
    assert operator.client.get(one).content.startswith(b"%PDF")
    with hub.uow.begin() as work:
        work.session.execute(update(WorkflowTaskAssignee).values(role=Role.ADMIN))
    assert operator.client.get(one).status_code == 403
    assert operator.client.get(chosen.replace("/print?", "/print.pdf?")).status_code == 409
    admin.send(chosen, "/tasks/decide", {"task": ticked, "decision": "APPROVE"})
    with hub.uow.read() as work:
        running = work.session.scalars(select(WorkflowExecution.id).order_by(WorkflowExecution.id)).first()
    history = admin.read(f"{base}/workflow-executions/{running}")
    assert history.count("Ticket downloaded to print") == 2
    assert "Printed" in history

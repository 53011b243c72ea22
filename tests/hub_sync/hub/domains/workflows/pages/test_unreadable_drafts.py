"""A draft that can't be read: nothing of it is lost, and another one takes its place."""

import pytest
from sqlalchemy import select, update

from hub_sync.hub.domains.audit.service import AuditLog
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.workflows.pages.test_pages import admin

__all__ = ["admin"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_a_draft_that_cannot_be_read_is_downloaded_and_replaced(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    base = f"/events/{seeded.event_id}"
    new = {"name": "One", "shape": "SINGLE_APPROVAL"}
    here = admin.send(f"{base}/workflows/new", f"{base}/workflows/new", new).headers["location"]
    unreadable = {"steps": [{"key": "a", "kind": "of tomorrow"}]}

    def spoil() -> None:
        with hub.uow.begin() as work:
            work.session.execute(update(Workflow).values(draft=unreadable))

    spoil()
    assert "Unreadable" in admin.read(f"{base}/workflows")
    assert "as it is published" not in admin.read(here)
    assert admin.client.get(f"{here}/draft.json").json() == unreadable
    wrong = admin.send(here, f"{here}/draft", {"source": "PUBLISHED"})
    assert (wrong.status_code, "Choose one of the list." in wrong.text) == (422, True)
    admin.send(here, f"{here}/draft", {"source": "PARALLEL_REVIEWS"})
    assert "Review of the documents" in admin.read(here)
    with hub.uow.read() as work:
        before = work.session.scalars(select(AuditLog.before).where(AuditLog.entity == "workflow")).all()
    assert "of tomorrow" in str(before)

    admin.send(here, f"{here}/publish", {})
    spoil()
    assert "Version 1, as it is published" in admin.read(here)
    admin.send(here, f"{here}/draft", {"source": "PUBLISHED"})
    assert "The draft is as it was published." in admin.read(here)

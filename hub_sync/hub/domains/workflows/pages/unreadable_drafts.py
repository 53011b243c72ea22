"""A draft that can't be read: its page, the draft as a file, and another one in its place."""

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from hub_sync.hub.console import FormInvalid, PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.definition.model import Definition, find_definition
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.definitions.schemas import WorkflowChanges
from hub_sync.hub.domains.workflows.definitions.workflow_templates import WorkflowShape, build
from hub_sync.hub.domains.workflows.errors import WorkflowChanged
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.pages.workflows import (
    EMPTY,
    PATH,
    PUBLISHED,
    draft_sources,
    show_workflow,
)
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.text_types import Id

router = PageRouter()


class DraftReplacementForm(BaseModel):
    """What a new draft begins with: the published version, a common case, or nothing."""

    source: str
    version: int


@router.get(f"{PATH}/draft.json", permissions=WORKFLOWS_READ)
def download_draft(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Download the draft as it is stored."""
    events.check_exists(page.work, page.tenant_id, event_id)
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    name = f"workflow-{file_stem(workflow.name, workflow.id)}.json"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return JSONResponse(workflow.draft, headers=headers)


@router.post(
    f"{PATH}/draft", permissions=WORKFLOWS_MANAGE, on_error=show_workflow, beside={WorkflowChanged: ""}
)
def replace_draft(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Put another draft in the place of one that can't be read; the audit log keeps the old one."""
    form = page.parse(DraftReplacementForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        workflow = definitions.get_for_update(work, key, workflow_id, form.version)
        if find_definition(workflow.draft) is not None:
            raise FormInvalid({"": _("The draft can be read. Change its steps.")})
        changes = WorkflowChanges(definition=_new_draft(work, workflow, form.source))
        definitions.update(work, key, workflow_id, changes, form.version)
    return page.redirect(
        f"/events/{event_id}/workflows/{workflow_id}",
        say=_("The draft is replaced. What was stored before is in the audit log."),
    )


def _new_draft(work: Work, workflow: Workflow, source: str) -> Definition:
    """Return the draft that somebody chose.

    Raises:
        FormInvalid: it is none of the choices (422).
    """
    published = find_definition(definitions.find_published(work, workflow) or {"steps": None})
    if source not in dict(draft_sources(workflow, has_readable_version=published is not None)):
        raise FormInvalid({"source": _("Choose one of the list.")})
    if source == PUBLISHED and published is not None:
        return published
    return Definition() if source == EMPTY else build(WorkflowShape(source), _)

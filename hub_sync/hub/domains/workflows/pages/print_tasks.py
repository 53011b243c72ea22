"""The console's pages of tasks that print: the ticket of one task, and those of several in one file."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import Select

from hub_sync.hub.console import FormInvalid, PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.pages.task_list import INBOX, TASK, show_inbox
from hub_sync.hub.domains.workflows.pages.task_rows import rows_of
from hub_sync.hub.domains.workflows.tables import WorkflowTask
from hub_sync.hub.domains.workflows.tasks import printing, tasks
from hub_sync.hub.domains.workflows.tasks.deciders import decider_of
from hub_sync.hub.domains.workflows.tasks.printing import MOST_PRINTED, PrintItem
from hub_sync.hub.domains.workflows.tasks.schemas import MOST_DECISIONS
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

_PRINT: Final = f"{INBOX}/print"
TaskIds = Annotated[tuple[Id, ...], Query(alias="task", max_length=MOST_PRINTED)]

router = PageRouter()


class PrintSelectionForm(BaseModel):
    """The ticked tasks, each with its event: `EVENT TASK`."""

    task: Annotated[list[str], Field(max_length=MOST_DECISIONS)] = []


@router.get(f"{TASK}/ticket.pdf", permissions=(WORKFLOWS_READ, WORKFLOWS_DECIDE))
def download_ticket_of_task(page: PageCall, event_id: Id, task_id: Id) -> Response:
    """Download the ticket of a task that prints, in the language of the console."""
    events.check_exists(page.work, page.tenant_id, event_id)
    task = tasks.get(page.work, FeedKey(page.tenant_id, event_id), task_id)
    printing.check_may_print(page.work, task, page.caller, decider_of(page.work, page.caller))
    (item,) = printing.items_of(page.work, [task])
    if item.refusal is not None:
        raise item.refusal
    return printing.print_tickets(page.hub, page.work, [item], page.speech, page.caller.actor)


@router.post(_PRINT, permissions=WORKFLOWS_DECIDE, on_error=show_inbox)
def choose_tasks_to_print(page: PageCall) -> Response:
    """Lead to the page that prints what is ticked."""
    chosen = [ticked.partition(" ")[2] for ticked in page.parse(PrintSelectionForm).task]
    with page.begin() as work:
        own = work.session.scalars(_own_tasks(page, work, chosen)).all()
        query = "&".join(f"task={task.id}" for task in own)
    if not query:
        raise FormInvalid({"": _("Tick at least one task that prints.")})
    return page.redirect(f"{_PRINT}?{query}")


@router.get(_PRINT, permissions=WORKFLOWS_DECIDE)
def show_print_page(page: PageCall, task_ids: TaskIds = ()) -> Response:
    """Show the tasks whose tickets are printed, the file, and the button that ticks them off."""
    items = _items(page, task_ids)
    by_id = {item.task.id: item for item in items}
    rows = rows_of(page.work, page.tenant_id, [item.task for item in items])
    printed = [row.task.id for row in rows if by_id[row.task.id].refusal is None]
    return page.render(
        "workflows/print.html",
        rows=rows,
        printed=printed,
        query="&".join(f"task={id_}" for id_ in printed),
    )


@router.get(f"{_PRINT}.pdf", permissions=WORKFLOWS_DECIDE)
def download_tickets_of_tasks(page: PageCall, task_ids: TaskIds = ()) -> Response:
    """Download the tickets of several tasks as one file, in the language of the console."""
    return printing.print_tickets(page.hub, page.work, _items(page, task_ids), page.speech, page.caller.actor)


def _own_tasks(page: PageCall, work: Work, task_ids: Sequence[str]) -> Select[WorkflowTask]:
    return printing.own_print_tasks(page.tenant_id, decider_of(work, page.caller), task_ids)


def _items(page: PageCall, task_ids: Sequence[str]) -> list[PrintItem]:
    tasks_to_print = page.work.session.scalars(_own_tasks(page, page.work, task_ids)).all()
    return printing.items_of(page.work, tasks_to_print)

"""The tickets that tasks of PRINT steps print: for whoever has the task, since the task shows whom it is about (ADR 111)."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.responses import Response
from sqlalchemy import Select

from hub_sync.contract.enums import StepType
from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.mail_files import mailed_ticket
from hub_sync.hub.domains.tickets.manifest import TICKETS_ISSUE
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.errors import NothingToPrint, WorkflowTaskEnded
from hub_sync.hub.domains.workflows.tables import WorkflowExecution, WorkflowTask
from hub_sync.hub.domains.workflows.tasks.deciders import check_assigned, inbox_of
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller

MOST_PRINTED = 100
"""Tickets of one file: their tasks stand in its address."""


@dataclass(frozen=True, slots=True)
class PrintItem:
    """A task that prints, and the participant whose ticket it prints; `refusal`: why they get none."""

    task: WorkflowTask
    person: Participant
    refusal: tickets.TicketNotIssued | None


def own_print_tasks(tenant_id: str, decider: Decider, task_ids: Sequence[str]) -> Select[WorkflowTask]:
    """Return the query of those of some tasks that print, are open, and somebody's.

    Raises:
        InboxOfNobody: they are no person (403).
    """
    row = WorkflowTask
    own = inbox_of(tenant_id, decider).where(row.id.in_(task_ids[:MOST_PRINTED]), row.type == StepType.PRINT)
    return own.order_by(row.opened_at, row.id)


def check_may_print(work: Work, task: WorkflowTask, caller: Caller, decider: Decider) -> None:
    """Check that a task prints something, and for this caller: it is theirs and not ended, or they may issue any ticket.

    Raises:
        NotAssigned: 403. NothingToPrint, WorkflowTaskEnded: 409.
    """
    if task.type is not StepType.PRINT:
        raise NothingToPrint
    if caller.has_permission(TICKETS_ISSUE) and caller.has_permission(PARTICIPANTS_READ):
        return
    check_assigned(work, task, decider)
    if task.ended_at is not None:
        raise WorkflowTaskEnded


def items_of(work: Work, tasks: Sequence[WorkflowTask]) -> list[PrintItem]:
    """Return the participants of tasks, in their order."""
    items = []
    for task in tasks:
        execution = work.session.get_one(WorkflowExecution, (task.tenant_id, task.execution_id))
        person = participants.get(work, task.tenant_id, task.event_id, execution.participant_id)
        items.append(PrintItem(task, person, tickets.find_refusal(person)))
    return items


def print_tickets(
    hub: HubContext, work: Work, items: Sequence[PrintItem], speech: Speech, actor: str
) -> Response:
    """Return the tickets of tasks as one PDF with a page for each. Each is recorded as issued, and in its execution's history.

    Raises:
        NothingToPrint: nobody of them gets a ticket (409).
        TicketKeyMissing, TicketUnfit, WorkflowUnreadable: 409.
        DatabaseBusy: it can't be recorded now; there is no ticket without an entry.
    """
    printed = [item for item in items if item.refusal is None]
    if not printed:
        raise NothingToPrint
    first, *others = (item.person for item in printed)
    file = mailed_ticket(work, hub.secret_box, first, speech, with_pdf=True, with_image=False, others=others)
    with hub.uow.begin(actor=actor) as write:
        for item in sorted(printed, key=lambda each: each.task.execution_id):
            _record(write, item)
    name = file.name if not others else "tickets.pdf"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.pdf, headers=headers, media_type="application/pdf")


def _record(work: Work, item: PrintItem) -> None:
    task, person = item.task, item.person
    tickets.record_issued(work, task.tenant_id, task.event_id, person.id, "pdf")
    running = executions.lock(work, FeedKey(task.tenant_id, task.event_id), task.execution_id)
    path = running.rows.branches[task.branch_id].path
    running.host.record(HistoryKind.TICKET_DOWNLOADED, path, task.step_key, task=task.id)

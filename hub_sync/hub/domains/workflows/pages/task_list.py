"""The console's pages of tasks: one's own across events, one task, and decisions by a key, by mouse and in bulk."""

from collections import Counter, defaultdict
from typing import Annotated, Any, Final

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows.diagrams.words import STEP_TYPES, field_name
from hub_sync.hub.domains.workflows.engine import decisions
from hub_sync.hub.domains.workflows.engine.decisions import Answer
from hub_sync.hub.domains.workflows.errors import (
    BypassNotAllowed,
    CollectedFieldsMissing,
    DecisionReasonMissing,
    DecisionTakenEffect,
    NotAssigned,
    NothingDecided,
    ReturnImpossible,
    VotedAlready,
    WorkflowTaskChanged,
    WorkflowTaskEnded,
)
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE, decision_word
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ, TaskDecision
from hub_sync.hub.domains.workflows.pages.task_rows import TaskRow, inbox_rows, row_of, waiting_decisions
from hub_sync.hub.domains.workflows.tables import WorkflowTask
from hub_sync.hub.domains.workflows.tasks import tasks
from hub_sync.hub.domains.workflows.tasks.deciders import check_assigned, count_inbox, decider_of
from hub_sync.hub.domains.workflows.tasks.schemas import MOST_DECISIONS
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.urls import safe_local_path
from hub_sync.hub.kit.text_types import Id, NoteText

INBOX: Final = "/tasks"
TASK: Final = "/events/{event_id}/workflow-tasks/{task_id}"
_REASONS = {
    TaskDecision.APPROVE: "approve_reason",
    TaskDecision.REJECT: "reject_reason",
    TaskDecision.RETURN: "return_reason",
    TaskDecision.BYPASS: "bypass_reason",
}
_OPTIONAL = frozenset((TaskDecision.APPROVE,))

router = PageRouter()


class TaskDecisionForm(BaseModel):
    """A decision about a task. Each decision has its own field for the reason, so that none is taken for another's."""

    decision: TaskDecision
    approve_reason: NoteText = ""
    reject_reason: NoteText = ""
    return_reason: NoteText = ""
    bypass_reason: NoteText = ""
    return_to: str = Field(default="", max_length=64)
    version: int | None = None

    def answer(self) -> Answer:
        """Return the decision as the engine takes it.

        Raises:
            FormInvalid: the reason is missing (422).
        """
        if self.decision not in _REASONS:
            raise FormInvalid({"decision": _("Choose one of the list.")})
        field = _REASONS[self.decision]
        reason = str(getattr(self, field)).strip()
        if not reason and self.decision not in _OPTIONAL:
            raise FormInvalid({field: _("Please give a reason.")})
        to = self.return_to if self.decision is TaskDecision.RETURN else ""
        return Answer(decision=self.decision, reason=reason, return_to=to or None)


class ManyDecisionsForm(BaseModel):
    """One decision about the ticked tasks, each with its event: `EVENT TASK`."""

    decision: TaskDecision
    bulk_reason: NoteText = ""
    task: Annotated[list[str], Field(max_length=MOST_DECISIONS)] = []


@router.get(INBOX, permissions=WORKFLOWS_DECIDE)
def show_inbox(page: PageCall) -> Response:
    """Show the caller's tasks in all events, the late ones first, one of them ready to be decided."""
    decider = decider_of(page.work, page.caller)
    rows = inbox_rows(page.work, page.tenant_id, decider)
    wanted = page.request.query_params.get("task", "")
    at = next((number for number, row in enumerate(rows) if row.task.id == wanted), 0)
    return page.render(
        "workflows/inbox.html",
        rows=rows,
        row=rows[at] if rows else None,
        before=rows[at - 1] if at else None,
        after=rows[at + 1] if at + 1 < len(rows) else None,
        count=count_inbox(page.work, page.tenant_id, decider),
        late=sum(row.is_late for row in rows),
        decided=waiting_decisions(page.work, page.tenant_id, page.caller.id),
        decision_word=decision_word,
        ticked=set(page.values("task")),
        **_words(page),
    )


@router.get(TASK, permissions=(WORKFLOWS_READ, WORKFLOWS_DECIDE))
def show_task(page: PageCall, event_id: Id, task_id: Id) -> Response:
    """Show a task, and decide it. Whoever may not read participants sees the one of a task that is assigned to them."""
    event = events.get(page.work, page.tenant_id, event_id)
    task = tasks.get(page.work, FeedKey(page.tenant_id, event_id), task_id)
    if not page.caller.has_permission(PARTICIPANTS_READ):
        check_assigned(page.work, task, decider_of(page.work, page.caller))
    return page.render(
        "workflows/task.html",
        event=event,
        row=row_of(page.work, page.tenant_id, task),
        decision_word=decision_word,
        may_take_back=_may_take_back(page, task),
        **_words(page),
    )


@router.post(
    f"{TASK}/decide",
    permissions=WORKFLOWS_DECIDE,
    on_error=show_task,
    beside={
        NotAssigned: "",
        BypassNotAllowed: "",
        WorkflowTaskChanged: "",
        WorkflowTaskEnded: "",
        VotedAlready: "",
        DecisionReasonMissing: "",
        ReturnImpossible: "return_to",
        CollectedFieldsMissing: "",
    },
)
def decide_task(page: PageCall, event_id: Id, task_id: Id) -> Response:
    """Decide the task."""
    form = page.parse(TaskDecisionForm)
    answer = form.answer()
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        events.check_exists(work, *key)
        task = decisions.decide(work, key, task_id, decider_of(work, page.caller), answer, form.version)
        say = _decided_sentence(row_of(work, page.tenant_id, task))
    return page.redirect(_back(page, INBOX), say=say)


@router.post(
    f"{TASK}/take-back",
    permissions=WORKFLOWS_DECIDE,
    on_error=show_task,
    beside={NotAssigned: "", NothingDecided: "", DecisionTakenEffect: ""},
)
def take_back(page: PageCall, event_id: Id, task_id: Id) -> Response:
    """Take the decision back."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        events.check_exists(work, *key)
        decisions.take_back(work, key, task_id, decider_of(work, page.caller))
    back = _back(page, f"{INBOX}?task={task_id}")
    return page.redirect(back, say=_("The decision is taken back; the task is open again."))


@router.post(
    f"{TASK}/apply",
    permissions=WORKFLOWS_DECIDE,
    on_error=show_task,
    beside={NotAssigned: "", NothingDecided: ""},
)
def apply_now(page: PageCall, event_id: Id, task_id: Id) -> Response:
    """Let the decision take effect at once."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        events.check_exists(work, *key)
        decisions.apply_now(work, key, task_id, decider_of(work, page.caller))
    return page.redirect(_back(page, INBOX), say=_("The decision has taken effect."))


@router.post(f"{INBOX}/decide", permissions=WORKFLOWS_DECIDE, on_error=show_inbox)
def decide_many(page: PageCall) -> Response:
    """Decide the ticked tasks alike, each by itself."""
    form = page.parse(ManyDecisionsForm)
    if form.decision not in (TaskDecision.APPROVE, TaskDecision.REJECT):
        raise FormInvalid({"": _("Choose one of the list.")})
    if not form.task:
        raise FormInvalid({"": _("Tick at least one task.")})
    if form.decision is TaskDecision.REJECT and not form.bulk_reason.strip():
        raise FormInvalid({"bulk_reason": _("Please give a reason.")})
    by_event: dict[str, list[str]] = defaultdict(list)
    for ticked in form.task:
        event_id, _space, task_id = ticked.partition(" ")
        by_event[event_id].append(task_id)
    answer = Answer(decision=form.decision, reason=form.bulk_reason.strip())
    done, refused = 0, Counter[str]()
    for event_id, task_ids in by_event.items():
        key = FeedKey(page.tenant_id, event_id)
        results = tasks.decide_many(page.hub.uow, key, page.caller, task_ids, answer)
        done += results.done
        refused.update(result.code for result in results.results if not result.is_done)
    say = ngettext("%(num)s task is decided.", "%(num)s tasks are decided.", done) % {
        "num": formats.number(done)
    }
    needless = refused.pop(WorkflowTaskEnded.__name__, 0)
    if needless:
        say += " " + ngettext(
            "%(num)s was not open any more.", "%(num)s were not open any more.", needless
        ) % {"num": formats.number(needless)}
    if refused:
        count = refused.total()
        say += " " + ngettext(
            "%(num)s was refused: it is not yours, or needs details.",
            "%(num)s were refused: they are not yours, or need details.",
            count,
        ) % {"num": formats.number(count)}
    return page.redirect(INBOX, say=say, tone="bad" if refused else "good")


def _decided_sentence(row: TaskRow) -> str:
    task = row.task
    words = {
        "step": isolated(row.step.name),
        "decision": _(decision_word(task.decision, row.step.type)) if task.decision else "",
        "when": (
            formats.moment(task.effective_at, row.event.time_zone, style="seconds")
            if task.effective_at
            else ""
        ),
    }
    if task.applied_at is not None:
        return _("“%(step)s”: %(decision)s. It has taken effect.") % words
    return _("“%(step)s”: %(decision)s. You can take it back until %(when)s.") % words


def _may_take_back(page: Page, task: WorkflowTask) -> bool:
    is_own = task.decided_by_id == page.caller.id or page.caller.has_permission("workflows:manage")
    return (
        is_own
        and task.decided_at is not None
        and task.applied_at is None
        and task.effective_at is not None
        and task.effective_at > page.hub.clock.now()
    )


def _back(page: Page, usual: str) -> str:
    return safe_local_path(str(page.value("back")), usual) or usual


def _words(page: Page) -> dict[str, Any]:
    return {
        "step_types": STEP_TYPES,
        "field_name": field_name,
        "may_manage": page.caller.has_permission("workflows:manage"),
    }

"""The lists of executions and of their histories."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows.executions.schemas import ExecutionResponse, HistoryEntryResponse
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowExecution, WorkflowHistoryEntry
from hub_sync.hub.domains.workflows.tasks.subjects import load_subjects
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.result_pages import Listing

_E = WorkflowExecution


def _load_participants(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    subjects = load_subjects(work, tenant_id, {row.participant_id for row in rows})
    return {row.id: subjects.get(row.participant_id) for row in rows}


def _load_workflows(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    ids = {row.workflow_id for row in rows}
    query = select(Workflow.id, Workflow.name).where(Workflow.tenant_id == tenant_id, Workflow.id.in_(ids))
    names = {row.id: {"id": row.id, "name": row.name} for row in work.session.execute(query)}
    return {row.id: names.get(row.workflow_id) for row in rows}


EXECUTIONS = Listing(
    row=WorkflowExecution,
    schema=ExecutionResponse,
    sorts={"started_at": _E.started_at, "updated_at": _E.updated_at, "id": _E.id},
    default_sort="-started_at",
    filters={
        "status": _E.status,
        "workflow_id": _E.workflow_id,
        "version_id": _E.version_id,
        "participant_id": _E.participant_id,
        "trigger": _E.trigger,
        "problem": _E.problem,
        "started_at": _E.started_at,
        "ended_at": _E.ended_at,
    },
    expands={"participant": _load_participants, "workflow": _load_workflows},
    expand_permissions={"participant": PARTICIPANTS_READ},
)
HISTORY = Listing(
    row=WorkflowHistoryEntry,
    schema=HistoryEntryResponse,
    sorts={"number": WorkflowHistoryEntry.number},
    default_sort="number",
    filters={"kind": WorkflowHistoryEntry.kind, "step_key": WorkflowHistoryEntry.step_key},
)

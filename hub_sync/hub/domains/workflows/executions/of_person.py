"""A participant's ways through workflows, for their page."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, select

from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowExecution
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


class PersonWorkflow(NamedTuple):
    """A participant's way through a workflow."""

    id: str
    name: str
    status: ExecutionStatus
    started_at: datetime


def workflows_of_person(work: Work, key: FeedKey, participant_id: str) -> list[PersonWorkflow]:
    """Return a participant's executions with the names of their workflows, the newest first."""
    e = WorkflowExecution
    query = (
        select(e.id, Workflow.name, e.status, e.started_at)
        .join(Workflow, and_(Workflow.tenant_id == e.tenant_id, Workflow.id == e.workflow_id))
        .where(e.tenant_id == key.tenant_id, e.event_id == key.event_id, e.participant_id == participant_id)
        .order_by(e.started_at.desc(), e.id)
    )
    return [PersonWorkflow(*row) for row in work.session.execute(query)]

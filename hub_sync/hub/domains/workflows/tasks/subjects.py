"""The participants of executions, for callers who may read them."""

from sqlalchemy import select

from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.workflows.tasks.schemas import ExecutionSubject
from hub_sync.hub.kit.db.unit_of_work import Work


def load_subjects(work: Work, tenant_id: str, participant_ids: set[str]) -> dict[str, ExecutionSubject]:
    """Return participants by their ids, also those who were deleted meanwhile."""
    p = Participant
    columns = (p.id, p.registration_code, p.first_name, p.last_name, p.category, p.status)
    query = select(*columns).where(p.tenant_id == tenant_id, p.id.in_(participant_ids))
    return {row.id: ExecutionSubject.model_validate(row) for row in work.session.execute(query)}

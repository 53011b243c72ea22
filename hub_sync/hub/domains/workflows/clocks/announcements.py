"""Domain events of clocks: each warns once and breaches once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.manifest import SlaBreached, SlaWarned
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import WorkflowExecution
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import iso_timestamp


def announce(work: Work, tenant_id: str, warned: Sequence[Any] = (), breached: Sequence[Any] = ()) -> None:
    """Emit the domain events of clocks of a tenant, which are rows of `SlaClock` or have its columns."""
    subjects = _subjects(work, tenant_id, {clock.execution_id for clock in (*warned, *breached)})
    domain_events.emit(
        work,
        tenant_id,
        *(SlaWarned(**_values(clock, subjects)) for clock in warned if clock.execution_id in subjects),
        *(SlaBreached(**_values(clock, subjects)) for clock in breached if clock.execution_id in subjects),
    )


def announce_breaches(work: Work, clocks: Iterable[SlaClock]) -> None:
    """Emit the breaches of clocks that nobody has swept yet."""
    breached = list(clocks)
    if breached:
        announce(work, breached[0].tenant_id, breached=breached)


def _subjects(work: Work, tenant_id: str, execution_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return by execution the workflow and the participant, as domain events name them."""
    e, p = WorkflowExecution, participants.Participant
    query = (
        select(e.id, e.workflow_id, p.id.label("participant_id"), p.registration_code, p.category)
        .join(p, (p.tenant_id == e.tenant_id) & (p.id == e.participant_id))
        .where(e.tenant_id == tenant_id, in_values(e.id, sorted(execution_ids), work.dialect))
    )
    return {
        row.id: {
            "entity_id": row.participant_id,
            "workflow_id": row.workflow_id,
            "registration_code": row.registration_code,
            "category": row.category,
        }
        for row in work.session.execute(query)
    }


def _values(clock: Any, subjects: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        **subjects[clock.execution_id],
        "event_id": clock.event_id,
        "execution_id": clock.execution_id,
        "clock_id": clock.id,
        "step": clock.step_name,
        "due_at": iso_timestamp(clock.due_at),
    }

"""Workflows of an event: create, change the draft, publish it as a version that never changes, and delete.

A draft with faults is stored: nothing that somebody typed is lost. What runs are versions, and an execution finishes by the
version that it began with.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.definition.checks import Fault, find_faults
from hub_sync.hub.domains.workflows.definition.model import Definition, find_definition, read_definition
from hub_sync.hub.domains.workflows.definitions.schemas import (
    NewWorkflow,
    WorkflowChanges,
    WorkflowFaultResponse,
)
from hub_sync.hub.domains.workflows.definitions.surroundings import surroundings_of
from hub_sync.hub.domains.workflows.definitions.workflow_templates import Translate, build
from hub_sync.hub.domains.workflows.errors import (
    WorkflowChanged,
    WorkflowExists,
    WorkflowFaulty,
    WorkflowInUse,
    WorkflowNotFound,
    WorkflowShapeAmbiguous,
    WorkflowVersionNotFound,
)
from hub_sync.hub.domains.workflows.execution_manifest import (
    WORKFLOW_CREATED,
    WORKFLOW_DELETED,
    WORKFLOW_PUBLISHED,
    WORKFLOW_UPDATED,
)
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowExecution, WorkflowVersion
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.text_normalization import name_key


def get(work: Work, key: FeedKey, workflow_id: str) -> Workflow:
    """Return the workflow of an id.

    Raises:
        WorkflowNotFound: no such workflow in the event (404).
    """
    workflow = work.session.get(Workflow, (key.tenant_id, workflow_id))
    if workflow is None or workflow.event_id != key.event_id:
        raise WorkflowNotFound
    return workflow


def get_for_update(work: Work, key: FeedKey, workflow_id: str, if_version: IfVersion = None) -> Workflow:
    """Return a workflow, and lock its row until the transaction ends.

    Raises:
        WorkflowNotFound: 404. WorkflowChanged: 412.
    """
    events.check_exists(work, *key)
    workflow = work.session.get(
        Workflow, (key.tenant_id, workflow_id), with_for_update=True, populate_existing=True
    )
    if workflow is None or workflow.event_id != key.event_id:
        raise WorkflowNotFound
    check_version(workflow.version, if_version, WorkflowChanged)
    return workflow


def create(work: Work, key: FeedKey, new: NewWorkflow, translate: Translate = str) -> Workflow:
    """Create a workflow as a draft: empty, of a shape, or with steps.

    Raises:
        EventNotFound: 404. WorkflowExists: 409. WorkflowShapeAmbiguous: 422.
    """
    events.check_exists(work, *key)
    if new.shape is not None and new.definition is not None:
        raise WorkflowShapeAmbiguous
    _check_name_is_free(work, key, new.name)
    definition = build(new.shape, translate) if new.shape else new.definition or Definition()
    workflow = Workflow(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        name=new.name,
        description=new.description,
        draft=definition.dump(),
        is_enabled=True,
        version=1,
    )
    work.session.add(workflow)
    _flush(work, workflow)
    audit.record(work, key.tenant_id, WORKFLOW_CREATED, workflow.id, after=_audited(workflow))
    return workflow


def update(
    work: Work, key: FeedKey, workflow_id: str, changes: WorkflowChanges, if_version: IfVersion = None
) -> Workflow:
    """Change the members that `changes` names. A draft with faults is stored, and runs for nobody.

    Raises:
        EventNotFound, WorkflowNotFound: 404. WorkflowChanged: 412. WorkflowExists: 409.
    """
    workflow = get_for_update(work, key, workflow_id, if_version)
    before, draft = _audited(workflow), workflow.draft
    sent = changes.model_fields_set
    if "name" in sent and changes.name != workflow.name:
        _check_name_is_free(work, key, changes.name, workflow.id)
    for name in sent & {"name", "description", "is_enabled"}:
        setattr(workflow, name, getattr(changes, name))
    if "definition" in sent:
        workflow.draft = changes.definition.dump()
    if _audited(workflow) == before and workflow.draft == draft:
        return workflow
    workflow.version += 1
    _flush(work, workflow)
    after = _audited(workflow)
    if workflow.draft != draft and find_definition(draft) is None:  # it is stored nowhere else
        before["draft"], after["draft"] = json.dumps(draft, ensure_ascii=False), None
    audit.record(work, key.tenant_id, WORKFLOW_UPDATED, workflow.id, before=before, after=after)
    return workflow


def draft_of(workflow: Workflow) -> Definition:
    """Return the draft of a workflow.

    Raises:
        WorkflowUnreadable: 409.
    """
    return read_definition(workflow.draft)


def faults_of(work: Work, workflow: Workflow) -> list[Fault]:
    """Return what keeps a workflow's draft from being published."""
    key = FeedKey(workflow.tenant_id, workflow.event_id)
    return find_faults(draft_of(workflow), surroundings_of(work, key))


def require_no_faults(faults: list[Fault]) -> None:
    """Refuse a draft that has faults, and list all of them.

    Raises:
        WorkflowFaulty: 422.
    """
    if faults:
        listed = [WorkflowFaultResponse.of(fault).model_dump() for fault in faults]
        raise WorkflowFaulty(count=len(faults), faults=listed)


def publish(work: Work, key: FeedKey, workflow_id: str, if_version: IfVersion = None) -> Workflow:
    """Publish the draft as a version that never changes; whoever starts from now on takes it.

    Raises:
        EventNotFound, WorkflowNotFound: 404. WorkflowChanged: 412. WorkflowFaulty: with all faults (422).
    """
    workflow = get_for_update(work, key, workflow_id, if_version)
    require_no_faults(faults_of(work, workflow))
    newest = select(func.max(WorkflowVersion.number)).where(*_of_workflow(workflow))
    number = (work.session.scalar(newest) or 0) + 1
    before = _audited(workflow)
    version = WorkflowVersion(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        workflow_id=workflow.id,
        number=number,
        definition=workflow.draft,
        published_at=work.now(),
        published_by=work.actor[:200],
    )
    work.session.add(version)
    workflow.published_version = number
    workflow.version += 1
    work.session.flush()
    after = _audited(workflow)
    audit.record(work, key.tenant_id, WORKFLOW_PUBLISHED, workflow.id, before=before, after=after)
    return workflow


def remove(work: Work, key: FeedKey, workflow_id: str, if_version: IfVersion = None) -> None:
    """Delete a workflow that was never executed; another one can be switched off.

    Raises:
        EventNotFound, WorkflowNotFound: 404. WorkflowChanged: 412. WorkflowInUse: 409.
    """
    workflow = get_for_update(work, key, workflow_id, if_version)
    row = WorkflowExecution
    executed = select(row.id).where(row.tenant_id == key.tenant_id, row.workflow_id == workflow.id).limit(1)
    if work.session.scalar(executed) is not None:
        raise WorkflowInUse(name=workflow.name)
    audit.record(work, key.tenant_id, WORKFLOW_DELETED, workflow.id, before=_audited(workflow))
    work.session.delete(workflow)
    work.session.flush()


def versions_of(workflow: Workflow) -> Select[WorkflowVersion]:
    """Return the query of a workflow's versions."""
    return select(WorkflowVersion).where(*_of_workflow(workflow))


def find_published(work: Work, workflow: Workflow) -> Mapping[str, Any] | None:
    """Return what is stored of the published version, or None if there is none."""
    if workflow.published_version is None:
        return None
    return get_version(work, workflow, workflow.published_version).definition


def get_version(work: Work, workflow: Workflow, number: int) -> WorkflowVersion:
    """Return the version of a number.

    Raises:
        WorkflowVersionNotFound: 404.
    """
    version = work.session.scalar(versions_of(workflow).where(WorkflowVersion.number == number))
    if version is None:
        raise WorkflowVersionNotFound
    return version


def _of_workflow(workflow: Workflow) -> tuple[Any, ...]:
    return (WorkflowVersion.tenant_id == workflow.tenant_id, WorkflowVersion.workflow_id == workflow.id)


def _audited(workflow: Workflow) -> dict[str, Any]:
    """Return what the audit log says of a workflow; a version's row has its steps."""
    draft = find_definition(workflow.draft)
    return {
        "name": workflow.name,
        "description": workflow.description,
        "is_enabled": workflow.is_enabled,
        "published_version": workflow.published_version,
        "steps": [step.name for step in draft.steps] if draft else [],
    }


def _check_name_is_free(work: Work, key: FeedKey, name: str, own_id: str = "") -> None:
    """Check that no other workflow of the event has this name, whatever letters are capital.

    Raises:
        WorkflowExists: 409.
    """
    others = select(Workflow.id).where(
        Workflow.tenant_id == key.tenant_id,
        Workflow.event_id == key.event_id,
        Workflow.folded_name == name_key(name),
        Workflow.id != own_id,
    )
    if work.session.scalar(others) is not None:
        raise WorkflowExists(name=name)


def _flush(work: Work, workflow: Workflow) -> None:
    with refuse_doubles(WorkflowExists(name=workflow.name)):
        work.session.flush()

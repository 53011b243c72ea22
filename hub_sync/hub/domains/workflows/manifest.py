"""The manifest of workflows: the steps that a registration passes through, on parallel branches and with deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows import execution_manifest, sla_manifest
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

WORKFLOWS_READ = Permission("workflows:read", N_("View"), (Role.VIEWER,))


class ExecutionStatus(StrEnum):
    """The status of a participant's execution of a workflow."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class BranchStatus(StrEnum):
    """The status of a branch of an execution: the root branch, or one of a fork."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    BYPASSED = "BYPASSED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"


class TaskDecision(StrEnum):
    """A decision about a task. Nobody decides TIMED_OUT: the step's deadline passed, and its rule goes on without an answer."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    BYPASS = "BYPASS"
    RETURN = "RETURN"
    TIMED_OUT = "TIMED_OUT"


_PARTICIPANT: Mapping[str, Any] = {
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "registration_code": "K7QTM-4XW9H",
    "category": "visitor",
}
_STEP: Mapping[str, Any] = {
    "workflow_id": "01976b2e-5c21-70d3-9b52-6c1d8e4f7a20",
    "step": "Document review",
}
_CLOCK: Mapping[str, Any] = {
    "execution_id": "01976b2e-5c22-7e0a-8c11-2d4f6a8b0c1e",
    "clock_id": "01976b2e-5c23-7b1f-9a02-3e5f7b9c1d2f",
}


@dataclass(frozen=True, kw_only=True)
class WorkflowEvent(DomainEvent):
    """The base of workflows' domain events: the participant and the workflow of an execution."""

    entity: ClassVar[str] = "participant"
    permissions_to_read: ClassVar[tuple[str, ...]] = (PARTICIPANTS_READ,)
    id_member: ClassVar[str] = "participant_id"
    registration_code: str
    category: str
    workflow_id: str


@dataclass(frozen=True, kw_only=True)
class ParticipantBypassed(WorkflowEvent):
    """A step was skipped for a participant."""

    label: ClassVar[str] = N_("A step was skipped for a participant.")
    event_type: ClassVar[str] = "participant.bypassed"
    example: ClassVar[Mapping[str, Any]] = {**_PARTICIPANT, **_STEP, "reason": "Checked by telephone"}
    step: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SlaWarned(WorkflowEvent):
    """A step will be late soon."""

    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A step will be late soon.")
    event_type: ClassVar[str] = "sla.warning"
    example: ClassVar[Mapping[str, Any]] = {
        **_PARTICIPANT,
        **_STEP,
        **_CLOCK,
        "due_at": "2026-06-10T12:00:00.000Z",
    }
    execution_id: str
    clock_id: str
    step: str
    due_at: str


@dataclass(frozen=True, kw_only=True)
class SlaBreached(WorkflowEvent):
    """A step is late."""

    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A step is late.")
    event_type: ClassVar[str] = "sla.breached"
    example: ClassVar[Mapping[str, Any]] = {
        **_PARTICIPANT,
        **_STEP,
        **_CLOCK,
        "due_at": "2026-06-10T09:00:00.000Z",
    }
    execution_id: str
    clock_id: str
    step: str
    due_at: str


@dataclass(frozen=True, kw_only=True)
class WorkflowNoticeDue(DomainEvent):
    """The message of a step is due; the listener of messages sends it."""

    entity: ClassVar[str] = "participant"
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("The message of a step is due.")
    template_id: str
    execution_id: str
    step: str


@dataclass(frozen=True, kw_only=True)
class WorkflowParticipantChanged(DomainEvent):
    """A participant who is in a workflow was changed, cancelled, deleted or merged into another; a listener looks at it."""

    entity: ClassVar[str] = "participant"
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A participant who is in a workflow changed.")


@dataclass(frozen=True, kw_only=True)
class WorkflowStartsDue(DomainEvent):
    """Workflows are due for a part of an import's registrations; `position` is the last item of the part before."""

    entity: ClassVar[str] = "event"
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("Workflows are due for registrations of an import.")
    operation: str
    position: int


@dataclass(frozen=True, kw_only=True)
class WorkflowEndsDue(DomainEvent):
    """Workflows of an event that is gone are to be ended; `reason` is an `definition.history.EndReason`."""

    entity: ClassVar[str] = "event"
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("Workflows of an event end with it.")
    reason: str


@dataclass(frozen=True, kw_only=True)
class WorkflowCompleted(WorkflowEvent):
    """A participant completed the last step of a workflow."""

    label: ClassVar[str] = N_("A participant completed the last step of a workflow.")
    event_type: ClassVar[str] = "workflow.completed"
    example: ClassVar[Mapping[str, Any]] = {
        **_PARTICIPANT,
        "workflow_id": _STEP["workflow_id"],
        "outcome": "APPROVED",
    }
    outcome: str


MANIFEST = DomainManifest(
    name="workflows",
    permissions=(
        PermissionGroup("workflows", N_("Workflows"), (WORKFLOWS_READ, WORKFLOWS_DECIDE, WORKFLOWS_MANAGE)),
    ),
    navigation=(*execution_manifest.NAVIGATION, *sla_manifest.NAVIGATION),
    openapi_tags=(
        OpenApiTag("workflows", "The steps that a registration passes through."),
        *execution_manifest.OPENAPI_TAGS,
        *sla_manifest.OPENAPI_TAGS,
    ),
    entities=(*execution_manifest.ENTITIES, *sla_manifest.ENTITIES),
    audit_actions=(*execution_manifest.AUDIT_ACTIONS, *sla_manifest.AUDIT_ACTIONS),
    domain_events=(
        SlaWarned,
        SlaBreached,
        ParticipantBypassed,
        WorkflowCompleted,
        WorkflowNoticeDue,
        WorkflowParticipantChanged,
        WorkflowStartsDue,
        WorkflowEndsDue,
    ),
    webhook_groups=(("sla", N_("Deadlines")), ("workflow", N_("Workflows"))),
)

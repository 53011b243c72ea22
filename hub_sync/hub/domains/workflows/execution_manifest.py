"""The part of workflows' manifest that is about executions and tasks: their words, audit actions and permissions."""

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import NavigationEntry, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, Role

WORKFLOWS_DECIDE = Permission("workflows:decide", N_("Decide tasks"), (Role.OPERATOR,))

EXECUTION_STATUSES: dict[str, str] = {
    "ACTIVE": N_("Running"),
    "COMPLETED": N_("Completed"),
    "REJECTED": N_("Rejected"),
    "CANCELLED": N_("Cancelled"),
}
EXECUTION_TONES = {"ACTIVE": "info", "COMPLETED": "good", "REJECTED": "bad", "CANCELLED": "quiet"}
BRANCH_STATUSES: dict[str, str] = {
    "PENDING": N_("Pending"),
    "ACTIVE": N_("Running"),
    "COMPLETED": N_("Completed"),
    "REJECTED": N_("Rejected"),
    "BYPASSED": N_("Skipped"),
    "TIMED_OUT": N_("Timed out"),
    "CANCELLED": N_("Cancelled"),
}
DECISIONS: dict[str, str] = {
    "APPROVE": N_("Approved"),
    "REJECT": N_("Rejected"),
    "BYPASS": N_("Skipped"),
    "RETURN": N_("Sent back"),
    "TIMED_OUT": N_("Timed out"),
}
DONE: dict[str, str] = {"COLLECT": N_("Filled in"), "PRINT": N_("Printed")}
"""The words for APPROVE at steps where nobody is asked for a yes."""
START_TRIGGERS: dict[str, str] = {
    "REGISTRATION": N_("Registration"),
    "IMPORT": N_("Import"),
    "REST": N_("REST"),
    "MANUAL": N_("By hand"),
}


def decision_word(decision: str | None, step_type: str | None) -> str:
    """Return the word for a decision about a step, to be translated; empty: there is none."""
    if decision is None:
        return ""
    return DONE[step_type] if decision == "APPROVE" and step_type in DONE else DECISIONS.get(decision, "")


WORKFLOW = Entity(
    "workflow",
    N_("Workflow"),
    fields={
        "name": N_("Name"),
        "description": N_("Description"),
        "is_enabled": N_("Switched on"),
        "published_version": N_("Published version"),
        "draft": N_("Draft"),
        "steps": N_("Steps"),
        "definition": N_("Steps"),
    },
)
WORKFLOW_CREATED = AuditAction(WORKFLOW, "create", N_("Created"))
WORKFLOW_UPDATED = AuditAction(WORKFLOW, "update", N_("Changed"))
WORKFLOW_PUBLISHED = AuditAction(WORKFLOW, "publish", N_("Published"))
WORKFLOW_DELETED = AuditAction(WORKFLOW, "delete", N_("Deleted"))
DELEGATION = Entity(
    "workflow_delegation",
    N_("Delegation"),
    fields={
        "user_id": N_("User"),
        "delegate_id": N_("Delegate"),
        "starts_at": N_("Starts"),
        "ends_at": N_("Ends"),
        "reason": N_("Reason"),
    },
)
DELEGATION_CREATED = AuditAction(DELEGATION, "create", N_("Created"))
DELEGATION_DELETED = AuditAction(DELEGATION, "delete", N_("Deleted"))
EXECUTION = Entity(
    "workflow_execution",
    N_("Workflow of a participant"),
    fields={
        "workflow_id": N_("Workflow"),
        "participant_id": N_("Participant"),
        "trigger": N_("Started by"),
        "reason": N_("Reason"),
    },
    values={"trigger": START_TRIGGERS},
    personal=frozenset(("participant_id", "reason")),
    read_permission=PARTICIPANTS_READ,
)
TASK = Entity(
    "workflow_task",
    N_("Task"),
    fields={
        "decision": N_("Decision"),
        "reason": N_("Reason"),
        "step": N_("Step"),
        "in_place_of": N_("In place of"),
    },
    values={"decision": DECISIONS},
    personal=frozenset(("reason",)),
    read_permission=PARTICIPANTS_READ,
)
EXECUTION_STARTED = AuditAction(EXECUTION, "start", N_("Started"))
EXECUTION_CANCELLED = AuditAction(EXECUTION, "cancel", N_("Cancelled"))
TASK_DECIDED = AuditAction(TASK, "decide", N_("Decided"))
TASK_TAKEN_BACK = AuditAction(TASK, "take_back", N_("Decision taken back"))
TASK_APPLIED = AuditAction(TASK, "apply", N_("Decision takes effect at once"))
ENTITIES = (WORKFLOW, EXECUTION, TASK, DELEGATION)
AUDIT_ACTIONS = (
    WORKFLOW_CREATED,
    WORKFLOW_UPDATED,
    WORKFLOW_PUBLISHED,
    WORKFLOW_DELETED,
    EXECUTION_STARTED,
    EXECUTION_CANCELLED,
    TASK_DECIDED,
    TASK_TAKEN_BACK,
    TASK_APPLIED,
    DELEGATION_CREATED,
    DELEGATION_DELETED,
)
OPENAPI_TAGS = (
    OpenApiTag(
        "workflow-executions",
        "Workflows of participants: where each stands, for whom it waits, and all that happened.",
        title="Executions of workflows",
    ),
    OpenApiTag(
        "workflow-tasks", "Tasks of people, their inboxes, and decisions.", title="Tasks of workflows"
    ),
    OpenApiTag(
        "workflow-delegations",
        "Who decides in whose place while somebody is away.",
        title="Delegations of tasks",
    ),
)
NAVIGATION = (
    NavigationEntry(
        group="event",
        label=N_("My tasks"),
        path="/tasks",
        order=26,
        permissions=WORKFLOWS_DECIDE,
        icon="tick",
        counter="own_tasks",
    ),
    NavigationEntry(
        group="event",
        label=N_("Workflows"),
        path="/events/{event_id}/workflows",
        order=25,
        permissions="workflows:read",
        icon="swap",
        covers=(
            "/events/{event_id}/workflow-executions",
            "/events/{event_id}/workflow-tasks",
            "/events/{event_id}/sla-clocks",
        ),
    ),
)

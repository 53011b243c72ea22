"""The part of workflows' manifest that is about executions and tasks: their words, audit actions and permissions."""

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, Role

WORKFLOWS_DECIDE = Permission("workflows:decide", N_("Decide tasks"), (Role.OPERATOR,))

EXECUTION_STATUSES: dict[str, str] = {
    "ACTIVE": N_("Running"),
    "COMPLETED": N_("Completed"),
    "REJECTED": N_("Rejected"),
    "CANCELLED": N_("Cancelled"),
}
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
START_TRIGGERS: dict[str, str] = {
    "REGISTRATION": N_("Registration"),
    "IMPORT": N_("Import"),
    "REST": N_("REST"),
    "MANUAL": N_("By hand"),
}
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
    personal=frozenset(("participant_id",)),
    read_permission=PARTICIPANTS_READ,
)
TASK = Entity(
    "workflow_task",
    N_("Task"),
    fields={"decision": N_("Decision"), "reason": N_("Reason"), "step": N_("Step")},
    values={"decision": DECISIONS},
)
EXECUTION_STARTED = AuditAction(EXECUTION, "start", N_("Started"))
EXECUTION_CANCELLED = AuditAction(EXECUTION, "cancel", N_("Cancelled"))
TASK_DECIDED = AuditAction(TASK, "decide", N_("Decided"))
TASK_TAKEN_BACK = AuditAction(TASK, "take_back", N_("Decision taken back"))
TASK_APPLIED = AuditAction(TASK, "apply", N_("Decision takes effect at once"))
ENTITIES = (EXECUTION, TASK)
AUDIT_ACTIONS = (EXECUTION_STARTED, EXECUTION_CANCELLED, TASK_DECIDED, TASK_TAKEN_BACK, TASK_APPLIED)

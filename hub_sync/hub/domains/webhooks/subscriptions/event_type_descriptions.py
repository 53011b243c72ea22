"""When a message of each event type is sent, in words for whoever chooses among them."""

from hub_sync.hub.console import N_

DESCRIPTIONS: dict[str, str] = {
    "participant.approved": N_("A participant was approved."),
    "participant.rejected": N_("A participant was rejected."),
    "participant.bypassed": N_("A step was skipped for a participant."),
    "participant.status_changed": N_("The status of a participant changed, in whatever way."),
    "sla.warning": N_("A step will be late soon."),
    "sla.breached": N_("A step is late."),
    "workflow.completed": N_("A participant has passed the last step of a workflow."),
    "scan.accepted": N_("A station let somebody in or out."),
    "scan.rejected": N_("A station turned somebody away."),
    "bulk_operation.completed": N_("A bulk operation has ended, of however many participants."),
}

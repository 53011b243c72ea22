"""The catalogue of ten webhook event types. `test.ping` stands outside it."""

EVENT_TYPES: dict[str, tuple[str, ...]] = {
    "participant": (
        "participant.approved",
        "participant.rejected",
        "participant.bypassed",
        "participant.status_changed",
    ),
    "sla": ("sla.warning", "sla.breached"),
    "workflow": ("workflow.completed",),
    "scan": ("scan.accepted", "scan.rejected"),
    "bulk_operation": ("bulk_operation.completed",),
}
TEST_PING = "test.ping"

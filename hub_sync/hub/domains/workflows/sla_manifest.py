"""The part of the manifest of workflows about deadlines: business hours and clocks."""

from enum import StrEnum

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import NavigationEntry, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission

WORKFLOWS_MANAGE = Permission("workflows:manage", N_("Manage"))


class ClockState(StrEnum):
    """The state of the clock of a task or a join."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    BREACHED = "BREACHED"
    """It is late, and still open."""
    MET = "MET"
    """It was done in time."""
    LATE = "LATE"
    """It was done after its due time."""
    CANCELLED = "CANCELLED"


CLOCK_STATES: dict[str, str] = {
    ClockState.RUNNING: N_("Running"),
    ClockState.PAUSED: N_("Paused"),
    ClockState.BREACHED: N_("Late"),
    ClockState.MET: N_("Done in time"),
    ClockState.LATE: N_("Done late"),
    ClockState.CANCELLED: N_("Cancelled"),
}

BUSINESS_CALENDAR = Entity(
    "business_calendar",
    N_("Business hours"),
    page="/settings/business-hours/{calendar_id}/edit",
    fields={
        "name": N_("Name"),
        "time_zone": N_("Time zone"),
        "monday": N_("Monday"),
        "tuesday": N_("Tuesday"),
        "wednesday": N_("Wednesday"),
        "thursday": N_("Thursday"),
        "friday": N_("Friday"),
        "saturday": N_("Saturday"),
        "sunday": N_("Sunday"),
        "hours": N_("Opening hours"),
        "holidays": N_("Holidays"),
        "number": N_("Number"),
        "deleted_at": N_("Deleted"),
    },
)
BUSINESS_CALENDAR_CREATED = AuditAction(BUSINESS_CALENDAR, "create", N_("Created"))
BUSINESS_CALENDAR_UPDATED = AuditAction(BUSINESS_CALENDAR, "update", N_("Changed"))
BUSINESS_CALENDAR_DELETED = AuditAction(BUSINESS_CALENDAR, "delete", N_("Deleted"))

SLA_CLOCK = Entity(
    "sla_clock",
    N_("Deadline"),
    fields={
        "event_id": N_("Event"),
        "state": N_("Status"),
        "target_minutes": N_("Minutes"),
        "warn_percent": N_("Warning after, in percent"),
        "calendar_version_id": N_("Business hours"),
        "due_at": N_("Due"),
        "reason": N_("Reason"),
    },
    values={"state": CLOCK_STATES},
)
SLA_CLOCK_PAUSED = AuditAction(SLA_CLOCK, "pause", N_("Paused"))
SLA_CLOCK_RESUMED = AuditAction(SLA_CLOCK, "resume", N_("Resumed"))
SLA_CLOCK_RETARGETED = AuditAction(SLA_CLOCK, "retarget", N_("Deadline changed"))

ENTITIES = (BUSINESS_CALENDAR, SLA_CLOCK)
AUDIT_ACTIONS = (
    BUSINESS_CALENDAR_CREATED,
    BUSINESS_CALENDAR_UPDATED,
    BUSINESS_CALENDAR_DELETED,
    SLA_CLOCK_PAUSED,
    SLA_CLOCK_RESUMED,
    SLA_CLOCK_RETARGETED,
)
OPENAPI_TAGS = (
    OpenApiTag("business-calendars", "The hours in which the time of a step counts.", title="Business hours"),
    OpenApiTag("sla-clocks", "Deadlines of steps, and their sums line by line.", title="Deadlines"),
)
NAVIGATION = (
    NavigationEntry(
        group="settings",
        label=N_("Business hours"),
        path="/settings/business-hours",
        order=17,
        permissions=WORKFLOWS_MANAGE,
        icon="calendar",
    ),
)

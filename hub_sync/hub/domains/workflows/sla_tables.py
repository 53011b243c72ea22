"""The tables of deadlines: business calendars with their frozen versions, and SLA clocks."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.domains.workflows.definition.model import OnTimeout, Reopening
from hub_sync.hub.domains.workflows.sla_manifest import BUSINESS_CALENDAR, ClockState
from hub_sync.hub.kit.db.name_column import UniquelyNamed
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames

_KEY = String(64)
_WAITING = text("next_at IS NOT NULL")
_PRESENT = text("deleted_at IS NULL")


class BusinessCalendar(UniquelyNamed, Searchable, TenantRow, Base):
    """A tenant's business hours, as they are now. A deleted one still serves clocks and workflows that run."""

    __tablename__ = "business_calendars"
    __searched_by__ = ("name",)
    __table_args__ = (
        Index(
            "uq_business_calendars_folded_name",
            "tenant_id",
            "folded_name",
            unique=True,
            sqlite_where=_PRESENT,
            postgresql_where=_PRESENT,
        ),
    )
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """None: that of the event."""
    hours: Mapped[dict[str, Any]]
    """`calendars.schemas.WeekHours` as JSON."""
    holidays: Mapped[list[Any]]
    """`calendars.schemas.Holiday` as JSON, in order."""
    number: Mapped[int] = mapped_column(default=1)
    """Of the version that has these hours."""
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class BusinessCalendarVersion(TenantRow, Base):
    """The hours and holidays of a calendar. It is never changed: clocks keep the version that they started with."""

    __tablename__ = "business_calendar_versions"
    __table_args__ = (
        tenant_foreign_key("business_calendars", "calendar_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "calendar_id", "number", name="uq_business_calendar_versions_number"),
    )
    calendar_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    hours: Mapped[dict[str, Any]]
    holidays: Mapped[list[Any]]


class SlaClock(TenantRow, Base):
    """The clock of a task or a join. It warns once and breaches once, however often its step is opened again.

    Instants are UTC. `next_at` is what the sweep looks at: when the clock warns, breaches, or has its time-out carried out.
    """

    __tablename__ = "sla_clocks"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("workflow_executions", "execution_id", ondelete="CASCADE"),
        tenant_foreign_key("workflow_tasks", "task_id", ondelete="CASCADE"),
        tenant_foreign_key("workflow_joins", "join_id", ondelete="CASCADE"),
        tenant_foreign_key("business_calendar_versions", "calendar_version_id"),
        # The sweep looks at all tenants at once.
        Index("ix_sla_clocks_next", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_sla_clocks_execution", "tenant_id", "execution_id", "step_key"),
        Index("ix_sla_clocks_task", "tenant_id", "task_id"),
        Index("ix_sla_clocks_join", "tenant_id", "join_id"),
        Index("ix_sla_clocks_event", "tenant_id", "event_id", "state", "due_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    execution_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    task_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    join_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    step_key: Mapped[str] = mapped_column(_KEY)
    step_name: Mapped[str] = mapped_column(String(200))
    calendar_version_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """None: day and night count."""
    time_zone: Mapped[str] = mapped_column(String(64))
    """Of the calendar's hours: its own, or the event's when the clock was started."""
    target_minutes: Mapped[int]
    warn_percent: Mapped[int]
    on_timeout: Mapped[OnTimeout] = mapped_column(enum_column(OnTimeout))
    reopening: Mapped[Reopening] = mapped_column(enum_column(Reopening))
    state: Mapped[ClockState] = mapped_column(enum_column(ClockState), default=ClockState.RUNNING)
    started_at: Mapped[datetime]
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    """`clocks.pauses.Pause` as JSON, in order; the last one may still be open."""
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    warning_missed: Mapped[bool] = mapped_column(default=False)
    """It was due already when the warning would have come: only the breach was told."""
    breached_at: Mapped[datetime | None]
    timed_out_at: Mapped[datetime | None]
    """When `on_timeout` was carried out."""
    ended_at: Mapped[datetime | None]
    """When the step was done or cancelled."""
    version: Mapped[int] = mapped_column(default=1)


ENTITY_NAMES = (EntityNames(BUSINESS_CALENDAR, BusinessCalendar, (BusinessCalendar.name,)),)
REFERENCES = (
    Reference("business_calendar_versions.calendar_id", "business_calendars", Clone.DROP, Erase.ROW),
    Reference("sla_clocks.calendar_version_id", "business_calendar_versions", Clone.DROP, Erase.REFERENCE),
    Reference("sla_clocks.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("sla_clocks.execution_id", "workflow_executions", Clone.DROP, Erase.ROW),
    Reference("sla_clocks.join_id", "workflow_joins", Clone.DROP, Erase.ROW),
    Reference("sla_clocks.task_id", "workflow_tasks", Clone.DROP, Erase.ROW),
)

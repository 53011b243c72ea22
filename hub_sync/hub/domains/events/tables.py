"""The table of events. `Event` always means the gathering; see `DomainEvent` for things that happened."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.manifest import EVENT
from hub_sync.hub.kit.db.cloning import CopiedTable, Keep, Part, ShiftInstant, StartAnew
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import Base, TenantRow, enum_column
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.events.change_feed import FeedTracked, feed_index
from hub_sync.hub.kit.i18n import N_

DAY_BEGINS_AT = "04:00"
"""The local time at which a day of an event begins, unless the event has another."""


class Event(Searchable, FeedTracked, TenantRow, Base):
    """A gathering. `time_zone` is an IANA name and decides what "today" means at its gates.

    Without times of their own, the doors open as the event starts and close as it ends.
    """

    __feed_event__ = "id"
    __tablename__ = "events"
    __searched_by__ = ("name", "slug")
    __table_args__ = (
        feed_index("events", "id"),
        Index(
            "uq_events_slug",
            "tenant_id",
            "slug",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(  # for the default order of the list
            "ix_events_newest",
            "tenant_id",
            "created_at",
            "id",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
        CheckConstraint("starts_at < ends_at", name="dates"),
    )
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    doors_open_at: Mapped[datetime | None]
    doors_close_at: Mapped[datetime | None]
    day_begins_at: Mapped[str] = mapped_column(String(5), default=DAY_BEGINS_AT)
    everyone_leaves_at: Mapped[str | None] = mapped_column(String(5))
    time_zone: Mapped[str] = mapped_column(String(64))
    capacity: Mapped[int | None]
    status: Mapped[EventStatus] = mapped_column(enum_column(EventStatus), default=EventStatus.DRAFT)
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


ENTITY_NAMES = (EntityNames(EVENT, Event, (Event.name,)),)


EVENT_PART = Part("event", N_("Event"), order=0)
CLONING = (
    CopiedTable(
        "events",
        EVENT_PART,
        label=N_("Event"),
        names=("name",),
        columns={
            "starts_at": ShiftInstant(N_("Starts")),
            "ends_at": ShiftInstant(N_("Ends"), after="starts_at"),
            "doors_open_at": ShiftInstant(N_("Doors open")),
            "doors_close_at": ShiftInstant(N_("Doors close"), after="doors_open_at"),
            "day_begins_at": Keep(),
            "everyone_leaves_at": Keep(),
            "status": StartAnew(EventStatus.DRAFT),
            "deleted_at": StartAnew(),
            "version": StartAnew(1),
        },
    ),
)

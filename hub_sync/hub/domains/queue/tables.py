"""Queues, their tickets and the number blocks that stations lease."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import QueueStatus
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class Queue(TenantRow, Base):
    """A line of people at an event; hours are local `HH:MM` in the event's zone."""

    __tablename__ = "queues"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id", "name"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(120))
    letter: Mapped[str] = mapped_column(String(4))
    service_minutes: Mapped[int] = mapped_column(default=5)
    counters: Mapped[int] = mapped_column(default=1)
    opens_at: Mapped[str | None] = mapped_column(String(5))
    closes_at: Mapped[str | None] = mapped_column(String(5))
    max_no_shows: Mapped[int] = mapped_column(default=2)
    active: Mapped[bool] = mapped_column(default=True)


class QueueTicket(TenantRow, Base):
    """A place in a line. `number` is what is printed (lane letter and digits) and never changes."""

    __tablename__ = "queue_tickets"
    __table_args__ = (
        tenant_foreign_key("queues", "queue_id"),
        tenant_foreign_key("participants", "participant_id"),
        UniqueConstraint("tenant_id", "queue_id", "service_date", "number", name="uq_queue_tickets_number"),
        Index(
            "ix_queue_tickets_next",
            "tenant_id",
            "queue_id",
            "service_date",
            "status",
            "priority",
            "issued_at",
        ),
        CheckConstraint("recalls >= 0", name="recalls"),
    )
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    service_date: Mapped[date] = mapped_column(Date)
    number: Mapped[str] = mapped_column(String(16))
    lane: Mapped[str] = mapped_column(String(8), default="")
    priority: Mapped[int] = mapped_column(default=0)
    status: Mapped[QueueStatus] = mapped_column(enum_column(QueueStatus), default=QueueStatus.WAITING)
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    issued_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    counter: Mapped[str | None] = mapped_column(String(32))
    recalls: Mapped[int] = mapped_column(default=0)
    no_shows: Mapped[int] = mapped_column(default=0)
    transferred_from: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    leased_until: Mapped[datetime | None]


class QueueNumberBlock(TenantRow, Base):
    """A run of numbers that the hub leased to a station for a day."""

    __tablename__ = "queue_number_blocks"
    __table_args__ = (
        tenant_foreign_key("queues", "queue_id"),
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint(
            "tenant_id", "queue_id", "service_date", "first", name="uq_queue_number_blocks_first"
        ),
        CheckConstraint("first <= last", name="order"),
    )
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    service_date: Mapped[date] = mapped_column(Date)
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    first: Mapped[int]
    last: Mapped[int]

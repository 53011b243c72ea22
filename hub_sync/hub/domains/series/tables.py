"""Event series, their editions, and the cloning of an event."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import CloneStatus
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_

DEFAULT_NAME_PATTERN = "{name} {number}"
"""The names of editions, unless a series has another pattern."""


class SeriesOperationKind(StrEnum):
    """An act on many editions at once."""

    RECURRENCE = "RECURRENCE"
    """Editions were made by a recurrence."""
    CHANGE = "CHANGE"
    """Editions were changed, with a scope."""


class SeriesOperationStatus(StrEnum):
    """Life of an act on many editions at once."""

    PLANNED = "PLANNED"
    """It is stored; nothing was done yet."""
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    """It can't go on by itself; the row says why."""
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class SeriesItemStatus(StrEnum):
    """State of one edition of an operation, as `state` of its result; a result of older hubs has none and is DONE."""

    PENDING = "PENDING"
    DONE = "DONE"
    UNDONE = "UNDONE"
    LEFT = "LEFT"
    """It was not done, and won't be: the operation was taken back, or the edition is gone."""


ACTIVE = (
    SeriesOperationStatus.PLANNED,
    SeriesOperationStatus.RUNNING,
    SeriesOperationStatus.UNDOING,
)
"""The states in which a job has something to do."""
_ACTIVE = text("status IN ('PLANNED', 'RUNNING', 'UNDOING')")


class EventSeries(TenantRow, Base):
    """A gathering that comes again. Deleting one deletes its row and its editions; their events stay."""

    __tablename__ = "event_series"
    __table_args__ = (
        UniqueConstraint("tenant_id", "slug"),
        CheckConstraint("next_number > 0", name="next_number"),
    )
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    """What visitors read on the public page."""
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    """The zone in which its recurrences count days and hours."""
    name_pattern: Mapped[str] = mapped_column(
        String(200), default=DEFAULT_NAME_PATTERN, server_default=DEFAULT_NAME_PATTERN
    )
    is_public: Mapped[bool] = mapped_column(default=False, server_default="0")
    """True: it has a page that anybody may read."""
    next_number: Mapped[int] = mapped_column(default=1, server_default="1")
    """The number of the next edition that gets none by hand; above all that were ever used."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class EventEdition(TenantRow, Base):
    """One event of a series, numbered. The row of a deleted event stays, so that its number is not given again by itself."""

    __tablename__ = "event_editions"
    __table_args__ = (
        tenant_foreign_key("event_series", "series_id"),
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "series_id", "number", name="uq_event_editions_number"),
        UniqueConstraint("tenant_id", "event_id", name="uq_event_editions_event"),
        CheckConstraint("number > 0", name="number"),
    )
    series_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    occurs_on: Mapped[str | None] = mapped_column(String(10))
    """The ISO day of the recurrence that made it; None: it was added by hand."""
    operation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The operation that made it; None: it was added by hand."""
    baseline: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """The fields that a scope can change, as the series has set them: what differs by now was changed by hand."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class SeriesOperation(TenantRow, Base):
    """An act on many editions at once, with what is needed to take it back."""

    __tablename__ = "series_operations"
    __table_args__ = (
        tenant_foreign_key("event_series", "series_id"),
        tenant_foreign_key("events", "source_event_id"),
        Index("ix_series_operations_series", "tenant_id", "series_id", "created_at"),
        Index(
            "ix_series_operations_active",
            "tenant_id",
            "series_id",
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        CheckConstraint("part_size > 0", name="part_size"),
    )
    series_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    source_event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The event that was copied, or from which a change began."""
    kind: Mapped[SeriesOperationKind] = mapped_column(enum_column(SeriesOperationKind))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was asked for."""
    results: Mapped[list[dict[str, Any]]] = mapped_column(json_type(), default=list)
    """What becomes of each edition, in order; `state` is a `SeriesItemStatus`."""
    status: Mapped[SeriesOperationStatus] = mapped_column(
        enum_column(SeriesOperationStatus), default=SeriesOperationStatus.PLANNED
    )
    part_size: Mapped[int] = mapped_column(default=10, server_default="10")
    """The number of editions that one transaction makes or changes."""
    source_digest: Mapped[str | None] = mapped_column(String(64))
    """That of all that is copied, as the plan had it."""
    requested_by: Mapped[str] = mapped_column(String(200))
    """Who does it: whoever began it, or made it go on."""
    owner: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """`user:ID` or `key:ID`, whose rights are looked at while it runs; empty: whoever runs the hub."""
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(64))
    """The code of the error that stopped it."""
    error: Mapped[str | None] = mapped_column(String(500))
    problem: Mapped[dict[str, Any] | None]
    """The error's template and parameters, for a sentence in the reader's language."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))
    """Who took it back, or does so."""

    @property
    def total(self) -> int:
        """The number of its editions."""
        return len(self.results)

    @property
    def done(self) -> int:
        """The number of editions that are as it was asked for."""
        return sum(1 for result in self.results if state_of(result) is SeriesItemStatus.DONE)


def state_of(result: Mapping[str, Any]) -> SeriesItemStatus:
    """Return the state of a result of an operation."""
    return SeriesItemStatus(result.get("state", SeriesItemStatus.DONE))


class CloneOperation(TenantRow, Base):
    """The making of an event from another: what was asked, planned and done; COMPLETED, or FAILED with nothing made."""

    __tablename__ = "clone_operations"
    __table_args__ = (
        tenant_foreign_key("events", "source_event_id"),
        tenant_foreign_key("events", "target_event_id"),
        Index("ix_clone_operations_source", "tenant_id", "source_event_id"),
        Index("ix_clone_operations_target", "tenant_id", "target_event_id"),
    )
    source_event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    target_event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    id_map: Mapped[dict[str, Any]] = mapped_column(default=dict)
    warnings: Mapped[list[str]] = mapped_column(json_type(), default=list)
    status: Mapped[CloneStatus] = mapped_column(enum_column(CloneStatus), default=CloneStatus.PLANNED)
    requested_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(64))
    """The code of the error for which nothing was made."""
    error: Mapped[str | None] = mapped_column(String(500))
    problem: Mapped[dict[str, Any] | None]
    """The error's template and parameters, for a sentence in the reader's language."""
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """The numbers of rows, by table."""
    fingerprints: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Digests of the rows as they were made, `{table: {id: digest}}`: what differs at an undo was changed since."""
    target_before: Mapped[dict[str, Any] | None]
    """The event that was filled, as it was before; None: the event was made."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))


REFERENCES = (
    Reference("clone_operations.source_event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("clone_operations.target_event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("event_editions.event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("event_editions.series_id", "event_series", Clone.DROP, Erase.ROW),
    Reference("series_operations.series_id", "event_series", Clone.DROP, Erase.ROW),
    Reference("series_operations.source_event_id", "events", Clone.DROP, Erase.REFERENCE),
)


CLONING = (
    LeftOut(
        ("event_editions", "clone_operations", "series_operations"),
        N_("Place in a series"),
        N_("Whoever makes the copy an edition gives it a number."),
        in_empty=True,
    ),
)

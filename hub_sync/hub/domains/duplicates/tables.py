"""Pairs that may be one person, and merges."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_


class DuplicateRunState(StrEnum):
    """State of a run that looks for duplicates."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


_OPEN = text("state IN ('QUEUED', 'RUNNING')")


class DuplicateRun(TenantRow, Base):
    """A run over everybody at an event. One that was killed begins again, and stores no pair twice."""

    __tablename__ = "duplicate_runs"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index(
            "uq_duplicate_runs_open",
            "tenant_id",
            "event_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_duplicate_runs_event", "tenant_id", "event_id", "created_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    state: Mapped[DuplicateRunState] = mapped_column(
        enum_column(DuplicateRunState), default=DuplicateRunState.QUEUED
    )
    requested_by: Mapped[str] = mapped_column(String(200))
    people: Mapped[int] = mapped_column(default=0)
    compared: Mapped[int] = mapped_column(default=0)
    pairs: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    """Pairs that were not waiting for a decision before."""
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))


class DuplicateCandidate(TenantRow, Base):
    """A pair, each pair once (a < b); `explanation` scores field by field."""

    __tablename__ = "duplicate_candidates"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "a_id"),
        tenant_foreign_key("participants", "b_id"),
        UniqueConstraint("tenant_id", "a_id", "b_id"),
        Index("ix_duplicate_candidates_status", "tenant_id", "event_id", "status", "score"),
        Index("ix_duplicate_candidates_b", "tenant_id", "b_id"),
        CheckConstraint("a_id < b_id", name="order"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    a_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    b_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    score: Mapped[float] = mapped_column(Float)
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    data_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[DuplicateStatus] = mapped_column(
        enum_column(DuplicateStatus), default=DuplicateStatus.PENDING
    )
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]


class MergeHistory(TenantRow, Base):
    """A merge, with all that its undoing needs."""

    __tablename__ = "merge_histories"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "survivor_id"),
        tenant_foreign_key("participants", "loser_id"),
        tenant_foreign_key("duplicate_candidates", "candidate_id"),
        Index("ix_merge_histories_event", "tenant_id", "event_id", "id"),
        Index("ix_merge_histories_loser", "tenant_id", "loser_id"),
        Index("ix_merge_histories_survivor", "tenant_id", "survivor_id"),
        CheckConstraint("survivor_id <> loser_id", name="two"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    candidate_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    survivor_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    loser_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    survivor_before: Mapped[dict[str, Any]]
    loser_before: Mapped[dict[str, Any]]
    survivor_after: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """The survivor's fields as the merge made them: what differs at an undo was edited since."""
    moved_rows: Mapped[dict[str, Any]] = mapped_column(default=dict)
    merged_by: Mapped[str] = mapped_column(String(200))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))


REFERENCES = (
    Reference("duplicate_candidates.a_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH),
    Reference("duplicate_candidates.b_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH),
    Reference("duplicate_candidates.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("duplicate_runs.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("merge_histories.candidate_id", "duplicate_candidates", Clone.DROP, Erase.REFERENCE),
    Reference("merge_histories.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("merge_histories.loser_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH),
    Reference("merge_histories.survivor_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH),
)


CLONING = (
    LeftOut(
        ("duplicate_candidates", "duplicate_runs", "merge_histories"),
        N_("Duplicates and merges"),
        N_("They are about people of the other event."),
    ),
)

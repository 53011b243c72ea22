"""Pairs that may be one person, and merges."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class DuplicateCandidate(TenantRow, Base):
    """A pair, each pair once (a < b); `explanation` scores field by field."""

    __tablename__ = "duplicate_candidates"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "a_id"),
        tenant_foreign_key("participants", "b_id"),
        UniqueConstraint("tenant_id", "a_id", "b_id"),
        Index("ix_duplicate_candidates_status", "tenant_id", "event_id", "status", "score"),
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
        Index("ix_merge_histories_loser", "tenant_id", "loser_id"),
        CheckConstraint("survivor_id <> loser_id", name="two"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    candidate_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    survivor_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    loser_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    survivor_before: Mapped[dict[str, Any]]
    loser_before: Mapped[dict[str, Any]]
    moved_rows: Mapped[dict[str, Any]] = mapped_column(default=dict)
    merged_by: Mapped[str] = mapped_column(String(200))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(200))

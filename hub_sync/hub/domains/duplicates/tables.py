"""Pairs that may be one person, merges, and the blacklist."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class BlacklistKind(StrEnum):
    """What a blacklist entry is matched against."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    DOCUMENT = "document"
    DOMAIN = "domain"


class BlacklistMatch(StrEnum):
    """How it is matched; FUZZY only flags."""

    EXACT = "EXACT"
    FUZZY = "FUZZY"
    DOMAIN = "DOMAIN"


class BlacklistAction(StrEnum):
    """What a match does."""

    FLAG = "FLAG"
    BLOCK = "BLOCK"


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


class Blacklist(TenantRow, Base):
    """Someone to look twice at, or not to let in; `value` is normalised, or hashed where it must not be read."""

    __tablename__ = "blacklist_entries"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index("ix_blacklist_entries_value", "tenant_id", "kind", "value"),
        CheckConstraint("match <> 'FUZZY' OR action = 'FLAG'", name="fuzzy_only_flags"),
    )
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    kind: Mapped[BlacklistKind] = mapped_column(enum_column(BlacklistKind))
    value: Mapped[str] = mapped_column(String(320))
    value_hashed: Mapped[bool] = mapped_column(default=False)
    match: Mapped[BlacklistMatch] = mapped_column(enum_column(BlacklistMatch), default=BlacklistMatch.EXACT)
    action: Mapped[BlacklistAction] = mapped_column(
        enum_column(BlacklistAction), default=BlacklistAction.BLOCK
    )
    reason: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(200))

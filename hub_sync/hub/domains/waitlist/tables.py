"""The waitlist and the offers made from it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import WaitlistPriority, WaitlistStatus
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class PromotionOutcome(StrEnum):
    """What became of an offer."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class WaitlistEntry(TenantRow, Base):
    """A participant's place; its position is derived (priority, then age)."""

    __tablename__ = "waitlist_entries"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "participant_id"),
        UniqueConstraint("tenant_id", "participant_id"),
        Index("ix_waitlist_entries_next", "tenant_id", "event_id", "status", "priority_rank", "joined_at"),
        CheckConstraint("party_size >= 1", name="party_size"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    priority: Mapped[WaitlistPriority] = mapped_column(
        enum_column(WaitlistPriority), default=WaitlistPriority.NORMAL
    )
    priority_rank: Mapped[int] = mapped_column(default=0)
    party_size: Mapped[int] = mapped_column(default=1)
    status: Mapped[WaitlistStatus] = mapped_column(
        enum_column(WaitlistStatus), default=WaitlistStatus.WAITING
    )
    joined_at: Mapped[datetime]


class WaitlistPromotion(TenantRow, Base):
    """An offer with seats held until a time; of its token only the SHA-256 is kept."""

    __tablename__ = "waitlist_promotions"
    __table_args__ = (
        tenant_foreign_key("waitlist_entries", "entry_id"),
        UniqueConstraint("tenant_id", "token_hash"),
        Index("ix_waitlist_promotions_by_token", "token_hash"),
        Index("ix_waitlist_promotions_due", "tenant_id", "outcome", "hold_until"),
    )
    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    token_hash: Mapped[str] = mapped_column(String(64))
    hold_until: Mapped[datetime]
    seats: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[PromotionOutcome] = mapped_column(
        enum_column(PromotionOutcome), default=PromotionOutcome.OPEN
    )
    decided_at: Mapped[datetime | None]


REFERENCES = (
    Reference("waitlist_entries.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("waitlist_entries.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("waitlist_promotions.entry_id", "waitlist_entries", Clone.DROP, Erase.ROW),
)

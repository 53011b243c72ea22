"""The blacklist: people to look twice at, or not to let in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

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

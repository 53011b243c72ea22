"""The answers that are remembered for callers who ask twice (`kit.idempotency`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.tables import Base, TenantRow


class IdempotentAnswer(TenantRow, Base):
    """An answer that was given. `name` is the SHA-256 of caller, method, path and Idempotency-Key."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("ix_idempotent_answers_expiry", "expires_at"),
    )
    name: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the body: the same key with another body is a mistake of the caller's."""
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]

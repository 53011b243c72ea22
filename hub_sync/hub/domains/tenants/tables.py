"""Tenants and their ticket keys."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, Timestamped


class Tenant(Timestamped, Base):
    """An organiser. Its `id` is the `tenant_id` of every other table."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))


class QrKey(TenantRow, Base):
    """A ticket key, sealed at rest (`kit.security.encryption`); good from `not_before` until `not_after`."""

    __tablename__ = "qr_keys"
    __table_args__ = (UniqueConstraint("tenant_id", "kid"),)
    kid: Mapped[str] = mapped_column(String(64))
    sealed_material: Mapped[bytes] = mapped_column(LargeBinary)
    algorithm: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(16))
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime | None]

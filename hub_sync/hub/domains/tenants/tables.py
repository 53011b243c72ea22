"""Tenants and their ticket keys."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import QrFormat
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, Timestamped, enum_column


class Tenant(Timestamped, Base):
    """An organiser. Its `id` is the `tenant_id` of every other table. `qr_format` is that of the tickets it issues."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    qr_format: Mapped[QrFormat] = mapped_column(enum_column(QrFormat, constraint=False), default=QrFormat.V1)


class QrKey(TenantRow, Base):
    """A ticket key, encrypted at rest (`kit.security.encryption`); valid from `not_before` until `not_after`.

    `sealed_material` is an AES key, or the seed of an Ed25519 key.
    """

    __tablename__ = "qr_keys"
    __table_args__ = (UniqueConstraint("tenant_id", "kid"),)
    kid: Mapped[str] = mapped_column(String(64))
    sealed_material: Mapped[bytes] = mapped_column(LargeBinary)
    algorithm: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(16))
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    replaced_by: Mapped[str | None] = mapped_column(String(64))
    """The kid of the key at whose arrival at all stations this one ends; None: it does not end like that."""

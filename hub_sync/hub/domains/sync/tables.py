"""Tables of sync: the journals of stations, and quarantined rows."""

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, tenant_foreign_key


class DeviceJournal(TenantRow, Base):
    """The acknowledged prefix of a journal: up to `sequence`, whose row has the hash `head`."""

    __tablename__ = "device_journals"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint("tenant_id", "device_id", "journal_id"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    journal_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    head: Mapped[str] = mapped_column(String(64), default="")


class QuarantinedScan(TenantRow, Base):
    """A journal row that could not be stored as a scan, stored unchanged; the chain continues over its hash."""

    __tablename__ = "quarantined_scans"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint(
            "tenant_id", "device_id", "journal_id", "sequence", name="uq_quarantined_scans_sequence"
        ),
        Index("ix_quarantined_scans_created_at", "tenant_id", "created_at"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    journal_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(String(500))

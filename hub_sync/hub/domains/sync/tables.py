"""Tables of sync: the journals of stations, their seals and exact rows, and quarantined rows."""

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.seals import SealState
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_


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


class JournalSegment(TenantRow, Base):
    """The rows of one push, as the exact texts that were hashed (`seals.segments`). Never changed."""

    __tablename__ = "journal_segments"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint(
            "tenant_id", "device_id", "journal_id", "first_sequence", name="uq_journal_segments_first"
        ),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    journal_id: Mapped[str] = mapped_column(String(36))
    first_sequence: Mapped[int] = mapped_column(BigInteger)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class JournalSeal(TenantRow, Base):
    """A seal as a station sent it, and the result of the hub's check. Only `state` is ever changed: when rows that it waited for came."""

    __tablename__ = "journal_seals"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint("tenant_id", "device_id", "seal_hash", name="uq_journal_seals_hash"),
        Index("ix_journal_seals_chain", "tenant_id", "device_id", "chain", "number"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    chain: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(BigInteger)
    journal_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))
    sealed_at_ms: Mapped[int] = mapped_column(BigInteger)
    seal_hash: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(String(128))
    state: Mapped[SealState] = mapped_column(enum_column(SealState))
    position: Mapped[int] = mapped_column(BigInteger)
    """The order in which the hub recorded the station's seals."""


class HeardSeal(TenantRow, Base):
    """A seal of a station that another one has heard over the local network, and the result of the hub's check."""

    __tablename__ = "heard_seals"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint("tenant_id", "device_id", "witness_id", "seal_hash", name="uq_heard_seals_hash"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The station that sealed."""
    witness_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The station that heard it."""
    chain: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(BigInteger)
    journal_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))
    seal_hash: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(String(128))
    heard_at_ms: Mapped[int] = mapped_column(BigInteger)
    """By the clock of the station that heard it."""
    state: Mapped[SealState] = mapped_column(enum_column(SealState))


REFERENCES = (
    Reference("device_journals.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("heard_seals.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("journal_seals.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("journal_segments.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("quarantined_scans.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
)


CLONING = (
    LeftOut(
        ("device_journals", "heard_seals", "journal_seals", "journal_segments", "quarantined_scans"),
        N_("Journals of stations"),
        N_("They are the evidence of what stations did at the other event."),
    ),
)

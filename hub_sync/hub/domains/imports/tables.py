"""Imports that somebody prepares, with the file, its rows and what would become of each; and the mappings of columns used before."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_


class ImportStage(StrEnum):
    """The stage of an import: it waits for somebody."""

    READING = "READING"
    """Somebody has to choose the encoding."""
    MAPPING = "MAPPING"
    """Somebody has to say what the columns are."""
    PREVIEW = "PREVIEW"
    """Somebody has to look at it, and to start it."""
    STARTED = "STARTED"
    """It runs, or has run, as a bulk operation."""


class Import(TenantRow, Base):
    """One file, and all that somebody has decided about it. It outlives sessions, errors and the process."""

    __tablename__ = "imports"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index("ix_imports_event", "tenant_id", "event_id", "created_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entity: Mapped[str] = mapped_column(String(32))
    """What it imports: the name of an `Importable`."""
    file_name: Mapped[str] = mapped_column(String(200))
    file_size: Mapped[int]
    file_sha256: Mapped[str] = mapped_column(String(64))
    stage: Mapped[ImportStage] = mapped_column(enum_column(ImportStage))
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How the file was read: format, encoding, delimiter, sheet, sheets, rows, columns, numbers, notes, readings."""
    header_line: Mapped[int] = mapped_column(default=0)
    """The line of the columns' names; the rows are below it."""
    header: Mapped[list[str]] = mapped_column(default=list)
    """The names of the columns."""
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The field of each column, by the column's number from 0."""
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mends: Mapped[list[Any]] = mapped_column(default=list)
    summary: Mapped[dict[str, Any] | None]
    """The preview: counts, and problems by cause; None: none was made for this mapping yet."""
    operation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    requested_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ImportFile(TenantRow, Base):
    """A piece of an import's file, compressed: it may have to be read anew, with another encoding."""

    __tablename__ = "import_files"
    __table_args__ = (
        tenant_foreign_key("imports", "import_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "import_id", "position", name="uq_import_files_position"),
    )
    import_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    position: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportChunk(TenantRow, Base):
    """A thousand rows: `cells` as they were read, `plan` what would become of each; both are compressed JSON."""

    __tablename__ = "import_chunks"
    __table_args__ = (
        tenant_foreign_key("imports", "import_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "import_id", "position", name="uq_import_chunks_position"),
    )
    import_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    position: Mapped[int]
    first_line: Mapped[int]
    rows: Mapped[int]
    cells: Mapped[bytes] = mapped_column(LargeBinary)
    plan: Mapped[bytes | None] = mapped_column(LargeBinary)
    counts: Mapped[dict[str, Any] | None]
    """The number of rows by outcome."""


class ImportMapping(TenantRow, Base):
    """The mapping that was used for files with these names of columns: it is offered for the next one."""

    __tablename__ = "import_mappings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity", "signature", name="uq_import_mappings_signature"),
    )
    entity: Mapped[str] = mapped_column(String(32))
    signature: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the normalized names of the columns."""
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)


REFERENCES = (
    Reference("import_chunks.import_id", "imports", Clone.DROP, Erase.ROW),
    Reference("import_files.import_id", "imports", Clone.DROP, Erase.ROW),
    Reference("imports.event_id", "events", Clone.DROP, Erase.ROW),
)


CLONING = (
    LeftOut(
        ("imports", "import_files", "import_chunks"),
        N_("Imports"),
        N_("Their files hold people of the other event."),
    ),
)

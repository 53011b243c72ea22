"""Imports of participants, and their ids in other systems."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_HAS_EXTERNAL_ID = sa.text("external_id IS NOT NULL AND deleted_at IS NULL")
_STAGES = ("READING", "MAPPING", "PREVIEW", "STARTED")
_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def _json() -> Any:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _create(table: str, *parts: Any) -> None:
    """Create a tenant's table; what every such table has is added."""
    op.create_table(
        table,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        *parts,
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _part(table: str, *parts: Any) -> None:
    """Create a table of numbered parts of imports."""
    _create(
        table,
        sa.Column("import_id", _IDS, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        *parts,
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.id"],
            name=op.f(f"fk_{table}_import_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("tenant_id", "import_id", "position", name=op.f(f"uq_{table}_position")),
    )


def upgrade() -> None:
    """Upgrade the schema."""
    op.add_column("participants", sa.Column("external_id", sa.String(64)))
    op.create_index(
        "uq_participants_external_id",
        "participants",
        ["tenant_id", "event_id", "external_id"],
        unique=True,
        sqlite_where=_HAS_EXTERNAL_ID,
        postgresql_where=_HAS_EXTERNAL_ID,
    )
    stage = sa.Enum(*_STAGES, name="importstage", native_enum=False, create_constraint=True, length=32)
    _create(
        "imports",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_size", sa.Integer, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("stage", stage, nullable=False),
        sa.Column("reading", _json(), nullable=False),
        sa.Column("header_line", sa.Integer, nullable=False),
        sa.Column("header", _json(), nullable=False),
        sa.Column("mapping", _json(), nullable=False),
        sa.Column("options", _json(), nullable=False),
        sa.Column("mends", _json(), nullable=False),
        sa.Column("summary", _json()),
        sa.Column("operation_id", _IDS),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"], ["events.tenant_id", "events.id"], name=op.f("fk_imports_event_id")
        ),
    )
    op.create_index("ix_imports_event", "imports", ["tenant_id", "event_id", "created_at"])
    _part("import_files", sa.Column("content", sa.LargeBinary, nullable=False))
    _part(
        "import_chunks",
        sa.Column("first_line", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("cells", sa.LargeBinary, nullable=False),
        sa.Column("plan", sa.LargeBinary),
        sa.Column("counts", _json()),
    )
    _create(
        "import_mappings",
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("mapping", _json(), nullable=False),
        sa.Column("options", _json(), nullable=False),
        sa.UniqueConstraint("tenant_id", "entity", "signature", name=op.f("uq_import_mappings_signature")),
    )


def downgrade() -> None:
    """Downgrade the schema."""
    for table in ("import_mappings", "import_chunks", "import_files", "imports"):
        op.drop_table(table)
    op.drop_index("uq_participants_external_id", "participants")
    op.drop_column("participants", "external_id")

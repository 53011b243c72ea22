"""Stations sign the heads of their journals; the hub records these seals, the exact rows, and the history of keys."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0037"
branch_labels = None
depends_on = None

_STATES = ("AGREES", "WAITING", "DISAGREES", "FORKED", "GAP", "UNPROVEN")


def _of_device(name: str) -> list[sa.schema.SchemaItem]:
    """Return what each of the tables has."""
    return [
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{name}_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "device_id"],
            ["kiosk_devices.tenant_id", "kiosk_devices.id"],
            name=op.f(f"fk_{name}_device_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    ]


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        "journal_segments",
        *_of_device("journal_segments"),
        sa.Column("journal_id", sa.String(36), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint(
            "tenant_id", "device_id", "journal_id", "first_sequence", name="uq_journal_segments_first"
        ),
    )
    op.create_table(
        "journal_seals",
        *_of_device("journal_seals"),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("sealed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seal_hash", sa.String(64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*_STATES, name="sealstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("tenant_id", "device_id", "seal_hash", name="uq_journal_seals_hash"),
    )
    op.create_index("ix_journal_seals_chain", "journal_seals", ["tenant_id", "device_id", "chain", "number"])
    op.create_table(
        "device_public_keys",
        *_of_device("device_public_keys"),
        sa.Column("public_key", sa.String(256), nullable=False),
        sa.UniqueConstraint("tenant_id", "device_id", "public_key", name="uq_device_public_keys_key"),
    )
    op.add_column("kiosk_devices", sa.Column("seals_disagree_at", sa.DateTime(timezone=True)))
    connection = op.get_bind()
    keys = sa.table(
        "device_public_keys",
        *(sa.column(name) for name in ("tenant_id", "id", "device_id", "public_key")),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    select = sa.text("SELECT tenant_id, id, public_key, updated_at FROM kiosk_devices WHERE public_key <> ''")
    for row in connection.execute(select.columns(updated_at=sa.DateTime(timezone=True))).all():
        connection.execute(
            keys.insert().values(
                tenant_id=row.tenant_id,
                id=str(uuid.uuid4()),
                device_id=row.id,
                public_key=row.public_key,
                created_at=row.updated_at,
                updated_at=row.updated_at,
            )
        )


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_column("kiosk_devices", "seals_disagree_at")
    for table in ("device_public_keys", "journal_seals", "journal_segments"):
        op.drop_table(table)

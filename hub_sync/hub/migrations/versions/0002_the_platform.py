"""The platform: sessions, links, second factors, idempotent answers, stations' reports, and the permissions of REST.

The database itself keeps the audit log append-only from here on. REST_API is on for every tenant that has not decided
about it; the other six flags stay off until somebody wants them.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = "the audit log is append-only"
PARTICIPANTS = {
    "ix_participants_status": ["status", "id"],
    "ix_participants_category": ["category", "id"],
    "ix_participants_name": ["last_name", "id"],
}
READS = ("checkpoints:read", "access-logs:read", "occupancy:read", "devices:read")
OTHERS = (
    "checkpoints:create",
    "checkpoints:update",
    "checkpoints:delete",
    "occupancy:update",
    "tickets:issue",
    "users:manage",
    "feature-flags:manage",
    "audit:read",
    "tenant:read",
    "tenant:manage",
)


def upgrade() -> None:
    """Upgrade the schema."""
    op.create_table(
        "idempotent_answers",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_idempotent_answers_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_idempotent_answers")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_idempotent_answers_name")),
    )
    op.create_index("ix_idempotent_answers_expiry", "idempotent_answers", ["expires_at"], unique=False)
    op.create_table(
        "user_sessions",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("awaits_second_factor", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_sessions_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_user_sessions_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_sessions")),
    )
    op.create_index("ix_user_sessions_user", "user_sessions", ["tenant_id", "user_id"], unique=False)
    op.create_index("uq_user_sessions_token_hash", "user_sessions", ["token_hash"], unique=True)
    op.create_table(
        "user_tokens",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "INVITATION",
                "PASSWORD_RESET",
                name="tokenpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_user_tokens_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_tokens")),
    )
    op.create_index("ix_user_tokens_user", "user_tokens", ["tenant_id", "user_id"], unique=False)
    op.create_index("uq_user_tokens_token_hash", "user_tokens", ["token_hash"], unique=True)
    op.add_column("api_keys", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("event_feeds", sa.Column("log_head", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("access_logs", sa.Column("log_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(
        "ix_access_logs_received", "access_logs", ["tenant_id", "event_id", "log_seq"], unique=False
    )
    op.add_column("access_conflicts", sa.Column("cleared_by", sa.String(length=400), nullable=True))
    op.create_index("ix_audit_logs_actor", "audit_logs", ["tenant_id", "actor", "created_at"], unique=False)
    op.create_index(
        "ix_events_newest",
        "events",
        ["tenant_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    for name, columns in PARTICIPANTS.items():
        op.create_index(
            name,
            "participants",
            ["tenant_id", "event_id", *columns],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
    op.add_column(
        "kiosk_devices",
        sa.Column("report", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    )
    op.add_column("kiosk_devices", sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("kiosk_devices", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("users", sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("language", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("users", sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("totp_last_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(
        "users",
        sa.Column(
            "recovery_hashes",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            server_default="[]",
        ),
    )
    op.add_column("users", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("api_keys", "usage_count", type_=sa.BigInteger())
    _seal_the_audit_log()
    _seed()


def _seal_the_audit_log() -> None:
    """Refuse changes and deletions of audit log rows by triggers, so that not even a bug can make them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_logs_stay() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_logs_stay BEFORE UPDATE OR DELETE ON audit_logs "
            "FOR EACH ROW EXECUTE FUNCTION audit_logs_stay()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_logs_stay_{act.lower()} BEFORE {act} ON audit_logs "
            f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        )


def _unseal_the_audit_log() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_logs_stay ON audit_logs")
        op.execute("DROP FUNCTION audit_logs_stay()")
        return
    for act in ("update", "delete"):
        op.execute(f"DROP TRIGGER audit_logs_stay_{act}")


def _seed() -> None:
    connection = op.get_bind()
    permissions = sa.table("permissions", sa.column("key", sa.String), sa.column("from_report", sa.Boolean))
    op.bulk_insert(permissions, [{"key": key, "from_report": False} for key in (*READS, *OTHERS)])
    connection.execute(
        sa.text("UPDATE feature_flags SET enabled_by_default = true WHERE key = 'FF_REST_API'")
    )
    roles = connection.execute(sa.text("SELECT tenant_id, id, name FROM roles")).all()
    now = datetime.now(UTC).replace(tzinfo=None if connection.dialect.name == "sqlite" else UTC)
    granted = [
        {
            "tenant_id": role.tenant_id,
            "role_id": role.id,
            "permission": key,
            "created_at": now,
            "updated_at": now,
        }
        for role in roles
        for key in {"ADMIN": (*READS, *OTHERS), "VIEWER": READS}.get(role.name, ())
    ]
    columns = ("tenant_id", "role_id", "permission", "created_at", "updated_at")
    times = {"created_at": sa.DateTime(timezone=True), "updated_at": sa.DateTime(timezone=True)}
    if granted:
        table = sa.table(
            "role_permissions", *(sa.column(name, times.get(name, sa.String)) for name in columns)
        )
        op.bulk_insert(table, granted)


def downgrade() -> None:
    """Downgrade the schema."""
    _unseal_the_audit_log()
    doomed: sa.BindParameter[Any] = sa.bindparam("keys", (*READS, *OTHERS), expanding=True)
    for table, column in (("role_permissions", "permission"), ("permissions", "key")):
        chosen = sa.column(column).in_(doomed)
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(chosen))
    op.get_bind().execute(sa.text("UPDATE feature_flags SET enabled_by_default = false"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("api_keys", "usage_count", type_=sa.Integer())
    op.drop_column("users", "version")
    op.drop_column("users", "recovery_hashes")
    op.drop_column("users", "totp_last_step")
    op.drop_column("users", "totp_confirmed_at")
    op.drop_column("users", "totp_sealed")
    op.drop_column("users", "language")
    op.drop_column("users", "password_changed_at")
    op.drop_column("kiosk_devices", "version")
    op.drop_column("kiosk_devices", "reported_at")
    op.drop_column("kiosk_devices", "report")
    for name in reversed(PARTICIPANTS):
        op.drop_index(name, table_name="participants")
    op.drop_index("ix_events_newest", table_name="events")
    op.drop_index("ix_audit_logs_actor", table_name="audit_logs")
    op.drop_column("access_conflicts", "cleared_by")
    op.drop_index("ix_access_logs_received", table_name="access_logs")
    op.drop_column("access_logs", "log_seq")
    op.drop_column("event_feeds", "log_head")
    op.drop_column("api_keys", "version")
    op.drop_index("uq_user_tokens_token_hash", table_name="user_tokens")
    op.drop_index("ix_user_tokens_user", table_name="user_tokens")
    op.drop_table("user_tokens")
    op.drop_index("uq_user_sessions_token_hash", table_name="user_sessions")
    op.drop_index("ix_user_sessions_user", table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index("ix_idempotent_answers_expiry", table_name="idempotent_answers")
    op.drop_table("idempotent_answers")

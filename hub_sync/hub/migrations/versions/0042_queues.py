"""Queues: counters, actions, tickets as folds of them, leased numbers and lanes; the permissions about them.

The tables of queues that were there before had no program that wrote them: they are made anew.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0043"
branch_labels = None
depends_on = None

_LIVING = sa.text("deleted_at IS NULL")
_STATUSES = ("WAITING", "CALLED", "SERVING", "COMPLETED", "NO_SHOW", "EXPIRED", "PARKED", "CANCELLED")
_PRIORITIES = ("plain", "priority", "urgent")
_STATES = ("closed", "open", "break")
_ROLES = {
    "queues:read": ("ADMIN", "VIEWER", "OPERATOR"),
    "queues:serve": ("ADMIN", "OPERATOR"),
    "queues:manage": ("ADMIN",),
}
_IDS = sa.String(64)
_TIME = sa.DateTime(timezone=True)


def _json() -> Any:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{other}.tenant_id", f"{other}.id"], name=op.f(f"fk_{table}_{column}")
    )


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


def _index_living(name: str, table: str, column: str) -> None:
    op.create_index(
        name,
        table,
        ["tenant_id", "event_id", column],
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    )


def upgrade() -> None:
    """Upgrade the schema."""
    for table in ("queue_tickets", "queue_number_blocks", "queues"):
        op.drop_table(table)
    _create_queues()
    _create_actions()
    _create_tickets()
    _create_numbers()
    _grant()


def _create_queues() -> None:
    _create(
        "queues",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("searched", sa.String, nullable=False),
        sa.Column("letter", sa.String(4), nullable=False),
        sa.Column("service_minutes", sa.Integer, nullable=False),
        sa.Column("opens_at", sa.String(5)),
        sa.Column("closes_at", sa.String(5)),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("is_self_service", sa.Boolean, nullable=False),
        sa.Column("names_hidden", sa.Boolean, nullable=False),
        sa.Column("clerks_choose", sa.Boolean, nullable=False),
        sa.Column("one_ticket_a_person", sa.Boolean, nullable=False),
        sa.Column("auto_call_after_s", sa.Integer),
        sa.Column("max_no_shows", sa.Integer, nullable=False),
        sa.Column("block_size", sa.Integer, nullable=False),
        sa.Column("deleted_at", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("feed_seq", sa.BigInteger, nullable=False),
        _reference("queues", "event_id", "events"),
        sa.CheckConstraint("service_minutes >= 1", name=op.f("ck_queues_service_minutes")),
    )
    op.create_index("ix_queues_feed", "queues", ["tenant_id", "event_id", "feed_seq"])
    _index_living("uq_queues_name", "queues", "name")
    _create(
        "queue_counters",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("searched", sa.String, nullable=False),
        sa.Column("queue_ids", _json(), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("state", _enum("counterstate", _STATES), nullable=False),
        sa.Column("state_since", sa.BigInteger),
        sa.Column("state_reason", sa.String(500), nullable=False),
        sa.Column("state_operator", sa.String(200), nullable=False),
        sa.Column("state_device_id", _IDS, nullable=False),
        sa.Column("state_order", _json(), nullable=False),
        sa.Column("deleted_at", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("feed_seq", sa.BigInteger, nullable=False),
        _reference("queue_counters", "event_id", "events"),
    )
    op.create_index("ix_queue_counters_feed", "queue_counters", ["tenant_id", "event_id", "feed_seq"])
    _index_living("uq_queue_counters_name", "queue_counters", "name")


def _create_actions() -> None:
    _create(
        "queue_actions",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("ticket_id", _IDS),
        sa.Column("queue_id", _IDS),
        sa.Column("counter_id", _IDS),
        sa.Column("device_id", _IDS, nullable=False),
        sa.Column("service_date", sa.String(10), nullable=False),
        sa.Column("tick", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("out_of_order", sa.Boolean, nullable=False),
        sa.Column("content", _json(), nullable=False),
        sa.Column("feed_seq", sa.BigInteger, nullable=False),
        _reference("queue_actions", "event_id", "events"),
    )
    indexes = {
        "feed": ["feed_seq"],
        "ticket": ["ticket_id"],
        "day": ["service_date", "kind"],
        "tick": ["tick"],
    }
    for name, columns in indexes.items():
        op.create_index(f"ix_queue_actions_{name}", "queue_actions", ["tenant_id", "event_id", *columns])


def _create_tickets() -> None:
    _create(
        "queue_tickets",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("queue_id", _IDS, nullable=False),
        sa.Column("service_date", sa.String(10), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("lane", sa.String(4), nullable=False),
        sa.Column("status", _enum("queuestatus", _STATUSES), nullable=False),
        sa.Column("priority", _enum("queuepriority", _PRIORITIES), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("waiting_since", sa.BigInteger, nullable=False),
        *(
            sa.Column(name, sa.BigInteger)
            for name in ("called_at", "first_called_at", "served_at", "ended_at")
        ),
        *(
            sa.Column(name, _IDS)
            for name in ("counter_id", "wanted_counter_id", "transferred_from", "participant_id")
        ),
        sa.Column("device_id", _IDS, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("status_token_hash", sa.String(64)),
        sa.Column("called_by", _IDS),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("recalls", sa.Integer, nullable=False),
        sa.Column("no_shows", sa.Integer, nullable=False),
        sa.Column("tick", sa.BigInteger, nullable=False),
        sa.Column("estimate_low_s", sa.Integer),
        sa.Column("estimate_high_s", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("queue_tickets", "queue_id", "queues"),
        sa.UniqueConstraint(
            "tenant_id", "event_id", "service_date", "number", name="uq_queue_tickets_number"
        ),
    )
    indexes = {
        "status": ["status", "queue_id"],
        "issued": ["issued_at", "id"],
        "participant": ["participant_id"],
    }
    for name, columns in indexes.items():
        op.create_index(f"ix_queue_tickets_{name}", "queue_tickets", ["tenant_id", "event_id", *columns])
    op.create_index("uq_queue_tickets_token", "queue_tickets", ["status_token_hash"], unique=True)


def _create_numbers() -> None:
    _create(
        "queue_days",
        sa.Column("queue_id", _IDS, nullable=False),
        sa.Column("service_date", sa.String(10), nullable=False),
        sa.Column("next_sequence", sa.Integer, nullable=False),
        _reference("queue_days", "queue_id", "queues"),
        sa.UniqueConstraint("tenant_id", "queue_id", "service_date", name="uq_queue_days_date"),
    )
    _create(
        "queue_number_blocks",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("queue_id", _IDS, nullable=False),
        sa.Column("service_date", sa.String(10), nullable=False),
        sa.Column("device_id", _IDS, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_queue_number_blocks_order")),
        _reference("queue_number_blocks", "device_id", "kiosk_devices"),
        _reference("queue_number_blocks", "queue_id", "queues"),
        sa.UniqueConstraint(
            "tenant_id", "queue_id", "service_date", "first", name="uq_queue_number_blocks_first"
        ),
    )
    op.create_index(
        "ix_queue_number_blocks_device", "queue_number_blocks", ["tenant_id", "device_id", "service_date"]
    )
    _create(
        "queue_lanes",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("device_id", _IDS, nullable=False),
        sa.Column("letters", sa.String(4), nullable=False),
        sa.Column("journal_id", _IDS, nullable=False),
        _reference("queue_lanes", "device_id", "kiosk_devices"),
        _reference("queue_lanes", "event_id", "events"),
        sa.UniqueConstraint("tenant_id", "event_id", "letters", name="uq_queue_lanes_letters"),
        sa.UniqueConstraint(
            "tenant_id", "device_id", "event_id", "journal_id", name="uq_queue_lanes_journal"
        ),
    )


def _grant() -> None:
    """Create the permissions, and give them to the roles of the tenants that exist."""
    connection = op.get_bind()
    permissions = sa.table("permissions", sa.column("key", sa.String), sa.column("from_report", sa.Boolean))
    op.bulk_insert(permissions, [{"key": key, "from_report": False} for key in _ROLES])
    now = datetime.now(UTC).replace(tzinfo=None if connection.dialect.name == "sqlite" else UTC)
    columns: dict[str, Any] = {
        "tenant_id": sa.String,
        "role_id": sa.String,
        "permission": sa.String,
        "created_at": _TIME,
        "updated_at": _TIME,
    }
    rows = [
        {
            "tenant_id": role.tenant_id,
            "role_id": role.id,
            "permission": key,
            "created_at": now,
            "updated_at": now,
        }
        for role in connection.execute(sa.text("SELECT tenant_id, id, name FROM roles")).all()
        for key, names in _ROLES.items()
        if role.name in names
    ]
    if rows:
        op.bulk_insert(
            sa.table("role_permissions", *(sa.column(name, type_) for name, type_ in columns.items())), rows
        )


def downgrade() -> None:
    """Downgrade the schema. Queues and tickets are lost: the tables before had no room for them."""
    doomed: sa.BindParameter[Any] = sa.bindparam("keys", tuple(_ROLES), expanding=True)
    for table, column in (("role_permissions", "permission"), ("permissions", "key")):
        chosen = sa.column(column).in_(doomed)
        op.get_bind().execute(sa.delete(sa.table(table, sa.column(column))).where(chosen))
    for table in (
        "queue_lanes",
        "queue_number_blocks",
        "queue_days",
        "queue_tickets",
        "queue_actions",
        "queue_counters",
        "queues",
    ):
        op.drop_table(table)
    _create_as_before()


def _create_as_before() -> None:
    _create(
        "queues",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("letter", sa.String(4), nullable=False),
        sa.Column("service_minutes", sa.Integer, nullable=False),
        sa.Column("counters", sa.Integer, nullable=False),
        sa.Column("opens_at", sa.String(5)),
        sa.Column("closes_at", sa.String(5)),
        sa.Column("max_no_shows", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        _reference("queues", "event_id", "events"),
        sa.UniqueConstraint("tenant_id", "event_id", "name", name=op.f("uq_queues_name")),
    )
    _create(
        "queue_tickets",
        sa.Column("queue_id", _IDS, nullable=False),
        sa.Column("service_date", sa.Date, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("status", _enum("queuestatus", _STATUSES), nullable=False),
        sa.Column("participant_id", _IDS),
        sa.Column("issued_at", _TIME, nullable=False),
        *(sa.Column(name, _TIME) for name in ("called_at", "served_at", "ended_at")),
        sa.Column("counter", sa.String(32)),
        sa.Column("recalls", sa.Integer, nullable=False),
        sa.Column("no_shows", sa.Integer, nullable=False),
        sa.Column("transferred_from", _IDS),
        sa.Column("device_id", _IDS),
        sa.Column("leased_until", _TIME),
        sa.CheckConstraint("recalls >= 0", name=op.f("ck_queue_tickets_recalls")),
        _reference("queue_tickets", "participant_id", "participants"),
        _reference("queue_tickets", "queue_id", "queues"),
        sa.UniqueConstraint(
            "tenant_id", "queue_id", "service_date", "number", name="uq_queue_tickets_number"
        ),
    )
    op.create_index(
        "ix_queue_tickets_next",
        "queue_tickets",
        ["tenant_id", "queue_id", "service_date", "status", "priority", "issued_at"],
    )
    _create(
        "queue_number_blocks",
        sa.Column("queue_id", _IDS, nullable=False),
        sa.Column("service_date", sa.Date, nullable=False),
        sa.Column("device_id", _IDS, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_queue_number_blocks_order")),
        _reference("queue_number_blocks", "device_id", "kiosk_devices"),
        _reference("queue_number_blocks", "queue_id", "queues"),
        sa.UniqueConstraint(
            "tenant_id", "queue_id", "service_date", "first", name="uq_queue_number_blocks_first"
        ),
    )

"""Webhooks are sent: leases, the breaker's probe, figures of attempts; and facts are found by who wants them.

No release before this one made a subscription, so the three tables are empty wherever this runs.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SUBSCRIPTIONS, _DELIVERIES, _ATTEMPTS = "webhook_subscriptions", "webhook_deliveries", "webhook_attempts"


def upgrade() -> None:
    """Upgrade the schema."""
    op.drop_index("ix_facts_due", table_name="facts")
    _partial("ix_facts_undelivered", "facts", ["tenant_id", "type", "occurred_at"], "delivered_at")
    op.create_index("ix_facts_age", "facts", ["tenant_id", "occurred_at"])
    op.drop_index(
        "ix_facts_entity", table_name="facts"
    )  # nobody looks facts up by it, and every write paid for it

    op.add_column(_SUBSCRIPTIONS, sa.Column("probing_until", sa.DateTime(timezone=True)))
    op.add_column(_SUBSCRIPTIONS, sa.Column("resting_until", sa.DateTime(timezone=True)))
    op.add_column(_SUBSCRIPTIONS, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

    op.drop_index("ix_webhook_deliveries_due", table_name=_DELIVERIES)
    op.drop_index("ix_webhook_deliveries_log", table_name=_DELIVERIES)
    op.drop_column(_DELIVERIES, "leased_until")
    op.drop_column(_DELIVERIES, "response_body")
    op.add_column(_DELIVERIES, sa.Column("step", sa.Integer(), nullable=False, server_default="0"))
    _partial(
        "ix_webhook_deliveries_due",
        _DELIVERIES,
        ["tenant_id", "subscription_id", "due_at"],
        "due_at",
        is_="NOT NULL",
    )
    op.create_index(
        "ix_webhook_deliveries_log", _DELIVERIES, ["tenant_id", "subscription_id", "created_at", "id"]
    )
    op.drop_table(_ATTEMPTS)
    op.create_table(
        _ATTEMPTS,
        *_attempt_columns(),
        sa.Column("subscription_id", sa.String(length=64), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "subscription_id"],
            [f"{_SUBSCRIPTIONS}.tenant_id", f"{_SUBSCRIPTIONS}.id"],
            name="fk_webhook_attempts_subscription_id",
            ondelete="CASCADE",
        ),
        *_attempt_constraints(),
    )
    op.create_index("ix_webhook_attempts_figures", _ATTEMPTS, ["tenant_id", "subscription_id", "started_at"])


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_table(_ATTEMPTS)

    for index in ("log", "due"):
        op.drop_index(f"ix_webhook_deliveries_{index}", table_name=_DELIVERIES)
    op.drop_column(_DELIVERIES, "step")
    op.add_column(_DELIVERIES, sa.Column("response_body", sa.String(length=1024)))
    op.add_column(_DELIVERIES, sa.Column("leased_until", sa.DateTime(timezone=True)))
    op.create_index("ix_webhook_deliveries_due", _DELIVERIES, ["tenant_id", "status", "due_at"])
    op.create_index("ix_webhook_deliveries_log", _DELIVERIES, ["tenant_id", "subscription_id", "created_at"])

    op.create_table(
        _ATTEMPTS,
        *_attempt_columns(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            [f"{_DELIVERIES}.tenant_id", f"{_DELIVERIES}.id"],
            name="fk_webhook_attempts_delivery_id",
            ondelete="CASCADE",
        ),
        *_attempt_constraints(),
    )

    for column in ("version", "resting_until", "probing_until"):
        op.drop_column(_SUBSCRIPTIONS, column)

    op.drop_index("ix_facts_age", table_name="facts")
    op.create_index("ix_facts_entity", "facts", ["tenant_id", "entity", "entity_id"])
    op.drop_index("ix_facts_undelivered", table_name="facts")
    op.create_index("ix_facts_due", "facts", ["tenant_id", "delivered_at", "occurred_at"])


def _partial(name: str, table: str, columns: list[str], column: str, is_: str = "NULL") -> None:
    where = sa.text(f"{column} IS {is_}")
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _attempt_columns() -> list[sa.Column[Any]]:
    return [
        *(
            sa.Column(name, sa.String(length=64), nullable=False)
            for name in ("tenant_id", "id", "delivery_id")
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("response_status", sa.Integer()),
        sa.Column("response_body", sa.String(length=1024)),
        sa.Column("error", sa.String(length=500)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _attempt_constraints() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_webhook_attempts_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_webhook_attempts"),
        sa.UniqueConstraint("tenant_id", "delivery_id", "number", name="uq_webhook_attempts_number"),
    ]

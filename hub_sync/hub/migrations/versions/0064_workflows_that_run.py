"""Workflows as they run: frozen versions, executions with their lines, joins, tasks and history, and delegations."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_IDS = sa.String(64)
_NEW = (
    "workflow_delegations",
    "workflow_history",
    "workflow_task_assignees",
    "workflow_tasks",
    "workflow_joins",
    "parallel_branches",
    "workflow_executions",
    "workflow_versions",
)
_STEP_TYPES = ("REVIEW", "APPROVAL", "COLLECT", "NOTIFY", "PRINT", "FORK", "JOIN")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _reference(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )


def _create(table: str, *parts: Any) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", _IDS, nullable=False),
        sa.Column("id", _IDS, nullable=False),
        *(part for part in parts if isinstance(part, sa.Column)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id")),
        *(part for part in parts if not isinstance(part, sa.Column)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    """Upgrade the schema. Nothing has run a workflow before, so the tables of executions and steps are empty."""
    for table in ("parallel_branches", "workflow_executions", "steps"):
        op.drop_table(table)
    with op.batch_alter_table("workflows") as table_:
        table_.add_column(sa.Column("description", sa.String(1000), nullable=False, server_default=""))
        table_.add_column(sa.Column("draft", _JSON, nullable=False, server_default="{}"))
        table_.add_column(sa.Column("is_enabled", sa.Boolean, nullable=False, server_default=sa.text("true")))
    op.execute("UPDATE workflows SET published_version = NULL")
    _create(
        "workflow_versions",
        sa.Column("workflow_id", _IDS, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("definition", _JSON, nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.Column("published_by", sa.String(200), nullable=False),
        _reference("workflow_versions", "workflow_id", "workflows", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "workflow_id", "number", name=op.f("uq_workflow_versions_number")),
    )
    _create(
        "workflow_executions",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("workflow_id", _IDS, nullable=False),
        sa.Column("version_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS, nullable=False),
        sa.Column(
            "status", _enum("executionstatus", "ACTIVE", "COMPLETED", "REJECTED", "CANCELLED"), nullable=False
        ),
        sa.Column("trigger", sa.String(32), nullable=False),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("outcome", _enum("outcome", "ACTIVE", "COMPLETED", "REJECTED", "CANCELLED")),
        sa.Column("problem", sa.String(64), nullable=False),
        sa.Column("retry_at", _TIME),
        sa.Column("history_length", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("workflow_executions", "version_id", "workflow_versions"),
        _reference("workflow_executions", "event_id", "events"),
        _reference("workflow_executions", "participant_id", "participants"),
        _reference("workflow_executions", "workflow_id", "workflows"),
    )
    op.create_index(
        "ix_workflow_executions_event",
        "workflow_executions",
        ["tenant_id", "event_id", "status", "started_at"],
    )
    op.create_index(
        "ix_workflow_executions_participant", "workflow_executions", ["tenant_id", "participant_id"]
    )
    op.create_index(
        "ix_workflow_executions_retry",
        "workflow_executions",
        ["tenant_id", "retry_at"],
        sqlite_where=sa.text("retry_at IS NOT NULL"),
        postgresql_where=sa.text("retry_at IS NOT NULL"),
    )
    op.create_index(
        "uq_workflow_executions_active",
        "workflow_executions",
        ["tenant_id", "workflow_id", "participant_id"],
        unique=True,
        sqlite_where=sa.text("status = 'ACTIVE'"),
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    _create(
        "parallel_branches",
        sa.Column("execution_id", _IDS, nullable=False),
        sa.Column("parent_id", _IDS),
        sa.Column("path", sa.String(1000), nullable=False),
        sa.Column("step_key", sa.String(64)),
        sa.Column(
            "status",
            _enum(
                "branchstatus",
                "PENDING",
                "ACTIVE",
                "COMPLETED",
                "REJECTED",
                "BYPASSED",
                "TIMED_OUT",
                "CANCELLED",
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        _reference("parallel_branches", "parent_id", "parallel_branches", ondelete="CASCADE"),
        _reference("parallel_branches", "execution_id", "workflow_executions", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "execution_id", "path", name=op.f("uq_parallel_branches_path")),
    )
    _create(
        "workflow_joins",
        sa.Column("execution_id", _IDS, nullable=False),
        sa.Column("branch_id", _IDS, nullable=False),
        sa.Column("path", sa.String(1000), nullable=False),
        sa.Column("step_key", sa.String(64), nullable=False),
        sa.Column("status", _enum("joinstatus", "WAITING", "FIRED", "FAILED", "CANCELLED"), nullable=False),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("ended_at", _TIME),
        _reference("workflow_joins", "branch_id", "parallel_branches", ondelete="CASCADE"),
        _reference("workflow_joins", "execution_id", "workflow_executions", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "execution_id", "path", name=op.f("uq_workflow_joins_path")),
    )
    _create(
        "workflow_tasks",
        sa.Column("event_id", _IDS, nullable=False),
        sa.Column("execution_id", _IDS, nullable=False),
        sa.Column("branch_id", _IDS, nullable=False),
        sa.Column("step_key", sa.String(64), nullable=False),
        sa.Column(
            "type",
            _enum("steptype", "REVIEW", "APPROVAL", "COLLECT", "NOTIFY", "PRINT", "FORK", "JOIN"),
            nullable=False,
        ),
        sa.Column("status", _enum("taskstatus", "OPEN", "DECIDED", "CANCELLED"), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("decision", _enum("taskdecision", "APPROVE", "REJECT", "BYPASS", "RETURN", "TIMED_OUT")),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("return_to", sa.String(64)),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_by_id", _IDS),
        sa.Column("decided_for_id", _IDS),
        sa.Column("decided_at", _TIME),
        sa.Column("effective_at", _TIME),
        sa.Column("applied_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("version", sa.Integer, nullable=False),
        _reference("workflow_tasks", "branch_id", "parallel_branches", ondelete="CASCADE"),
        _reference("workflow_tasks", "decided_for_id", "users"),
        _reference("workflow_tasks", "decided_by_id", "users"),
        _reference("workflow_tasks", "execution_id", "workflow_executions", ondelete="CASCADE"),
        _reference("workflow_tasks", "event_id", "events"),
    )
    op.create_index(
        "ix_workflow_tasks_effective",
        "workflow_tasks",
        ["tenant_id", "effective_at"],
        sqlite_where=sa.text("status = 'DECIDED' AND applied_at IS NULL"),
        postgresql_where=sa.text("status = 'DECIDED' AND applied_at IS NULL"),
    )
    op.create_index("ix_workflow_tasks_execution", "workflow_tasks", ["tenant_id", "execution_id"])
    op.create_index(
        "ix_workflow_tasks_open",
        "workflow_tasks",
        ["tenant_id", "opened_at"],
        sqlite_where=sa.text("status = 'OPEN'"),
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    _create(
        "workflow_task_assignees",
        sa.Column("task_id", _IDS, nullable=False),
        sa.Column("user_id", _IDS),
        sa.Column("role", sa.String(32)),
        sa.Column("is_escalation", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        _reference("workflow_task_assignees", "user_id", "users"),
        _reference("workflow_task_assignees", "task_id", "workflow_tasks", ondelete="CASCADE"),
    )
    op.create_index(
        "ix_workflow_task_assignees_role", "workflow_task_assignees", ["tenant_id", "role", "is_open"]
    )
    op.create_index("ix_workflow_task_assignees_task", "workflow_task_assignees", ["tenant_id", "task_id"])
    op.create_index(
        "ix_workflow_task_assignees_user", "workflow_task_assignees", ["tenant_id", "user_id", "is_open"]
    )
    _create(
        "workflow_history",
        sa.Column("execution_id", _IDS, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("branch_path", sa.String(1000), nullable=False),
        sa.Column("step_key", sa.String(64)),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        _reference("workflow_history", "execution_id", "workflow_executions", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "execution_id", "number", name=op.f("uq_workflow_history_number")),
    )
    _create(
        "workflow_delegations",
        sa.Column("user_id", _IDS, nullable=False),
        sa.Column("delegate_id", _IDS, nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        _reference("workflow_delegations", "user_id", "users"),
        _reference("workflow_delegations", "delegate_id", "users"),
    )
    op.create_index("ix_workflow_delegations_delegate", "workflow_delegations", ["tenant_id", "delegate_id"])
    op.create_index("ix_workflow_delegations_user", "workflow_delegations", ["tenant_id", "user_id"])


def downgrade() -> None:
    """Downgrade the schema. Executions and definitions are lost: the tables before had no room for them."""
    for table in _NEW:
        op.drop_table(table)
    with op.batch_alter_table("workflows") as table_:
        for column in ("is_enabled", "draft", "description"):
            table_.drop_column(column)
    _create(
        "steps",
        sa.Column("workflow_id", _IDS, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("type", _enum("steptype", *_STEP_TYPES), nullable=False),
        sa.Column("config", _JSON, nullable=False),
        sa.Column("sla_minutes", sa.Integer),
        sa.Column("next_step_id", _IDS),
        _reference("steps", "next_step_id", "steps"),
        _reference("steps", "workflow_id", "workflows", ondelete="CASCADE"),
    )
    op.create_index("ix_steps_workflow", "steps", ["tenant_id", "workflow_id", "position"])
    _create(
        "workflow_executions",
        sa.Column("workflow_id", _IDS, nullable=False),
        sa.Column("participant_id", _IDS, nullable=False),
        sa.Column("workflow_version", sa.Integer, nullable=False),
        sa.Column("current_step_id", _IDS),
        sa.Column(
            "status",
            _enum("executionstatus", "ACTIVE", "COMPLETED", "REJECTED", "CANCELLED"),
            nullable=False,
        ),
        sa.Column("step_started_at", _TIME, nullable=False),
        *(sa.Column(name, _TIME) for name in ("due_at", "warned_at", "breached_at")),
        _reference("workflow_executions", "workflow_id", "workflows"),
        _reference("workflow_executions", "participant_id", "participants"),
        _reference("workflow_executions", "current_step_id", "steps"),
        sa.UniqueConstraint(
            "tenant_id",
            "workflow_id",
            "participant_id",
            name=op.f("uq_workflow_executions_participant_id"),
        ),
    )
    op.create_index("ix_workflow_executions_due", "workflow_executions", ["tenant_id", "status", "due_at"])
    _create(
        "parallel_branches",
        sa.Column("execution_id", _IDS, nullable=False),
        sa.Column("branch_key", sa.String(64), nullable=False),
        *(sa.Column(name, _IDS, nullable=False) for name in ("fork_step_id", "join_step_id")),
        sa.Column("current_step_id", _IDS),
        sa.Column(
            "status",
            _enum(
                "branchstatus",
                "PENDING",
                "ACTIVE",
                "COMPLETED",
                "REJECTED",
                "BYPASSED",
                "TIMED_OUT",
                "CANCELLED",
            ),
            nullable=False,
        ),
        *(sa.Column(name, _TIME) for name in ("due_at", "ended_at")),
        *(
            _reference("parallel_branches", f"{name}_step_id", "steps")
            for name in ("fork", "join", "current")
        ),
        _reference("parallel_branches", "execution_id", "workflow_executions", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "tenant_id",
            "execution_id",
            "join_step_id",
            "branch_key",
            name=op.f("uq_parallel_branches_branch_key"),
        ),
    )

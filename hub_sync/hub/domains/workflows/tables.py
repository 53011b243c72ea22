"""The tables of workflows: frozen versions, executions for each participant, branches, joins, tasks and their history.

An execution is a tree of branches: the root branch has no parent, and each fork opens its own. Steps are named by the key that they have in the version's definition.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows import sla_tables
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOW
from hub_sync.hub.domains.workflows.manifest import BranchStatus, ExecutionStatus, TaskDecision
from hub_sync.hub.kit.db.cloning import (
    CopiedTable,
    Copying,
    LeftOut,
    Part,
    Rewrite,
    SourceRows,
    StartAnew,
    Values,
)
from hub_sync.hub.kit.db.name_column import UniquelyNamed
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.i18n import N_

MAX_REASON = 500
_KEY = String(64)
_ACTIVE = text("status = 'ACTIVE'")
_RETRIED = text("retry_at IS NOT NULL")
_OPEN = text("status = 'OPEN'")
_DECIDED = text("status = 'DECIDED' AND applied_at IS NULL")


class JoinStatus(StrEnum):
    """The status of a join in an execution."""

    WAITING = "WAITING"
    FIRED = "FIRED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class TaskStatus(StrEnum):
    """The status of a task."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"
    CANCELLED = "CANCELLED"


class Workflow(UniquelyNamed, Searchable, TenantRow, Base):
    """A workflow of an event. `draft` is edited; what runs are its published versions."""

    __tablename__ = "workflows"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id", "folded_name"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    draft: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """A `definition.model.Definition`; it may still have faults that keep it from being published."""
    published_version: Mapped[int | None]
    """The number of the version that new executions take; None: it was never published."""
    is_enabled: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """False: it starts for nobody new. Executions go on."""
    version: Mapped[int] = mapped_column(default=1)


class WorkflowVersion(TenantRow, Base):
    """A published definition. It is never changed: executions finish by the version that they began with."""

    __tablename__ = "workflow_versions"
    __table_args__ = (
        tenant_foreign_key("workflows", "workflow_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "workflow_id", "number", name="uq_workflow_versions_number"),
    )
    workflow_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(200))


class WorkflowExecution(TenantRow, Base):
    """One participant's execution of a workflow; at most one of a workflow is active."""

    __tablename__ = "workflow_executions"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("workflows", "workflow_id"),
        tenant_foreign_key("workflow_versions", "version_id"),
        tenant_foreign_key("participants", "participant_id"),
        Index(
            "uq_workflow_executions_active",
            "tenant_id",
            "workflow_id",
            "participant_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index(
            "ix_workflow_executions_retry",
            "tenant_id",
            "retry_at",
            sqlite_where=_RETRIED,
            postgresql_where=_RETRIED,
        ),
        Index("ix_workflow_executions_participant", "tenant_id", "participant_id"),
        Index("ix_workflow_executions_event", "tenant_id", "event_id", "status", "started_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    workflow_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    version_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    status: Mapped[ExecutionStatus] = mapped_column(
        enum_column(ExecutionStatus), default=ExecutionStatus.ACTIVE
    )
    trigger: Mapped[str] = mapped_column(String(32))
    """`definition.model.StartTrigger`."""
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[ExecutionStatus | None] = mapped_column(enum_column(ExecutionStatus, "outcome"))
    """COMPLETED or REJECTED once the root branch is at its end; the status follows when the participant has theirs."""
    problem: Mapped[str] = mapped_column(String(64), default="")
    """The code of the error that keeps the outcome back, such as EventFull; it is tried again at `retry_at`."""
    retry_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class ParallelBranch(TenantRow, Base):
    """A branch of an execution: the root branch, or one of a fork until its join.

    A branch that is done twice, after a return, is the same row, and so counts once.
    """

    __tablename__ = "parallel_branches"
    __table_args__ = (
        tenant_foreign_key("workflow_executions", "execution_id", ondelete="CASCADE"),
        tenant_foreign_key("parallel_branches", "parent_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "execution_id", "path", name="uq_parallel_branches_path"),
    )
    execution_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    parent_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The branch on which the fork is; None: it is the root branch."""
    path: Mapped[str] = mapped_column(String(1000))
    """Fork and branch keys from the root, as `fork/branch/fork/branch`; "" is the root branch."""
    step_key: Mapped[str | None] = mapped_column(_KEY)
    """Where the branch stands; None: it is at its end."""
    status: Mapped[BranchStatus] = mapped_column(enum_column(BranchStatus), default=BranchStatus.PENDING)
    round: Mapped[int] = mapped_column(default=1)
    """The number of its current round: a return begins a new one."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WorkflowJoin(TenantRow, Base):
    """A join of an execution, from its fork on. Branches are counted while its row is locked, so it fires once."""

    __tablename__ = "workflow_joins"
    __table_args__ = (
        tenant_foreign_key("workflow_executions", "execution_id", ondelete="CASCADE"),
        tenant_foreign_key("parallel_branches", "branch_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "execution_id", "path", name="uq_workflow_joins_path"),
    )
    execution_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    branch_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The branch that waits at the join."""
    path: Mapped[str] = mapped_column(String(1000))
    """The branch's path, and the key of the fork."""
    step_key: Mapped[str] = mapped_column(_KEY)
    status: Mapped[JoinStatus] = mapped_column(enum_column(JoinStatus), default=JoinStatus.WAITING)
    opened: Mapped[int]
    """The number of branches that were opened."""
    needed: Mapped[int]
    """The number of branches that have to be completed."""
    ended_at: Mapped[datetime | None]


class WorkflowTask(TenantRow, Base):
    """A person's work at a step. A decision is stored at once, and takes effect at `effective_at`; until then it can be taken back."""

    __tablename__ = "workflow_tasks"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("workflow_executions", "execution_id", ondelete="CASCADE"),
        tenant_foreign_key("parallel_branches", "branch_id", ondelete="CASCADE"),
        tenant_foreign_key("users", "decided_by_id"),
        tenant_foreign_key("users", "decided_for_id"),
        Index("ix_workflow_tasks_execution", "tenant_id", "execution_id"),
        Index("ix_workflow_tasks_open", "tenant_id", "opened_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "ix_workflow_tasks_effective",
            "tenant_id",
            "effective_at",
            sqlite_where=_DECIDED,
            postgresql_where=_DECIDED,
        ),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    execution_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    branch_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    step_key: Mapped[str] = mapped_column(_KEY)
    type: Mapped[StepType] = mapped_column(enum_column(StepType))
    status: Mapped[TaskStatus] = mapped_column(enum_column(TaskStatus), default=TaskStatus.OPEN)
    round: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    decision: Mapped[TaskDecision | None] = mapped_column(enum_column(TaskDecision))
    reason: Mapped[str] = mapped_column(String(MAX_REASON), default="")
    return_to: Mapped[str | None] = mapped_column(_KEY)
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    """The actor of the decision, as the audit log names them; "": nobody, or the time-out."""
    decided_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    decided_for_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The user in whose place they decided, by a delegation."""
    decided_at: Mapped[datetime | None]
    effective_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    """The time at which the decision moved the branch; None: it can be taken back."""
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


def _open_index(name: str, column: str) -> Index:
    """Return the index of an inbox. It has open assignments alone: a decision takes one out, and moves none."""
    return Index(
        name,
        "tenant_id",
        column,
        sqlite_where=text(f"is_open = 1 AND {column} IS NOT NULL"),
        postgresql_where=text(f"is_open AND {column} IS NOT NULL"),
    )


class WorkflowTaskAssignee(TenantRow, Base):
    """An assignee of a task: a user, or everybody with a role."""

    __tablename__ = "workflow_task_assignees"
    __table_args__ = (
        tenant_foreign_key("workflow_tasks", "task_id", ondelete="CASCADE"),
        tenant_foreign_key("users", "user_id"),
        Index("ix_workflow_task_assignees_task", "tenant_id", "task_id"),
        _open_index("ix_workflow_task_assignees_user", "user_id"),
        _open_index("ix_workflow_task_assignees_role", "role"),
    )
    task_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    user_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    role: Mapped[str | None] = mapped_column(String(32))
    is_escalation: Mapped[bool] = mapped_column(default=False)
    """They were added because the step was late."""
    is_open: Mapped[bool] = mapped_column(default=True)
    """The task is open: an inbox looks at no other rows."""


class WorkflowHistoryEntry(TenantRow, Base):
    """An entry of an execution's history. Never changed."""

    __tablename__ = "workflow_history"
    __table_args__ = (
        tenant_foreign_key("workflow_executions", "execution_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "execution_id", "number", name="uq_workflow_history_number"),
    )
    execution_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    """`definition.history.HistoryKind`."""
    branch_path: Mapped[str] = mapped_column(String(1000), default="")
    step_key: Mapped[str | None] = mapped_column(_KEY)
    actor: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class WorkflowDelegation(TenantRow, Base):
    """Somebody decides in another's place for some time, such as while they are out of office."""

    __tablename__ = "workflow_delegations"
    __table_args__ = (
        tenant_foreign_key("users", "user_id"),
        tenant_foreign_key("users", "delegate_id"),
        Index("ix_workflow_delegations_user", "tenant_id", "user_id"),
        Index("ix_workflow_delegations_delegate", "tenant_id", "delegate_id"),
    )
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    delegate_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(MAX_REASON), default="")


ENTITY_NAMES = (EntityNames(WORKFLOW, Workflow, (Workflow.name,)), *sla_tables.ENTITY_NAMES)
_FROM_EXECUTION = (
    "parallel_branches.execution_id",
    "workflow_joins.execution_id",
    "workflow_tasks.execution_id",
    "workflow_history.execution_id",
)
_FROM_BRANCH = ("parallel_branches.parent_id", "workflow_joins.branch_id", "workflow_tasks.branch_id")
REFERENCES = (
    *sla_tables.REFERENCES,
    *(Reference(column, "workflow_executions", Clone.DROP, Erase.ROW) for column in _FROM_EXECUTION),
    *(Reference(column, "parallel_branches", Clone.DROP, Erase.ROW) for column in _FROM_BRANCH),
    Reference("workflow_delegations.delegate_id", "users", Clone.DROP, Erase.ROW),
    Reference("workflow_delegations.user_id", "users", Clone.DROP, Erase.ROW),
    Reference("workflow_executions.event_id", "events", Clone.DROP, Erase.ROW),
    Reference(
        "workflow_executions.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH
    ),
    Reference("workflow_executions.version_id", "workflow_versions", Clone.DROP, Erase.ROW),
    Reference("workflow_executions.workflow_id", "workflows", Clone.DROP, Erase.ROW),
    Reference("workflow_task_assignees.task_id", "workflow_tasks", Clone.DROP, Erase.ROW),
    Reference("workflow_task_assignees.user_id", "users", Clone.DROP, Erase.ROW),
    Reference("workflow_tasks.decided_by_id", "users", Clone.DROP, Erase.REFERENCE),
    Reference("workflow_tasks.decided_for_id", "users", Clone.DROP, Erase.REFERENCE),
    Reference("workflow_tasks.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("workflow_versions.workflow_id", "workflows", Clone.REMAP, Erase.ROW),
    Reference("workflows.event_id", "events", Clone.REMAP, Erase.ROW),
)


def _published(rows: Sequence[Values], source: SourceRows) -> list[Values]:
    """Return the version of each workflow that new executions take, if what is published is published in the copy."""
    numbers = {row["id"]: row["published_version"] for row in source.rows["workflows"]}
    return [row for row in rows if source.publishes and row["number"] == numbers[row["workflow_id"]]]


def _draft(copying: Copying) -> dict[str, Any]:
    """Return the definition that new executions take; of a workflow that was never published, its draft."""
    version = _published_row(copying)
    return dict(copying.row["draft"] if version is None else version["definition"])


def _published_version(copying: Copying) -> int | None:
    """Return the number of the copy's published version; None: it is a draft, unless somebody asked for more and nothing is missing."""
    version = _published_row(copying)
    return 1 if copying.publishes and version and version["id"] not in copying.incomplete else None


def _published_row(copying: Copying) -> Values | None:
    own = (copying.row["id"], copying.row["published_version"])
    rows = copying.rows["workflow_versions"]
    return next((row for row in rows if (row["workflow_id"], row["number"]) == own), None)


_KEEPS = ("users", "message_templates", "business_calendars")
WORKFLOWS_PART = Part("workflows", N_("Workflows"), order=25)
CLONING = (
    CopiedTable(
        "workflows",
        WORKFLOWS_PART,
        label=N_("Workflow"),
        names=("name",),
        columns={
            "draft": Rewrite(keeps=_KEEPS, compute=_draft, empties=True),
            "published_version": StartAnew(
                _published_version,
                label=N_("Published"),
                compares=lambda number: number is not None,
            ),
            "version": StartAnew(1),
        },
    ),
    CopiedTable(
        "workflow_versions",
        WORKFLOWS_PART,
        label=N_("Published version of a workflow"),
        names=(),
        entity="workflow",
        is_detail=True,
        columns={
            "definition": Rewrite(keeps=_KEEPS, empties=True),
            "number": StartAnew(1),
            "published_at": StartAnew(lambda copying: copying.now),
            "published_by": StartAnew(lambda copying: copying.actor),
        },
        select=_published,
        needs_all=True,
    ),
    LeftOut(
        (
            "workflow_executions",
            "parallel_branches",
            "workflow_joins",
            "workflow_tasks",
            "workflow_task_assignees",
            "workflow_history",
            "sla_clocks",
        ),
        N_("Executions of workflows"),
        N_("They decide about people of the other event."),
    ),
)

"""The tables of workflows: steps, executions for each participant, and parallel branches."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import StepType
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key


class ExecutionStatus(StrEnum):
    """The status of a participant's execution of a workflow."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class BranchStatus(StrEnum):
    """The status of one branch of a fork."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    BYPASSED = "BYPASSED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"


class Workflow(Searchable, TenantRow, Base):
    """A workflow of an event; `published_version` is None for a draft."""

    __tablename__ = "workflows"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id", "name"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(200))
    published_version: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)


class Step(TenantRow, Base):
    """A step; `next_step_id` is None for the last one. The branches of a FORK are in its `config`."""

    __tablename__ = "steps"
    __table_args__ = (
        tenant_foreign_key("workflows", "workflow_id", ondelete="CASCADE"),
        tenant_foreign_key("steps", "next_step_id"),
        Index("ix_steps_workflow", "tenant_id", "workflow_id", "position"),
    )
    workflow_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[StepType] = mapped_column(enum_column(StepType))
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sla_minutes: Mapped[int | None]
    next_step_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))


class WorkflowExecution(TenantRow, Base):
    """One participant's execution of a workflow."""

    __tablename__ = "workflow_executions"
    __table_args__ = (
        tenant_foreign_key("workflows", "workflow_id"),
        tenant_foreign_key("participants", "participant_id"),
        tenant_foreign_key("steps", "current_step_id"),
        UniqueConstraint("tenant_id", "workflow_id", "participant_id"),
        Index("ix_workflow_executions_due", "tenant_id", "status", "due_at"),
    )
    workflow_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    workflow_version: Mapped[int]
    current_step_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    status: Mapped[ExecutionStatus] = mapped_column(
        enum_column(ExecutionStatus), default=ExecutionStatus.ACTIVE
    )
    step_started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]


class ParallelBranch(TenantRow, Base):
    """One branch of a fork in an execution, until its join."""

    __tablename__ = "parallel_branches"
    __table_args__ = (
        tenant_foreign_key("workflow_executions", "execution_id", ondelete="CASCADE"),
        tenant_foreign_key("steps", "fork_step_id"),
        tenant_foreign_key("steps", "join_step_id"),
        tenant_foreign_key("steps", "current_step_id"),
        UniqueConstraint("tenant_id", "execution_id", "join_step_id", "branch_key"),
    )
    execution_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    branch_key: Mapped[str] = mapped_column(String(64))
    fork_step_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    join_step_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    current_step_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    status: Mapped[BranchStatus] = mapped_column(enum_column(BranchStatus), default=BranchStatus.PENDING)
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


REFERENCES = (
    Reference("parallel_branches.current_step_id", "steps", Clone.DROP, Erase.REFERENCE),
    Reference("parallel_branches.execution_id", "workflow_executions", Clone.DROP, Erase.ROW),
    Reference("parallel_branches.fork_step_id", "steps", Clone.DROP, Erase.ROW),
    Reference("parallel_branches.join_step_id", "steps", Clone.DROP, Erase.ROW),
    Reference("steps.next_step_id", "steps", Clone.REMAP, Erase.REFERENCE),
    Reference("steps.workflow_id", "workflows", Clone.REMAP, Erase.ROW),
    Reference("workflow_executions.current_step_id", "steps", Clone.DROP, Erase.REFERENCE),
    Reference("workflow_executions.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("workflow_executions.workflow_id", "workflows", Clone.DROP, Erase.ROW),
    Reference("workflows.event_id", "events", Clone.REMAP, Erase.ROW),
)

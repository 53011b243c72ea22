"""Requests and responses about tasks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field

from hub_sync.contract.enums import ParticipantStatus, StepType
from hub_sync.hub.domains.workflows.manifest import TaskDecision
from hub_sync.hub.domains.workflows.tables import TaskStatus
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, NoteText, OptionalId

MOST_DECISIONS = 500
PersonsDecision = Literal[TaskDecision.APPROVE, TaskDecision.REJECT, TaskDecision.BYPASS, TaskDecision.RETURN]
"""What somebody can decide; a time-out is nobody's decision."""


class TaskAnswer(BaseModel):
    """A decision about a task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: PersonsDecision = Field(
        description="`APPROVE`: done, or yes. `BYPASS`: skip the step. `RETURN`: back to `return_to`."
    )
    reason: NoteText = Field(default="", description="Why; needed unless it is approved.")
    return_to: OptionalId = Field(
        default="", description="With `RETURN`: key of the step to which it goes back."
    )


class ManyTaskAnswers(TaskAnswer):
    """One decision about many tasks."""

    task_ids: Annotated[tuple[Id, ...], FailFast()] = Field(
        min_length=1, max_length=MOST_DECISIONS, description="Ids of the tasks."
    )


class TaskResponse(ResponseModel):
    """A task of somebody at a step."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="Id of the event.")
    execution_id: str = Field(description="Id of the execution.")
    branch_id: str = Field(description="Id of the branch.")
    step_key: str = Field(description="Key of the step.")
    type: StepType = Field(description="Kind of step.")
    status: TaskStatus = Field(description="`DECIDED`: it may still be taken back until `effective_at`.")
    round: int = Field(description="From 1; a return begins a new one.")
    opened_at: datetime = Field(description="Since then somebody is waited for, UTC.")
    decision: TaskDecision | None = Field(description="The decision; null: none yet.")
    reason: str = Field(description="Why; “…” for callers who may not read participants.")
    return_to: str | None = Field(description="Of `RETURN`: key of the step to which it goes back.")
    decided_by: str = Field(description="Who decided, as the audit log names them; empty: nobody.")
    decided_by_id: str | None = Field(description="Id of the user who decided.")
    decided_for_id: str | None = Field(
        description="Id of the user in whose place they decided, by a delegation."
    )
    decided_at: datetime | None = Field(description="Time of the decision, UTC; the deadline counts to it.")
    effective_at: datetime | None = Field(description="When it takes effect, UTC.")
    applied_at: datetime | None = Field(
        description="When it took effect, UTC; null: it can still be taken back."
    )
    ended_at: datetime | None = Field(description="When the task ended, UTC.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class TaskResult(BaseModel):
    """The result of one of many decisions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "task_id": "01976b2e-5c26-7d0a-8c11-2d4f6a8b0c1e",
                    "is_done": True,
                    "code": "",
                    "message": "",
                    "status": 200,
                    "effective_at": "2026-06-10T08:01:00Z",
                }
            ]
        }
    )

    task_id: str = Field(description="Id of the task.")
    is_done: bool = Field(description="False: this decision was refused, for the reason of `code`.")
    code: str = Field(description="Code of the error; empty: none.", examples=["WorkflowTaskEnded"])
    message: str = Field(description="The error as an English sentence; empty: none.")
    status: int = Field(
        description="The HTTP status that a single decision would have had.", examples=[200, 409]
    )
    effective_at: datetime | None = Field(description="When the decision takes effect, UTC.")


class ManyTaskResults(BaseModel):
    """The results of many decisions, in the order of the request."""

    done: int = Field(description="How many decisions were taken.")
    results: list[TaskResult] = Field(description="One for each task.")


class ExecutionSubject(ResponseModel):
    """The participant of an execution."""

    id: str = Field(description="Id of the participant.")
    registration_code: str = Field(description="Registration code.")
    first_name: str = Field(description="First name.")
    last_name: str = Field(description="Last name.")
    category: str = Field(description="Category.")
    status: ParticipantStatus = Field(description="Status.")


class TaskAssignees(ResponseModel):
    """The people who may do a task."""

    users: list[str] = Field(description="Ids of users.")
    roles: list[str] = Field(description="Roles.")


class TaskDeadline(ResponseModel):
    """The deadline of a task."""

    clock_id: str = Field(description="Id of the clock.")
    due_at: datetime = Field(description="Due time, UTC.")
    state: str = Field(description="State of the clock.")

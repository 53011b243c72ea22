"""Requests and responses about executions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockResponse
from hub_sync.hub.domains.workflows.definition.model import Assignees, JoinRule, OnReject, OnTimeout, Voters
from hub_sync.hub.domains.workflows.manifest import BranchStatus, ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.tables import JoinStatus
from hub_sync.hub.domains.workflows.tasks.schemas import TaskResponse
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, NoteText


class NewExecution(BaseModel):
    """A start by hand. The conditions of the workflow's start are not looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participant_id: Id = Field(description="Id of the participant.")


class ExecutionCancellation(BaseModel):
    """The end of an execution where it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: NoteText = Field(default="", description="Why.")


class ExecutionResponse(ResponseModel):
    """A participant's execution of a workflow."""

    id: str = Field(description="Its id.")
    event_id: str = Field(description="Id of the event.")
    workflow_id: str = Field(description="Id of the workflow.")
    version_id: str = Field(description="Id of the version that it runs by to its end.")
    participant_id: str = Field(description="Id of the participant.")
    status: ExecutionStatus = Field(description="Status.")
    trigger: str = Field(description="What started it.", examples=["REGISTRATION"])
    started_by: str = Field(description="Who started it, as the audit log names them.")
    started_at: datetime = Field(description="Time of its start, UTC.")
    ended_at: datetime | None = Field(description="Time of its end, UTC.")
    outcome: ExecutionStatus | None = Field(
        description="The outcome as soon as it is known; the status follows when the participant has theirs."
    )
    problem: str = Field(
        description="Code of the error that keeps the outcome back; empty: none.", examples=["EventFull"]
    )
    retry_at: datetime | None = Field(description="When the outcome is tried again, UTC.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class BranchResponse(ResponseModel):
    """A branch: the root branch, or one of a fork until its join."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01976b2e-5c24-7d0a-8c11-2d4f6a8b0c1e",
                    "parent_id": "01976b2e-5c22-7e0a-8c11-2d4f6a8b0c1e",
                    "path": "reviews/papers",
                    "step_key": "papers",
                    "status": "COMPLETED",
                    "round": 1,
                    "started_at": "2026-06-10T08:00:00Z",
                    "ended_at": "2026-06-10T09:00:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    parent_id: str | None = Field(description="The branch on which the fork is; null: it is the root branch.")
    path: str = Field(description="Fork and branch keys from the root; empty: the root branch.")
    step_key: str | None = Field(description="Where it stands; null: it is at its end.")
    status: BranchStatus = Field(description="Status.")
    round: int = Field(description="From 1; a return begins a new one.")
    started_at: datetime | None = Field(description="Time of its start, UTC.")
    ended_at: datetime | None = Field(description="Time of its end, UTC.")


class JoinResponse(ResponseModel):
    """A join, from its fork on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01976b2e-5c25-7d0a-8c11-2d4f6a8b0c1e",
                    "branch_id": "01976b2e-5c22-7e0a-8c11-2d4f6a8b0c1e",
                    "path": "reviews",
                    "step_key": "reviewed",
                    "status": "FIRED",
                    "opened": 2,
                    "needed": 2,
                    "ended_at": "2026-06-10T09:30:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    branch_id: str = Field(description="The branch that waits at it.")
    path: str = Field(description="The branch's path, and the key of the fork.")
    step_key: str = Field(description="Key of the step.")
    status: JoinStatus = Field(description="Status.")
    opened: int = Field(description="How many branches were opened.")
    needed: int = Field(description="How many have to be completed.")
    ended_at: datetime | None = Field(description="When it fired or failed, UTC.")


class WaitKind(StrEnum):
    """A kind of thing for which an execution waits."""

    DECISION = "DECISION"
    """Somebody has to decide."""
    TAKE_BACK = "TAKE_BACK"
    """The time in which a decision can be taken back."""
    OUTCOME = "OUTCOME"
    """The hub refuses the participant's status for now, and tries again."""
    UNREADABLE = "UNREADABLE"
    """What is stored of its version can't be read: nothing goes on, and somebody has to cancel it."""


class WaitingJoin(BaseModel):
    """The join at which a task's branch ends."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "step_key": "reviewed",
                    "name": "Both reviews",
                    "rule": "ALL",
                    "on_reject": "FAIL_FAST",
                    "voters": "BRANCH",
                    "opened": 2,
                    "needed": 2,
                    "completed": 1,
                    "due_at": "2026-06-12T08:00:00Z",
                    "on_timeout": "FAIL",
                }
            ]
        }
    )

    step_key: str = Field(description="Key of the step.")
    name: str = Field(description="Display name.")
    rule: JoinRule = Field(description="For how many branches it waits.")
    on_reject: OnReject = Field(description="What a rejected branch does to it.")
    voters: Voters = Field(description="Whose votes count.")
    opened: int = Field(description="How many branches were opened.")
    needed: int = Field(description="How many have to be completed.")
    completed: int = Field(description="How many are.")
    due_at: datetime | None = Field(description="Its own due time, UTC; null: none.")
    on_timeout: OnTimeout = Field(description="What happens if it is late.")


class WaitingFor(BaseModel):
    """One thing for which an execution waits: for whom, since when, by which rule, and what happens if nobody acts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "TAKE_BACK",
                    "since": "2026-06-10T08:00:00Z",
                    "task_id": "01976b2e-5c26-7d0a-8c11-2d4f6a8b0c1e",
                    "step_key": "papers",
                    "step_name": "Review the papers",
                    "type": "REVIEW",
                    "branch": "reviews/papers",
                    "users": [],
                    "delegates": [],
                    "names": {},
                    "roles": ["OPERATOR"],
                    "can_act": True,
                    "decision": "APPROVE",
                    "until": "2026-06-10T08:31:00Z",
                    "due_at": "2026-06-11T08:00:00Z",
                    "is_late": False,
                    "on_timeout": "ESCALATE",
                    "escalate_to": {"roles": ["ADMIN"]},
                    "join": {
                        "step_key": "reviewed",
                        "name": "Both reviews",
                        "rule": "ALL",
                        "on_reject": "FAIL_FAST",
                        "voters": "BRANCH",
                        "opened": 2,
                        "needed": 2,
                        "completed": 1,
                        "due_at": "2026-06-12T08:00:00Z",
                        "on_timeout": "FAIL",
                    },
                    "problem": "",
                }
            ]
        }
    )

    kind: WaitKind = Field(description="What it waits for.")
    since: datetime = Field(description="Since then, UTC.")
    task_id: str | None = Field(description="Id of the task; null: it waits as a whole.")
    step_key: str = Field(description="Key of the step; empty: it waits as a whole.")
    step_name: str = Field(description="Display name of the step.")
    type: StepType | None = Field(description="Kind of step.")
    branch: str = Field(description="Path of the branch; empty: the root branch.")
    users: list[str] = Field(description="Ids of users who are waited for.")
    delegates: list[str] = Field(description="Ids of users who act in their place now.")
    names: dict[str, str] = Field(description="The names of all these users, by their ids.")
    roles: list[str] = Field(description="Roles; everybody with one of them is waited for.")
    can_act: bool = Field(
        description="False: nobody of them can sign in and decide any more. Whoever manages workflows still can."
    )
    decision: TaskDecision | None = Field(description="With `TAKE_BACK`: the decision.")
    until: datetime | None = Field(
        description="When it goes on by itself, UTC: the decision takes effect, or the outcome is tried again."
    )
    due_at: datetime | None = Field(description="Due time, UTC; null: none.")
    is_late: bool = Field(description="True: the due time is over.")
    on_timeout: OnTimeout = Field(
        description="What happens if nobody acts; `NONE`: it waits on, and whoever listens hears of it."
    )
    escalate_to: Assignees = Field(description="With `ESCALATE`: who may act then, too.")
    join: WaitingJoin | None = Field(description="The join that counts the branch.")
    problem: str = Field(description="With `OUTCOME` and `UNREADABLE`: code of the error that keeps it back.")


class ExecutionStateResponse(ExecutionResponse):
    """An execution with all that it consists of."""

    branches: list[BranchResponse] = Field(description="Its branches.")
    joins: list[JoinResponse] = Field(description="Its joins.")
    tasks: list[TaskResponse] = Field(description="Its tasks, also those that are ended.")
    clocks: list[SlaClockResponse] = Field(description="Its deadlines.")
    waiting_for: list[WaitingFor] = Field(description="For whom it waits, since when, and by which rule.")


class HistoryEntryResponse(ResponseModel):
    """An entry of an execution's history."""

    number: int = Field(description="From 1, without gaps.")
    kind: str = Field(description="What happened.", examples=["DECIDED"])
    branch_path: str = Field(description="Path of the branch; empty: the root branch.")
    step_key: str | None = Field(description="Key of the step.")
    actor: str = Field(description="Who did it, as the audit log names them.")
    data: dict[str, Any] = Field(
        description="More of it; `reason` is “…” for callers who may not read participants."
    )
    at: datetime = Field(description="When, UTC.")

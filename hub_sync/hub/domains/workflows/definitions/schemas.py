"""Requests and responses about definitions of workflows."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.hub.domains.workflows.definition.checks import SENTENCES, Fault
from hub_sync.hub.domains.workflows.definition.model import Definition
from hub_sync.hub.domains.workflows.definitions.workflow_templates import WorkflowShape
from hub_sync.hub.domains.workflows.schemas import (
    EXAMPLE_STEP,
    EXAMPLE_WORKFLOW,
    WorkflowWithStepsResponse,
)
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import NoteText, SingleLineText

MOST_SIMULATED = 1000


class NewWorkflow(BaseModel):
    """A new workflow: a draft that starts for nobody before it is published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SingleLineText = Field(description="Display name, unique in the event.")
    description: NoteText = Field(default="", description="What it is for.")
    shape: WorkflowShape | None = Field(
        default=None, description="A common case to begin with; null: no steps, or those of `definition`."
    )
    definition: Definition | None = Field(default=None, description="Its steps; with `shape`: null.")


class WorkflowChanges(BaseModel):
    """The members to change; the others stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[SingleLineText, Field(description="Display name, unique in the event.")] = "?"
    description: Annotated[NoteText, Field(description="What it is for.")] = ""
    definition: Annotated[
        Definition, Field(description="The whole draft. It may have faults as long as it is not published.")
    ] = Definition()
    is_enabled: Annotated[bool, Field(description="False: it starts for nobody new.")] = True


class WorkflowDraftResponse(WorkflowWithStepsResponse):
    """A workflow with its steps, and its draft."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE_WORKFLOW,
                    "steps": [EXAMPLE_STEP],
                    "draft": {
                        "steps": [{"key": "documents", "name": "Review the documents", "type": "REVIEW"}]
                    },
                }
            ]
        }
    )

    draft: dict[str, Any] = Field(
        description="The draft, as `definition` of a change; what is as by default is left out."
    )


class WorkflowFaultResponse(BaseModel):
    """A fault that keeps a draft from being published."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "NO_ASSIGNEE",
                    "step_key": "papers",
                    "message": "Nobody is assigned to “Review the papers”.",
                    "parameters": {"step": "Review the papers"},
                }
            ]
        }
    )

    code: str = Field(description="Its code.", examples=["NO_ASSIGNEE"])
    step_key: str = Field(description="Key of the step that has it; empty: the whole.")
    message: str = Field(description="One English sentence.")
    parameters: dict[str, Any] = Field(description="What the sentence names.")

    @classmethod
    def of(cls, fault: Fault) -> "WorkflowFaultResponse":
        """Return the response for a fault."""
        return cls(
            code=fault.code.value,
            step_key=fault.key,
            message=fill_in(SENTENCES[fault.code], fault.parameters),
            parameters=fault.parameters,
        )


class WorkflowFaultsResponse(BaseModel):
    """The faults of a draft."""

    faults: list[WorkflowFaultResponse] = Field(description="Empty: it can be published.")


class WorkflowPublication(BaseModel):
    """The draft that is published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(
        ge=1,
        le=2**31 - 1,
        description="`version` of the workflow as it was read, so that nobody publishes what they have not read.",
    )


class WorkflowVersionResponse(ResponseModel):
    """A published version, which never changes."""

    id: str = Field(description="Its id.")
    workflow_id: str = Field(description="Id of the workflow.")
    number: int = Field(description="Number, from 1.")
    published_at: datetime = Field(description="Time of its publication, UTC.")
    published_by: str = Field(description="Who published it, as the audit log names them.")


class WorkflowVersionWithDefinitionResponse(WorkflowVersionResponse):
    """A published version with its definition."""

    definition: dict[str, Any] = Field(
        description="The definition that its executions run by; what is as by default is left out."
    )


class WorkflowSimulation(BaseModel):
    """A trial of a draft with people who are registered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participants: int = Field(
        default=MOST_SIMULATED,
        ge=1,
        le=MOST_SIMULATED,
        description="With how many of the event's newest participants it is tried.",
    )


class SimulatedStep(BaseModel):
    """A step in a simulation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "papers",
                    "name": "Review the papers",
                    "type": "REVIEW",
                    "reached": 240,
                    "skipped": 12,
                    "joined": 0,
                    "failed": 0,
                    "failed_for": [],
                    "branches": {},
                }
            ]
        }
    )

    key: str = Field(description="Its key.")
    name: str = Field(description="Display name.")
    type: str = Field(description="Kind of step.")
    reached: int = Field(description="For how many people it was reached.")
    skipped: int = Field(description="How many people it does not concern.")
    joined: int = Field(description="Of a JOIN: for how many people it fired.")
    failed: int = Field(
        description="Of a JOIN: for how many people it can't be reached, whatever is decided."
    )
    failed_for: list[str] = Field(
        description="Registration codes of some of them, for those who may read participants."
    )
    branches: dict[str, int] = Field(description="Of a FORK: how often each branch was opened, by its key.")


class WorkflowSimulationResponse(BaseModel):
    """A draft as it would run if everybody approved, each at the last minute."""

    participants: int = Field(description="With how many people it was tried.")
    starting: int = Field(description="For how many of them it would start by itself.")
    completed: int = Field(description="How many would be through.")
    rejected: int = Field(description="How many would be rejected, since a join can't be reached.")
    shortest_minutes: int = Field(
        description="Business minutes from start to end of the quickest, by deadlines."
    )
    longest_minutes: int = Field(description="The same of the slowest.")
    mean_minutes: int = Field(description="The same on the average.")
    steps: list[SimulatedStep] = Field(description="The steps in their order.")

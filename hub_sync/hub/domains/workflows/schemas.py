"""Response schemas of workflows and their steps."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from hub_sync.contract.enums import StepType
from hub_sync.hub.kit.schemas import ResponseModel

_STEP: dict[str, Any] = {
    "id": "01977a52-7d10-7c3b-8e21-0a1b2c3d4e5f",
    "position": 1,
    "name": "Review the documents",
    "type": "REVIEW",
    "config": {},
    "sla_minutes": 1440,
    "next_step_id": "01977a53-8e21-7c3b-8e21-0a1b2c3d4e5f",
}
_WORKFLOW: dict[str, Any] = {
    "id": "01977a50-1f2e-7b4d-9c60-5d4e3f2a1b0c",
    "event_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
    "name": "Press accreditation",
    "published_version": 2,
    "version": 3,
    "created_at": "2026-02-17T09:30:00Z",
    "updated_at": "2026-02-18T14:05:00Z",
}


class StepResponse(ResponseModel):
    """A step of a workflow."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STEP]})

    id: str = Field(description="Its id.")
    position: int = Field(description="Position among the steps, from 1.")
    name: str = Field(description="Display name.")
    type: StepType = Field(description="Kind of step.")
    config: dict[str, Any] = Field(description="Configuration of the step; the branches of a FORK are here.")
    sla_minutes: int | None = Field(description="Time limit in minutes; null if there is none.")
    next_step_id: str | None = Field(description="Id of the next step; null for the last step.")


class WorkflowResponse(ResponseModel):
    """A workflow of an event."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WORKFLOW]})

    id: str = Field(description="Its id.")
    event_id: str = Field(description="Id of the event.")
    name: str = Field(description="Display name.")
    published_version: int | None = Field(description="Published version; null for a draft.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class WorkflowWithStepsResponse(WorkflowResponse):
    """A workflow with its steps in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_WORKFLOW, "steps": [_STEP]}]})

    steps: list[StepResponse] = Field(description="Steps in their order.")

"""Response schemas of workflows and their steps."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import StepDefinition
from hub_sync.hub.kit.schemas import ResponseModel

EXAMPLE_STEP: dict[str, Any] = {
    "position": 1,
    "key": "documents",
    "name": "Review the documents",
    "type": "REVIEW",
    "next": "approval",
    "sla_minutes": 1440,
    "config": {"assignees": {"roles": ["OPERATOR"]}},
}
EXAMPLE_WORKFLOW: dict[str, Any] = {
    "id": "01977a50-1f2e-7b4d-9c60-5d4e3f2a1b0c",
    "event_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
    "name": "Press accreditation",
    "description": "Journalists and photographers",
    "published_version": 2,
    "is_enabled": True,
    "version": 3,
    "created_at": "2026-02-17T09:30:00Z",
    "updated_at": "2026-02-18T14:05:00Z",
}


class StepResponse(ResponseModel):
    """A step of a workflow."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STEP]})

    position: int = Field(description="Position among the steps, from 1. Everybody begins with the first.")
    key: str = Field(description="Its key, which stays the same from version to version.")
    name: str = Field(description="Display name.")
    type: StepType = Field(description="Kind of step.")
    next: str | None = Field(description="Key of the next step; null for the last step, and for a FORK.")
    sla_minutes: int | None = Field(description="Time limit in minutes; null if there is none.")
    config: dict[str, Any] = Field(
        description="The rest of its definition; what is as by default is left out. The branches of a FORK are here."
    )

    @classmethod
    def of(cls, position: int, step: StepDefinition) -> "StepResponse":
        """Return the response for a step of a definition."""
        config = step.model_dump(mode="json", exclude_defaults=True, exclude={"key", "name", "type", "next"})
        return cls(
            position=position,
            key=step.key,
            name=step.name,
            type=step.type,
            next=step.next,
            sla_minutes=step.sla.minutes if step.sla else None,
            config=config,
        )


class WorkflowResponse(ResponseModel):
    """A workflow of an event."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_WORKFLOW]})

    id: str = Field(description="Its id.")
    event_id: str = Field(description="Id of the event.")
    name: str = Field(description="Display name.")
    description: str = Field(description="What it is for.")
    published_version: int | None = Field(description="Published version; null for a draft.")
    is_enabled: bool = Field(description="False: it starts for nobody new.")
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class WorkflowWithStepsResponse(WorkflowResponse):
    """A workflow with its steps in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE_WORKFLOW, "steps": [EXAMPLE_STEP]}]})

    steps: list[StepResponse] = Field(description="Steps in their order.")

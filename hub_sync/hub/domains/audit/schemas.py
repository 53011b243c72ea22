"""The audit log on the wire."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from hub_sync.hub.kit.schemas import ResponseModel


class AuditEntryResponse(ResponseModel):
    """One change: who, what, when, on what, and what it was before and after."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01976f3e-8a51-7c55-9d0e-6a3f1b2c4d5e",
                    "created_at": "2026-06-10T08:00:00Z",
                    "actor": "user:ada@example.org",
                    "action": "update",
                    "entity": "event",
                    "entity_id": "01976f3e-0d2b-7e1f-8c4a-2f7b9e6d1a3c",
                    "before": {"capacity": 400, "version": 1},
                    "after": {"capacity": 500, "version": 2},
                    "operation_id": None,
                }
            ]
        }
    )

    id: str = Field(description="The entry's id.")
    created_at: datetime = Field(description="When it was done.")
    actor: str = Field(description="Who did it: `user:…`, `key:…`, `device:…`, `cli` or `system`.")
    action: str = Field(description="What was done: `create`, `update`, `delete`, …")
    entity: str = Field(description="The kind of thing that it was done to.")
    entity_id: str = Field(description="The id of that thing.")
    before: dict[str, Any] | None = Field(
        description="Of what changed, how it was; null: it was not there; “…”: the caller may not read it."
    )
    after: dict[str, Any] | None = Field(
        description="Of what changed, how it is; null: it is gone; “…”: the caller may not read it."
    )
    operation_id: str | None = Field(
        default=None, description="The bulk operation that it was a part of; null: it was done alone."
    )

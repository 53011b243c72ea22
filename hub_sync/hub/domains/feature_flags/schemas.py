"""Requests and responses about feature flags."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.hub.domains import registry
from hub_sync.hub.kit.schemas import ResponseModel


class FeatureFlagResponse(ResponseModel):
    """A part of the hub, and whether the tenant has it switched on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "FF_WEBHOOKS",
                    "name": "Webhooks",
                    "description": "Tells other systems at once what happens here.",
                    "enabled": True,
                    "enabled_by_default": False,
                    "switched_at": "2026-06-10T08:00:00Z",
                    "switched_by": "user:ada@example.org",
                }
            ]
        }
    )

    key: str = Field(description="The flag's name.", json_schema_extra={"enum": list(registry().flags)})
    name: str = Field(description="Its name for people.")
    description: str = Field(description="What it opens.")
    enabled: bool = Field(description="Whether it is on for the tenant.")
    enabled_by_default: bool = Field(description="How it stands for a tenant that has not decided about it.")
    switched_at: datetime | None = Field(description="When somebody switched it last; null: nobody did.")
    switched_by: str | None = Field(description="Who switched it last, as the audit log names them.")


class FeatureFlagChange(BaseModel):
    """The requested state of a flag."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"enabled": True}]}
    )

    enabled: bool = Field(description="True switches it on, false off.", strict=True)

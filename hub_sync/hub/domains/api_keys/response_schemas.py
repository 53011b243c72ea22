"""API keys as they go over the wire; the key itself only in the answer that made it."""

from datetime import datetime

from pydantic import Field

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.kit.schemas import ResponseModel


class ApiKeyResponse(ResponseModel):
    """A key, as far as it can be told."""

    id: str = Field(description="Its id.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    name: str = Field(description="What it is for.", examples=["Badge printing"])
    prefix: str = Field(
        description="How the key begins: to tell it by; no secret.", examples=["ak_0197_5f0c9ab13e42"]
    )
    status: ApiKeyStatus = Field(
        description="ACTIVE; ROTATED (good until `grace_until`); REVOKED; EXPIRED (can be given a new expiry)."
    )
    permissions: list[str] = Field(
        description="What it may do.", examples=[["events:read", "participants:*"]]
    )
    tier: RateLimitTier = Field(
        description="Calls a minute: STANDARD 100, ELEVATED 500, PREMIUM 2000, CUSTOM."
    )
    rate_limit: int | None = Field(description="Calls a minute of a CUSTOM key.", examples=[250])
    ip_allow_list: list[str] = Field(
        description="Where it is good; empty: everywhere.", examples=[["192.0.2.0/24"]]
    )
    expires_at: datetime | None = Field(description="When it stops being good; null: never.")
    grace_until: datetime | None = Field(description="Until when a rotated key stays good.")
    rotated_to_id: str | None = Field(
        description="The key that replaced it.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"]
    )
    revoked_at: datetime | None = Field(description="When it was revoked.")
    last_used_at: datetime | None = Field(
        description="When it was last used, to within some seconds; null: never."
    )
    usage_count: int = Field(description="How many calls it made, to within some seconds.", examples=[1204])
    created_by: str | None = Field(
        description="Who made it; null: another key, or whoever runs the hub.",
        examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"],
    )
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When its settings were last changed.")
    version: int = Field(description="Counts the changes of its settings; stands in the ETag.", examples=[3])


class NewApiKeyResponse(ApiKeyResponse):
    """A key that was just made."""

    key: str | None = Field(
        description="The whole key. It is kept nowhere and can't be told again: null, where the answer is a repeated one.",
        examples=["ak_0197_" + "0" * 56 + "e0f2cf8a"],
    )


class ValidationResponse(ResponseModel):
    """Whether a key is good, and what then; of one that isn't, nothing is told."""

    valid: bool = Field(description="Whether it is a key of the tenant and good now.")
    id: str | None = Field(
        default=None, description="Its id.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"]
    )
    name: str | None = Field(default=None, description="What it is for.", examples=["Badge printing"])
    permissions: list[str] | None = Field(
        default=None, description="What it may do.", examples=[["events:read"]]
    )
    ip_allow_list: list[str] | None = Field(
        default=None, description="Where it is good; empty: everywhere.", examples=[["192.0.2.0/24"]]
    )
    calls_a_minute: int | None = Field(
        default=None, description="How many calls a minute it may make.", examples=[500]
    )
    expires_at: datetime | None = Field(default=None, description="When it stops being good; null: never.")

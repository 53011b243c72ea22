"""Requests and responses of API keys. Only the response that creates a key contains it."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.domains import registry
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.security.credential_bounds import DAY_S, MAX_GRACE_S
from hub_sync.hub.kit.text_types import Instant, Networks, ShortText

MAX_RATE_LIMIT = 100_000
GRANTABLE: tuple[str, ...] = tuple(
    sorted(
        {
            "*",
            *map(str, registry().permissions),
            *(f"{name.partition(':')[0]}:*" for name in registry().permissions),
        }
    )
)
"""Every permission, and the wildcards over them."""


def _permission(text: str) -> str:
    if not registry().is_permission(text):
        raise ValueError(f"there is no permission “{text}”")
    return text


def _once_each(texts: list[str]) -> list[str]:
    return sorted(set(texts))


PermissionName = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_permission),
    Field(json_schema_extra={"enum": list(GRANTABLE)}),
]
_DESCRIPTIONS = {
    "name": "What the key is for.",
    "permissions": "What the key may do: exact (`events:read`), all of a domain (`events:*`) or all (`*`). "
    "Not more than its maker may.",
    "tier": "Calls a minute: STANDARD 100, ELEVATED 500, PREMIUM 2000, CUSTOM by `rate_limit`.",
    "rate_limit": "Calls a minute; with the tier CUSTOM, and only then.",
    "ip_allow_list": "Where the key is good: addresses and networks (CIDR), v4 and v6. Empty: everywhere.",
    "expires_at": "When the key stops being good; null: never.",
}
_EXAMPLE: dict[str, Any] = {
    "name": "Badge printing",
    "permissions": ["events:read", "participants:*"],
    "tier": "CUSTOM",
    "rate_limit": 250,
    "ip_allow_list": ["192.0.2.0/24", "2001:db8::/32"],
    "expires_at": "2030-12-31T23:59:59Z",
}

Permissions = Annotated[
    list[PermissionName],
    Field(min_length=1, max_length=len(GRANTABLE), fail_fast=True),
    AfterValidator(_once_each),
]
OwnLimit = Annotated[int, Field(ge=1, le=MAX_RATE_LIMIT)]


def _described(name: str, **more: Any) -> Any:
    """Return a field with its description and example."""
    return Field(description=_DESCRIPTIONS[name], examples=[_EXAMPLE[name]], **more)


class NewApiKey(BaseModel):
    """A new key."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    name: ShortText = _described("name")
    permissions: Permissions = _described("permissions")
    tier: RateLimitTier = _described("tier", default=RateLimitTier.STANDARD)
    rate_limit: OwnLimit | None = _described("rate_limit", default=None)
    ip_allow_list: Networks = _described("ip_allow_list", default=[])
    expires_at: Instant | None = _described("expires_at", default=None)

    @model_validator(mode="after")
    def _limit_fits_tier(self) -> Self:
        if (self.tier is RateLimitTier.CUSTOM) != (self.rate_limit is not None):
            raise ValueError("the tier CUSTOM needs a rate_limit, and only that one has one")
        return self


class ApiKeyChanges(BaseModel):
    """Changes of a key; fields left out stay as they are. Another tier than CUSTOM removes the own rate limit."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"tier": "PREMIUM", "ip_allow_list": ["192.0.2.0/24"]}]},
    )

    name: ShortText | None = _described("name", default=None)
    permissions: Permissions | None = _described("permissions", default=None)
    tier: RateLimitTier | None = _described("tier", default=None)
    rate_limit: OwnLimit | None = _described("rate_limit", default=None)
    ip_allow_list: Networks | None = _described("ip_allow_list", default=None)
    expires_at: Instant | None = _described("expires_at", default=None)


class RotationRequest(BaseModel):
    """The settings of a rotation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grace_s: int = Field(
        default=DAY_S,
        ge=0,
        le=MAX_GRACE_S,
        description="For how many seconds the old key stays good beside the new one; 0: not a moment.",
        examples=[DAY_S],
    )


class ValidationRequest(BaseModel):
    """A key to validate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(
        max_length=200,
        description="The whole key.",
        repr=False,
        examples=["ak_0197_" + "0" * 56 + "e0f2cf8a"],
    )


class ApiKeyResponse(ResponseModel):
    """A key, without its secret part."""

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
        description="Who made it, or took it over: it may do no more than they may, and is refused while they are "
        "deactivated; null: whoever runs the hub.",
        examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"],
    )
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When its settings were last changed.")
    version: int = Field(description="Counts the changes of its settings; stands in the ETag.", examples=[3])


class NewApiKeyResponse(ApiKeyResponse):
    """A new key."""

    key: str | None = Field(
        description="The whole key. It is kept nowhere and can't be told again: null, where the answer is a repeated one.",
        examples=["ak_0197_" + "0" * 56 + "e0f2cf8a"],
    )


class ValidationResponse(ResponseModel):
    """The result of a validation; of an invalid key nothing is returned."""

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

"""What API keys are made and changed with."""

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from hub_sync.contract.enums import RateLimitTier
from hub_sync.hub.domains import registry
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.text_types import Instant, ShortText

MAX_RATE_LIMIT = 100_000
DAY_S = 24 * 60 * 60
MAX_GRACE_S = 30 * DAY_S
GRANTABLE: tuple[str, ...] = tuple(
    sorted(
        {
            "*",
            *map(str, registry().permissions),
            *(f"{one.partition(':')[0]}:*" for one in registry().permissions),
        }
    )
)
"""Every permission, and the wildcards over them."""


def _permission(text: str) -> str:
    if not registry().is_permission(text):
        raise ValueError(f"there is no permission “{text}”")
    return text


def _network(text: str) -> str:
    try:
        return str(parse_networks([text])[0])
    except ValueError as error:
        raise ValueError(
            "not an address or a network, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
        ) from error


def _once_each(texts: list[str]) -> list[str]:
    return sorted(set(texts))


PermissionName = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_permission),
    Field(json_schema_extra={"enum": list(GRANTABLE)}),
]
_TOLD = {
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
    list[PermissionName], Field(min_length=1, max_length=len(GRANTABLE)), AfterValidator(_once_each)
]
NetworkText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=64), AfterValidator(_network)
]
Networks = Annotated[list[NetworkText], Field(max_length=64)]
OwnLimit = Annotated[int, Field(ge=1, le=MAX_RATE_LIMIT)]


def _told(name: str, **more: Any) -> Any:
    """What the API's description says of a field."""
    return Field(description=_TOLD[name], examples=[_EXAMPLE[name]], **more)


class NewApiKey(BaseModel):
    """A new key."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    name: ShortText = _told("name")
    permissions: Permissions = _told("permissions")
    tier: RateLimitTier = _told("tier", default=RateLimitTier.STANDARD)
    rate_limit: OwnLimit | None = _told("rate_limit", default=None)
    ip_allow_list: Networks = _told("ip_allow_list", default=[])
    expires_at: Instant | None = _told("expires_at", default=None)

    @model_validator(mode="after")
    def _limit_fits_tier(self) -> Self:
        if (self.tier is RateLimitTier.CUSTOM) != (self.rate_limit is not None):
            raise ValueError("the tier CUSTOM needs a rate_limit, and only that one has one")
        return self


class ApiKeyChanges(BaseModel):
    """What to change; what is left out stays. Another tier than CUSTOM takes the own rate limit away."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"tier": "PREMIUM", "ip_allow_list": ["192.0.2.0/24"]}]},
    )

    name: ShortText | None = _told("name", default=None)
    permissions: Permissions | None = _told("permissions", default=None)
    tier: RateLimitTier | None = _told("tier", default=None)
    rate_limit: OwnLimit | None = _told("rate_limit", default=None)
    ip_allow_list: Networks | None = _told("ip_allow_list", default=None)
    expires_at: Instant | None = _told("expires_at", default=None)


class RotationRequest(BaseModel):
    """How a key is replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grace_s: int = Field(
        default=DAY_S,
        ge=0,
        le=MAX_GRACE_S,
        description="For how many seconds the old key stays good beside the new one; 0: not a moment.",
        examples=[DAY_S],
    )


class ValidationRequest(BaseModel):
    """A key of which somebody wants to know whether it is good."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(
        max_length=200,
        description="The whole key.",
        repr=False,
        examples=["ak_0197_" + "0" * 56 + "e0f2cf8a"],
    )

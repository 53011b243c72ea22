"""The forms of keys. A key's expiry is told in the browser's time zone."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from hub_sync.contract.enums import RateLimitTier
from hub_sync.hub.console import N_, FormInvalid, _
from hub_sync.hub.console.local_times import ChooseHour, LocalTime, as_local, to_instant
from hub_sync.hub.domains.api_keys.schemas import (
    MAX_RATE_LIMIT,
    ApiKeyChanges,
    NewApiKey,
    Permissions,
)
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit.security.credential_bounds import DAY_S, MAX_GRACE_S
from hub_sync.hub.kit.text_types import Networks, ShortText

_NETWORKS: TypeAdapter[list[str]] = TypeAdapter(Networks)
_LIMIT_MISSING = N_("Say how many calls a minute.")


def _addresses(text: str) -> str:
    """Check addresses, one a line or with commas between; an error names the address that is wrong."""
    for address in _split(text):
        try:
            _NETWORKS.validate_python([address])
        except ValidationError as error:
            raise ValueError(_("“%(one)s” is no address or network.") % {"one": address}) from error
    if len(_split(text)) > _MOST_ADDRESSES:
        raise ValueError(_("At most %(n)s addresses and networks.") % {"n": _MOST_ADDRESSES})
    return text


_MOST_ADDRESSES = 64


class KeyForm(BaseModel):
    """The form of a new key."""

    name: ShortText
    permissions: Permissions
    tier: RateLimitTier = RateLimitTier.STANDARD
    rate_limit: int | None = Field(default=None, ge=1, le=MAX_RATE_LIMIT)
    addresses: Annotated[str, Field(max_length=5000), AfterValidator(_addresses)] = ""
    expires_at: LocalTime | None = None

    def new_key(self, zone: str, choose: ChooseHour) -> NewApiKey:
        """Return the key to create.

        Raises:
            FormInvalid: the tier CUSTOM without its limit, or the clocks skip the expiry.
            ConfirmationNeeded: 409, `choose` asks first.
        """
        return NewApiKey.model_validate(self._values(zone, choose))

    def _values(self, zone: str, choose: ChooseHour, before: datetime | None = None) -> dict[str, Any]:
        custom = self.tier is RateLimitTier.CUSTOM
        if custom and self.rate_limit is None:
            raise FormInvalid({"rate_limit": _(_LIMIT_MISSING)})
        return {
            "name": self.name,
            "permissions": self.permissions,
            "tier": self.tier,
            "rate_limit": self.rate_limit if custom else None,
            "ip_allow_list": _split(self.addresses),
            "expires_at": self.expires_at
            and to_instant("expires_at", self.expires_at, zone, before=before, choose=choose),
        }


class EditKeyForm(KeyForm):
    """As `KeyForm`; `version` is the one that it was filled in from."""

    version: int

    def changes(self, zone: str, expires_at: datetime | None, choose: ChooseHour) -> ApiKeyChanges:
        """Return the changes. `expires_at` is the key's: the form knows it to the minute only, and must not shift it.

        Raises:
            FormInvalid: the tier CUSTOM without its limit, or the clocks skip the expiry.
            ConfirmationNeeded: 409, `choose` asks first.
        """
        values = self._values(zone, choose, expires_at)
        if values["expires_at"] == expires_at and expires_at is not None:
            del values["expires_at"]  # it may be past
        return ApiKeyChanges.model_validate(values)


class RotateForm(BaseModel):
    """The form of a rotation: how long the old key stays valid."""

    grace_s: int = Field(default=DAY_S, ge=0, le=MAX_GRACE_S)


def filled_from(key: ApiKey, zone: str) -> dict[str, Any]:
    """Return the values that the form shows at first."""
    expires = as_local(key.expires_at, zone) if key.expires_at else ""
    return {
        "name": key.name,
        "permissions": key.permissions,
        "tier": key.tier.value,
        "rate_limit": key.rate_limit or "",
        "addresses": "\n".join(key.ip_allow_list),
        "expires_at": expires,
    }


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", text) if part]

"""The validity of a key. Expiry follows from the clock, whatever the stored status is."""

from datetime import datetime

from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.hub.domains.api_keys.errors import ApiKeyExpired, ApiKeyGraceOver, ApiKeyRevoked


def check_usable(
    status: ApiKeyStatus, expires_at: datetime | None, grace_until: datetime | None, now: datetime
) -> None:
    """Check that a key is valid now.

    Raises:
        ApiKeyRevoked: revoked, or rotated and its grace period is over. ApiKeyExpired.
    """
    if status is ApiKeyStatus.REVOKED:
        raise ApiKeyRevoked
    if status is ApiKeyStatus.ROTATED and not is_in_grace(status, grace_until, now):
        raise ApiKeyGraceOver
    if has_expired(expires_at, now):
        raise ApiKeyExpired


def is_in_grace(status: ApiKeyStatus, grace_until: datetime | None, now: datetime) -> bool:
    """Return True if the key was rotated and is valid for some time yet."""
    return status is ApiKeyStatus.ROTATED and grace_until is not None and grace_until > now


def is_valid(
    status: ApiKeyStatus, expires_at: datetime | None, grace_until: datetime | None, now: datetime
) -> bool:
    """Return True if a key is accepted now, as far as it depends on itself alone."""
    try:
        check_usable(status, expires_at, grace_until, now)
    except (ApiKeyExpired, ApiKeyRevoked):
        return False
    return True


def has_expired(expires_at: datetime | None, now: datetime) -> bool:
    """Return True if there is an expiry and it is past."""
    return expires_at is not None and expires_at <= now


def current_status(status: ApiKeyStatus, expires_at: datetime | None, now: datetime) -> ApiKeyStatus:
    """Return the current status: a key that is stored as ACTIVE may have expired since."""
    if status in (ApiKeyStatus.ACTIVE, ApiKeyStatus.EXPIRED):
        return ApiKeyStatus.EXPIRED if has_expired(expires_at, now) else ApiKeyStatus.ACTIVE
    return status

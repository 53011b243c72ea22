"""When a key is good. EXPIRED is never waited for: it follows from the clock."""

from datetime import datetime

from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.hub.domains.api_keys.errors import ApiKeyExpired, ApiKeyGraceOver, ApiKeyRevoked


def check_usable(
    status: ApiKeyStatus, expires_at: datetime | None, grace_until: datetime | None, now: datetime
) -> None:
    """That a key with this standing opens the door now.

    Raises:
        ApiKeyRevoked: taken back, or rotated and its grace is over. ApiKeyExpired.
    """
    if status is ApiKeyStatus.REVOKED:
        raise ApiKeyRevoked
    if status is ApiKeyStatus.ROTATED and (grace_until is None or grace_until <= now):
        raise ApiKeyGraceOver
    if has_expired(expires_at, now):
        raise ApiKeyExpired


def has_expired(expires_at: datetime | None, now: datetime) -> bool:
    """Whether the expiry, if there is one, has come."""
    return expires_at is not None and expires_at <= now


def current_status(status: ApiKeyStatus, expires_at: datetime | None, now: datetime) -> ApiKeyStatus:
    """The status as it is to be told: a key that is ACTIVE in the table may have expired since."""
    if status in (ApiKeyStatus.ACTIVE, ApiKeyStatus.EXPIRED):
        return ApiKeyStatus.EXPIRED if has_expired(expires_at, now) else ApiKeyStatus.ACTIVE
    return status

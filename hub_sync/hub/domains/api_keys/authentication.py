"""Authentication of API keys: checksum, cache, check value, then bcrypt.

A mistyped key fails its checksum and costs no look-up. Each process verifies a key with bcrypt once: verified keys are
cached by their SHA-256, and so are wrong ones. What may change (status, expiry, allow-list, permissions, tier) is read at
every call, in one statement together with the tenant's feature flags.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import key_format
from hub_sync.hub.domains.api_keys.errors import (
    AddressNotAllowed,
    ApiKeyInvalid,
    ApiKeyMalformed,
    ApiKeySuspended,
    TooManyWrongKeys,
)
from hub_sync.hub.domains.api_keys.key_ownership import effective_permissions
from hub_sync.hub.domains.api_keys.key_validity import check_usable
from hub_sync.hub.domains.api_keys.rate_limit_tiers import calls_a_minute
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.api_keys.usage import KeyUsage
from hub_sync.hub.domains.api_keys.verified_key_cache import KeyReference, LruCache, cache_key
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.networks import Network, is_within, network_key, parse_networks
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.rate_limits import RateLimits

VERIFIED_KEYS, WRONG_KEYS = 10_000, 10_000
"""Sizes of the caches; about 2 kB for each key."""
FAILURES_A_MINUTE = 60
"""Wrong keys per address, after which unknown keys from there are refused unread."""
_LOCK_COUNT = 32

_OF_KEY: tuple[Any, ...] = (
    ApiKey.tenant_id,
    ApiKey.id,
    ApiKey.name,
    ApiKey.prefix,
    ApiKey.permissions,
    ApiKey.tier,
    ApiKey.rate_limit,
    ApiKey.ip_allow_list,
    ApiKey.status,
    ApiKey.expires_at,
    ApiKey.grace_until,
    ApiKey.created_by,
    accounts.active_column(ApiKey.tenant_id, ApiKey.created_by).label("maker_active"),
    accounts.permissions_column(ApiKey.tenant_id, ApiKey.created_by).label("maker_permissions"),
    feature_flags.enabled_flags_column(ApiKey.tenant_id).label("flags"),
)
_BY_ID = select(*_OF_KEY).where(ApiKey.tenant_id == bindparam("tenant_id"), ApiKey.id == bindparam("key_id"))
_BY_PREFIX = select(*_OF_KEY, ApiKey.key_hash).where(
    ApiKey.prefix == bindparam("prefix"),
    func.coalesce(ApiKey.key_check, bindparam("check")) == bindparam("check"),
)
"""The keys of a prefix, without those whose check value is another: they need no bcrypt."""


@dataclass(frozen=True, slots=True)
class IdentifiedKey:
    """A key that is good, and what it and its maker may do."""

    id: str
    tenant_id: str
    name: str
    prefix: str
    permissions: frozenset[str]
    calls_a_minute: int
    flags: frozenset[FeatureFlag]
    ends_at: datetime | None = None
    """The end of its time, or of its grace period after a rotation."""
    networks: tuple[Network, ...] = ()
    """The only networks from which it is valid; empty: everywhere."""


@dataclass(frozen=True, slots=True)
class _KeyRecord:
    """The row of a key, parsed."""

    key: IdentifiedKey
    status: ApiKeyStatus
    expires_at: datetime | None
    grace_until: datetime | None
    is_suspended: bool


@dataclass(slots=True)
class _VerifiedKey:
    """A key that bcrypt has verified, with its row as it was last read."""

    reference: KeyReference
    last_read: tuple[Row[Any], _KeyRecord] | None = None


class ApiKeyAuthenticator:
    """Authenticates callers by their API keys; caches verified keys of this process."""

    def __init__(self, uow: UnitOfWork, limits: RateLimits) -> None:
        """Create an authenticator; `uow` stores the use of keys, `limits` counts failures by address."""
        self.usage = KeyUsage(uow)
        self._limits = limits
        self._verified: LruCache[_VerifiedKey] = LruCache(VERIFIED_KEYS)
        self._wrong: LruCache[bool] = LruCache(WRONG_KEYS)
        self._locks = tuple(threading.Lock() for _ in range(_LOCK_COUNT))

    def authenticate(self, work: Work, raw: str, client_ip: str) -> IdentifiedKey:
        """Return the key that a caller sent.

        Raises:
            ApiKeyInvalid, ApiKeyExpired, ApiKeyRevoked, ApiKeySuspended: 401. AddressNotAllowed: 403.
            TooManyRequests: 429: the address has shown too many wrong keys.
        """
        if not key_format.is_well_formed(raw):
            raise ApiKeyMalformed
        digest = cache_key(raw)
        record = self._find_cached(work, digest) or self._verify(work, raw, digest, client_ip)
        check_usable(record.status, record.expires_at, record.grace_until, work.now())
        if record.is_suspended:
            raise ApiKeySuspended
        if record.key.networks and not is_within(client_ip, record.key.networks):
            raise AddressNotAllowed
        return record.key

    def record_use(self, tenant_id: str, key_id: str) -> None:
        """Count a call; counts are stored in batches."""
        self.usage.record(KeyReference(tenant_id, key_id))

    def _find_cached(self, work: Work, digest: bytes) -> _KeyRecord | None:
        """Return the current row of a verified key, or None; an unchanged row is not parsed again."""
        verified = self._verified.get(digest)
        if verified is None:
            return None
        row = work.fetch_one(_BY_ID, verified.reference._asdict())
        if row is None:
            self._verified.remove(digest)
            return None
        last_read = verified.last_read
        if last_read is None or row != last_read[0]:
            last_read = verified.last_read = row, _to_record(row)
        return last_read[1]

    def _verify(self, work: Work, raw: str, digest: bytes, client_ip: str) -> _KeyRecord:
        """Verify a key with bcrypt: once, however many concurrent calls send it.

        Only a key whose check value is right is verified with bcrypt. So random keys with a known prefix, which is no
        secret, keep no processor busy that a good key waits for.
        """
        with self._locks[digest[0] % _LOCK_COUNT]:
            record = self._find_cached(work, digest)
            if record is not None:
                return record
            if self._wrong.get(digest):
                raise ApiKeyInvalid
            failures = f"wrong-keys:{network_key(client_ip)}"
            window = self._limits.peek(failures, FAILURES_A_MINUTE)
            window.raise_if_exceeded(TooManyWrongKeys)
            values = {"prefix": key_format.prefix_of(raw), "check": key_format.check_value(raw)}
            candidates = work.fetch_all(_BY_PREFIX, values)
            for row in candidates:
                if key_format.verify_key(raw, row.key_hash):
                    self._verified.put(digest, _VerifiedKey(KeyReference(row.tenant_id, row.id)))
                    return _to_record(row)
            if candidates:
                self._wrong.put(digest, True)
            self._limits.acquire(failures, FAILURES_A_MINUTE)
            raise ApiKeyInvalid


def _to_record(row: Row[Any]) -> _KeyRecord:
    permissions = frozenset(row.permissions)
    if row.created_by is not None:
        permissions = effective_permissions(permissions, frozenset((row.maker_permissions or "").split()))
    key = IdentifiedKey(
        id=row.id,
        tenant_id=row.tenant_id,
        name=row.name,
        prefix=row.prefix,
        permissions=permissions,
        calls_a_minute=calls_a_minute(row.tier, row.rate_limit),
        flags=feature_flags.parse_enabled_flags(row.flags),
        ends_at=min((time for time in (row.expires_at, row.grace_until) if time), default=None),
        networks=parse_networks(row.ip_allow_list),
    )
    is_suspended = row.created_by is not None and not row.maker_active
    return _KeyRecord(key, row.status, row.expires_at, row.grace_until, is_suspended)

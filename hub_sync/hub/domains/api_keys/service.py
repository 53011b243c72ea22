"""The service of API keys: create, read, update, rotate, revoke and validate them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.api_keys import key_format
from hub_sync.hub.domains.api_keys.authentication import ApiKeyAuthenticator, IdentifiedKey
from hub_sync.hub.domains.api_keys.errors import (
    ApiKeyChanged,
    ApiKeyNotActive,
    ApiKeyNotFound,
    ExpiryInThePast,
    RateLimitMismatch,
)
from hub_sync.hub.domains.api_keys.key_ownership import makers_of, permissions_now
from hub_sync.hub.domains.api_keys.key_validity import current_status, has_expired, is_valid
from hub_sync.hub.domains.api_keys.manifest import (
    API_KEY_CREATED,
    API_KEY_EXPIRED,
    API_KEY_REVOKED,
    API_KEY_ROTATED,
    API_KEY_TAKEN_OVER,
    API_KEY_UPDATED,
    ApiKeyCreated,
    ApiKeyEvent,
    ApiKeyLapsed,
    ApiKeyRotated,
    ApiKeyUpdated,
    ApiKeyWithdrawn,
)
from hub_sync.hub.domains.api_keys.rate_limit_tiers import calls_a_minute
from hub_sync.hub.domains.api_keys.schemas import ApiKeyChanges, NewApiKey
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED, Bounds, check_grant

__all__ = [
    "ApiKey",
    "ApiKeyAuthenticator",
    "ApiKeyChanges",
    "IdentifiedKey",
    "NewApiKey",
    "all_keys",
    "calls_a_minute",
    "create",
    "current_status",
    "find_by_id_or_prefix",
    "get",
    "get_view",
    "mark_expired",
    "permissions_now",
    "revoke",
    "rotate",
    "take_over",
    "update",
    "validate",
]

_NOT_AUDITED = ("usage_count", "last_used_at", "key_check")
_NULLABLE = ("expires_at",)


def create(work: Work, tenant_id: str, new: NewApiKey, *, caller: Caller | None = None) -> tuple[ApiKey, str]:
    """Create a key; the second is the key itself, which nobody can be told again. No `caller`: whoever runs the hub.

    Raises:
        PermissionNotHeld, ExceedsCreatorGrant, ExpiryInThePast.
    """
    settings = new.model_dump()
    _check_grant(caller, _bounds(settings))
    if has_expired(new.expires_at, work.now()):
        raise ExpiryInThePast
    return _make(work, tenant_id, settings, caller)


def get(work: Work, tenant_id: str, key_id: str) -> ApiKey:
    """Return a key, whatever its status.

    Raises:
        ApiKeyNotFound.
    """
    key = work.session.get(ApiKey, (tenant_id, key_id))
    if key is None:
        raise ApiKeyNotFound
    return key


def get_view(work: Work, tenant_id: str, key_id: str) -> ApiKey:
    """Return a detached copy of a key with its current status.

    Raises:
        ApiKeyNotFound.
    """
    key = get(work, tenant_id, key_id)
    work.session.expunge(key)
    key.status = current_status(key.status, key.expires_at, work.now())
    return key


def find_by_id_or_prefix(work: Work, tenant_id: str, name: str) -> ApiKey:
    """Return the key of an id or a prefix, as people copy either.

    Raises:
        ApiKeyNotFound.
    """
    by_prefix = select(ApiKey).where(ApiKey.tenant_id == tenant_id, ApiKey.prefix == name)
    return work.session.scalar(by_prefix) or get(work, tenant_id, name)


def all_keys(work: Work, tenant_id: str) -> list[ApiKey]:
    """Return every key of the tenant, the newest first."""
    chosen = select(ApiKey).where(ApiKey.tenant_id == tenant_id)
    return list(work.session.scalars(chosen.order_by(ApiKey.created_at.desc(), ApiKey.id.desc())))


def update(
    work: Work,
    tenant_id: str,
    key_id: str,
    changes: ApiKeyChanges,
    if_version: IfVersion = None,
    *,
    caller: Caller | None = None,
) -> ApiKey:
    """Change what `changes` names. Whoever changes a key must hold all that it may do, before and afterwards.

    Raises:
        ApiKeyNotFound, ApiKeyChanged, ApiKeyNotActive, PermissionNotHeld, ExceedsCreatorGrant, ExpiryInThePast,
        RateLimitMismatch.
    """
    key = _get_for_update(work, tenant_id, key_id, if_version)
    _check_manageable(caller, key)
    if key.status in (ApiKeyStatus.REVOKED, ApiKeyStatus.ROTATED):
        raise ApiKeyNotActive(key_status=key.status.value)
    values: dict[str, Any] = {
        name: value
        for name, value in changes.model_dump(exclude_unset=True).items()
        if value is not None or name in _NULLABLE
    }
    if has_expired(values.get("expires_at"), work.now()):
        raise ExpiryInThePast
    values["rate_limit"] = _limit_for(values.get("tier", key.tier), values.get("rate_limit"), key.rate_limit)
    _check_grant(caller, _bounds(_settings(key) | values))
    before = _audit_snapshot(key)
    for name, value in values.items():
        setattr(key, name, value)
    key.status = current_status(key.status, key.expires_at, work.now())
    _record_update(work, key, API_KEY_UPDATED, ApiKeyUpdated, before)
    return key


def revoke(
    work: Work,
    tenant_id: str,
    key_id: str,
    if_version: IfVersion = None,
    *,
    caller: Caller | None = None,
) -> ApiKey:
    """Revoke a key: it is refused from the next call on. A revoked one stays as it is.

    Raises:
        ApiKeyNotFound, ApiKeyChanged, PermissionNotHeld, ExceedsCreatorGrant.
    """
    key = _get_for_update(work, tenant_id, key_id, if_version)
    _check_manageable(caller, key)
    if key.status is not ApiKeyStatus.REVOKED:
        before = _audit_snapshot(key)
        key.status, key.revoked_at = ApiKeyStatus.REVOKED, work.now()
        _record_update(work, key, API_KEY_REVOKED, ApiKeyWithdrawn, before)
    return key


def rotate(
    work: Work,
    tenant_id: str,
    key_id: str,
    grace_s: int,
    if_version: IfVersion = None,
    *,
    caller: Caller | None = None,
) -> tuple[ApiKey, str]:
    """Replace a key by a new one with the same settings; the old one stays valid for `grace_s` seconds.

    Raises:
        ApiKeyNotFound, ApiKeyChanged, ApiKeyNotActive, PermissionNotHeld, ExceedsCreatorGrant.
    """
    old = _get_for_update(work, tenant_id, key_id, if_version)
    now = work.now()
    status = current_status(old.status, old.expires_at, now)
    if status is not ApiKeyStatus.ACTIVE:
        raise ApiKeyNotActive(key_status=status.value)
    _check_grant(caller, _bounds(_settings(old)))
    key, raw = _make(work, tenant_id, _settings(old), caller)
    before = _audit_snapshot(old)
    old.status, old.rotated_to_id = ApiKeyStatus.ROTATED, key.id
    old.grace_until = now + timedelta(seconds=grace_s)
    _record_update(work, old, API_KEY_ROTATED, ApiKeyRotated, before)
    return key, raw


def take_over(
    work: Work, tenant_id: str, key_id: str, if_version: IfVersion = None, *, caller: Caller | None = None
) -> ApiKey:
    """Make the caller the maker of a key, on whom it depends from now on.

    Raises:
        ApiKeyNotFound, ApiKeyChanged, ApiKeyNotActive, PermissionNotHeld, ExceedsCreatorGrant.
    """
    key = _get_for_update(work, tenant_id, key_id, if_version)
    _check_manageable(caller, key)
    if key.status in (ApiKeyStatus.REVOKED, ApiKeyStatus.ROTATED):
        raise ApiKeyNotActive(key_status=key.status.value)
    new_maker = _maker_id(work, caller)
    if key.created_by != new_maker:
        before = _audit_snapshot(key)
        key.created_by = new_maker
        _record_update(work, key, API_KEY_TAKEN_OVER, ApiKeyUpdated, before)
    return key


def mark_expired(uow: UnitOfWork) -> int:
    """Set the status of expired keys to EXPIRED, for lists; such keys are refused already."""
    due = (ApiKey.status == ApiKeyStatus.ACTIVE, ApiKey.expires_at <= uow.clock.now())
    with uow.read() as work:
        if work.session.scalar(select(ApiKey.id).where(*due).limit(1)) is None:
            return 0
    with uow.begin() as work:
        keys = work.session.scalars(select(ApiKey).where(*due).with_for_update(skip_locked=True)).all()
        for key in keys:
            before = _audit_snapshot(key)
            key.status = ApiKeyStatus.EXPIRED
            _record_update(work, key, API_KEY_EXPIRED, ApiKeyLapsed, before)
    return len(keys)


def validate(work: Work, tenant_id: str, raw: str) -> ApiKey | None:
    """Return the tenant's key of a raw key if it is valid now, or None. Takes some 50 ms."""
    if not key_format.is_well_formed(raw):
        return None
    chosen = select(ApiKey).where(ApiKey.tenant_id == tenant_id, ApiKey.prefix == key_format.prefix_of(raw))
    key = work.session.scalar(chosen)
    if key is None or key.key_check not in (None, key_format.check_value(raw)):
        return None
    if not key_format.verify_key(raw, key.key_hash):
        return None
    if not is_valid(key.status, key.expires_at, key.grace_until, work.now()):
        return None
    maker = makers_of(work, tenant_id, [key]).get(key.id)
    return key if maker is None or maker.active else None


def _make(work: Work, tenant_id: str, settings: dict[str, Any], caller: Caller | None) -> tuple[ApiKey, str]:
    raw = key_format.generate(tenant_id)
    key = ApiKey(
        tenant_id=tenant_id,
        id=work.new_id(),
        prefix=key_format.prefix_of(raw),
        key_hash=key_format.hash_key(raw),
        key_check=key_format.check_value(raw),
        created_by=_maker_id(work, caller),
        **settings,
    )
    work.session.add(key)
    work.session.flush()
    audit.record(work, tenant_id, API_KEY_CREATED, key.id, after=_audit_snapshot(key))
    created = ApiKeyCreated(entity_id=key.id, name=key.name, prefix=key.prefix)
    domain_events.emit(work, tenant_id, created)
    return key, raw


def _maker_id(work: Work, caller: Caller | None) -> str | None:
    """Return the person on whom a caller's keys depend: a key passes its own maker on. None: whoever runs the hub."""
    if caller is None:
        return None
    if caller.kind is CallerKind.USER:
        return caller.id
    return get(work, caller.tenant_id, caller.id).created_by


def _settings(key: ApiKey) -> dict[str, Any]:
    """Return the settings of a key, as `NewApiKey` names them."""
    return {name: getattr(key, name) for name in NewApiKey.model_fields}


def _bounds(settings: Mapping[str, Any]) -> Bounds:
    return Bounds(
        frozenset(settings["permissions"]),
        settings["expires_at"],
        parse_networks(settings["ip_allow_list"]),
        calls_a_minute(settings["tier"], settings["rate_limit"]),
    )


def _check_grant(caller: Caller | None, wanted: Bounds) -> None:
    check_grant(caller.bounds if caller else UNBOUNDED, wanted, registry().covers)


def _check_manageable(caller: Caller | None, key: ApiKey) -> None:
    """Check that nobody changes or revokes a key that holds more than they do.

    A permission that this version does not know gives a key nothing, and keeps nobody from revoking it.
    """
    bounds = _bounds(_settings(key))
    known = frozenset(name for name in bounds.permissions if registry().is_permission(name))
    ends_at = min((time for time in (key.expires_at, key.grace_until) if time), default=None)
    _check_grant(caller, replace(bounds, permissions=known, expires_at=ends_at))


def _get_for_update(work: Work, tenant_id: str, key_id: str, if_version: IfVersion) -> ApiKey:
    """Lock a key until the end of the transaction, so that of two concurrent changes the second sees the first."""
    key = work.session.get(ApiKey, (tenant_id, key_id), with_for_update=True, populate_existing=True)
    if key is None:
        raise ApiKeyNotFound
    check_version(key.version, if_version, ApiKeyChanged)
    return key


def _record_update(
    work: Work, key: ApiKey, action: AuditAction, kind: type[ApiKeyEvent], before: dict[str, Any]
) -> None:
    key.version += 1
    work.session.flush()
    audit.record(work, key.tenant_id, action, key.id, before=before, after=_audit_snapshot(key))
    domain_events.emit(work, key.tenant_id, kind(entity_id=key.id, name=key.name, prefix=key.prefix))


def _audit_snapshot(key: ApiKey) -> dict[str, Any]:
    return {name: value for name, value in snapshot(key).items() if name not in _NOT_AUDITED}


def _limit_for(tier: RateLimitTier, new_limit: int | None, current_limit: int | None) -> int | None:
    if tier is not RateLimitTier.CUSTOM:
        if new_limit is not None:
            raise RateLimitMismatch
        return None
    limit = current_limit if new_limit is None else new_limit
    if limit is None:
        raise RateLimitMismatch
    return limit

"""Checks of `doctor` for API keys: keys that expire soon, keys that nobody uses, and keys of deactivated makers."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import or_, select

from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding, first_few

SOON = timedelta(days=14)


def check_expiry(context: CheckContext) -> Iterator[Finding]:
    """Warn about keys that run out within two weeks."""
    query = (
        select(ApiKey.name)
        .where(
            ApiKey.status == ApiKeyStatus.ACTIVE,
            ApiKey.expires_at > context.now,
            ApiKey.expires_at <= context.now + SOON,
        )
        .order_by(ApiKey.expires_at)
    )
    names = list(context.work.session.scalars(query))
    if names:
        message = f"{len(names)} run out within {SOON.days} days: {first_few(names)}. Rotate them in time."
        yield Finding("api keys", "warn", message)


def check_unused(context: CheckContext) -> Iterator[Finding]:
    """Warn about keys older than two weeks that were never used."""
    query = (
        select(ApiKey.name)
        .where(
            ApiKey.status == ApiKeyStatus.ACTIVE,
            ApiKey.last_used_at.is_(None),
            ApiKey.created_at <= context.now - SOON,
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > context.now),
        )
        .order_by(ApiKey.created_at)
    )
    names = list(context.work.session.scalars(query))
    if names:
        message = f"{len(names)} older than {SOON.days} days were never used: {first_few(names)}. Revoke what nobody needs."
        yield Finding("unused keys", "warn", message)


def check_suspended(context: CheckContext) -> Iterator[Finding]:
    """Warn about keys that are refused because their makers are deactivated."""
    query = (
        select(ApiKey.name)
        .where(
            ApiKey.status == ApiKeyStatus.ACTIVE,
            accounts.active_column(ApiKey.tenant_id, ApiKey.created_by).is_(False),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > context.now),
        )
        .order_by(ApiKey.created_at)
    )
    names = list(context.work.session.scalars(query))
    if names:
        message = f"{len(names)} are refused, as their makers are deactivated: {first_few(names)}. Take them over, or revoke them."
        yield Finding("suspended keys", "warn", message)


CHECKS: tuple[Check, ...] = (check_expiry, check_unused, check_suspended)

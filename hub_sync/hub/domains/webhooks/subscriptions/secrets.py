"""Secrets of endpoints: shown once, stored encrypted, and valid for another day after a rotation."""

import secrets
from datetime import datetime, timedelta
from typing import Protocol

from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable

OVERLAP = timedelta(hours=24)
"""How long the secret before the last rotation signs beside the new one."""
_BYTES = 32


class HasSecrets(Protocol):
    """The columns of a subscription that hold its secrets."""

    @property
    def tenant_id(self) -> str:
        """The tenant."""

    @property
    def id(self) -> str:
        """The subscription."""

    @property
    def sealed_secret(self) -> bytes:
        """The newest secret."""

    @property
    def sealed_previous_secret(self) -> bytes | None:
        """The secret before the last rotation."""

    @property
    def previous_secret_until(self) -> datetime | None:
        """The time until which the previous secret signs."""


def generate() -> str:
    """Return a new secret: 64 hex digits, which are base64 too, as Standard Webhooks reads a secret."""
    return secrets.token_hex(_BYTES)


def encrypt_secret(secret_box: SecretBox, tenant_id: str, subscription_id: str, secret: str) -> bytes:
    """Encrypt a secret for one subscription."""
    return secret_box.encrypt(secret.encode(), _label(tenant_id, subscription_id))


def secrets_of(subscription: HasSecrets, secret_box: SecretBox, now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign, the newest first.

    Raises:
        SecretUnusable: they were encrypted with another hub's secret.
    """
    tenant_id, id_ = subscription.tenant_id, subscription.id
    return tuple(
        decrypt_secret(secret_box, tenant_id, id_, sealed)
        for sealed in encrypted_secrets_of(subscription, now)
    )


def encrypted_secrets_of(subscription: HasSecrets, now: datetime) -> tuple[bytes, ...]:
    """Return the secrets that sign, encrypted, the newest first."""
    newest, previous = subscription.sealed_secret, subscription.sealed_previous_secret
    until = subscription.previous_secret_until
    if previous is None or until is None or now >= until:
        return (newest,)
    return (newest, previous)


def decrypt_secret(secret_box: SecretBox, tenant_id: str, subscription_id: str, sealed: bytes) -> str:
    """Decrypt a secret of a subscription.

    Raises:
        SecretUnusable: it was encrypted with another hub's secret.
    """
    return secret_box.decrypt(sealed, _label(tenant_id, subscription_id)).decode()


def can_decrypt(secret_box: SecretBox, tenant_id: str, subscription_id: str, sealed: bytes) -> bool:
    """Return True if a secret was encrypted with this hub's secret. Otherwise it can sign nothing."""
    try:
        decrypt_secret(secret_box, tenant_id, subscription_id, sealed)
    except SecretUnusable:
        return False
    return True


def _label(tenant_id: str, subscription_id: str) -> str:
    return f"webhook:{tenant_id}:{subscription_id}"

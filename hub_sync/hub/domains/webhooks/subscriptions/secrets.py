"""An endpoint's secret: told once, sealed at rest, and for a day after a rotation not the only one."""

import secrets
from datetime import datetime, timedelta
from typing import Protocol

from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable

OVERLAP = timedelta(hours=24)
"""How long the secret before the last rotation signs beside the new one."""
_BYTES = 32


class HasSecrets(Protocol):
    """What of a subscription holds its secrets."""

    @property
    def tenant_id(self) -> str:
        """Whose it is."""

    @property
    def id(self) -> str:
        """The subscription."""

    @property
    def sealed_secret(self) -> bytes:
        """The one that people were told last."""

    @property
    def sealed_previous_secret(self) -> bytes | None:
        """The one before."""

    @property
    def previous_secret_until(self) -> datetime | None:
        """How long that one signs."""


def generate() -> str:
    """A new secret: 64 hex digits, which are base64 too, as Standard Webhooks reads a secret."""
    return secrets.token_hex(_BYTES)


def encrypt_secret(seal: SecretBox, tenant_id: str, subscription_id: str, secret: str) -> bytes:
    """Seal a secret for one subscription."""
    return seal.encrypt(secret.encode(), _label(tenant_id, subscription_id))


def secrets_of(subscription: HasSecrets, seal: SecretBox, now: datetime) -> tuple[str, ...]:
    """What is signed with, the newest first.

    Raises:
        SecretUnusable: another hub's secret sealed it.
    """
    tenant_id, id_ = subscription.tenant_id, subscription.id
    return tuple(decrypt_secret(seal, tenant_id, id_, one) for one in encrypted_secrets_of(subscription, now))


def encrypted_secrets_of(subscription: HasSecrets, now: datetime) -> tuple[bytes, ...]:
    """As `secrets_of`, still sealed."""
    newest, previous = subscription.sealed_secret, subscription.sealed_previous_secret
    until = subscription.previous_secret_until
    if previous is None or until is None or now >= until:
        return (newest,)
    return (newest, previous)


def decrypt_secret(seal: SecretBox, tenant_id: str, subscription_id: str, sealed: bytes) -> str:
    """A secret that was sealed for this subscription.

    Raises:
        SecretUnusable: another hub's secret sealed it.
    """
    return seal.decrypt(sealed, _label(tenant_id, subscription_id)).decode()


def can_decrypt(seal: SecretBox, tenant_id: str, subscription_id: str, sealed: bytes) -> bool:
    """Whether it is this hub's: one that is not can sign nothing."""
    try:
        decrypt_secret(seal, tenant_id, subscription_id, sealed)
    except SecretUnusable:
        return False
    return True


def _label(tenant_id: str, subscription_id: str) -> str:
    return f"webhook:{tenant_id}:{subscription_id}"

"""Check that the encrypted keys of a copy open with the secret of the hub that restores it."""

from collections.abc import Iterable

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.security.encryption import SecretBox, load_or_create_secret
from hub_sync.hub.kit.settings import HubSettings

EncryptedKey = tuple[str, str, bytes]
"""A ticket key as it stands in a copy: tenant, name, sealed material."""


def check_secret(settings: HubSettings, keys: Iterable[EncryptedKey]) -> None:
    """Check the keys of a copy against the hub's secret; with another secret no ticket would open.

    Raises:
        SecretUnusable: the keys were encrypted with another secret. A hub without a secret passes: it is restored too.
    """
    secret = settings.secret.get_secret_value()
    if not secret and not settings.secret_file.exists():
        return
    seal = SecretBox(load_or_create_secret(secret, settings.secret_file))
    for key in keys:
        tenants.open_material(seal, *key)

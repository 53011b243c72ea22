"""Whether a copy's sealed keys open with the secret of the hub that it is put into."""

from collections.abc import Iterable

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.security.encryption import SecretBox, load_or_create_secret
from hub_sync.hub.kit.settings import HubSettings

EncryptedKey = tuple[str, str, bytes]
"""A ticket key as it stands in a copy: tenant, name, sealed material."""


def check_secret(settings: HubSettings, keys: Iterable[EncryptedKey]) -> None:
    """A hub that runs has one secret: with a copy that another sealed, no ticket would open any more.

    Raises:
        SecretUnusable: another secret sealed it. Where there is none yet, it is yet to be put back too.
    """
    secret = settings.secret.get_secret_value()
    if not secret and not settings.secret_file.exists():
        return
    seal = SecretBox(load_or_create_secret(secret, settings.secret_file))
    for key in keys:
        tenants.open_material(seal, *key)

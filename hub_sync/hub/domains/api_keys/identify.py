"""From a raw key to whose it is.

A mistyped key fails its checksum and costs no look-up. bcrypt is asked once a process and key: what was verified is
remembered by its SHA-256. What may change (status, expiry, allow-list, permissions) is read at every call.
"""

from dataclasses import dataclass

from hub_sync.hub.kit.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class IdentifiedKey:
    """A key that is good, and what it may do."""

    id: str
    tenant_id: str
    name: str
    prefix: str
    permissions: frozenset[str]
    calls_a_minute: int


class Keys:
    """Verified keys and their use, of this process."""

    def identify(self, work: Work, raw: str, client_ip: str) -> IdentifiedKey:
        """The key that was shown.

        Raises:
            ApiKeyInvalid, ApiKeyExpired, ApiKeyRevoked: 401. AddressNotAllowed: 403.
        """
        raise NotImplementedError  # lands with the api_keys helper

    def used(self, tenant_id: str, key_id: str) -> None:
        """Count a call; written down in batches."""

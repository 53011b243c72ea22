"""The bounds of a station's credential. It has the end and the networks of the API key that issued its enrolment code."""

from collections.abc import Sequence
from datetime import datetime

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.devices.errors import StationAddressNotAllowed
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.networks import is_within, parse_networks
from hub_sync.hub.kit.security.credential_bounds import Bounds, check_grant

STATION_PERMISSIONS = frozenset({"check-in:scan", "participants:read"})
"""What a station may do: it pulls the list of participants, and decides scans."""


def check_issuer(issuer: Bounds) -> None:
    """Check that a credential may issue an enrolment code. Its end and its networks are passed on, not refused.

    Raises:
        PermissionNotHeld: 403.
    """
    check_grant(issuer, Bounds(STATION_PERMISSIONS, issuer.expires_at, issuer.networks), registry().covers)


def check_bounds(device: KioskDevice, changer: Bounds) -> None:
    """Check that a credential may leave a device with the end and the networks that it has now.

    Raises:
        PermissionNotHeld, ExceedsCreatorGrant: 403.
    """
    wanted = Bounds(STATION_PERMISSIONS, device.access_ends_at, parse_networks(device.ip_allow_list))
    check_grant(changer, wanted, registry().covers)


def set_code_bounds(device: KioskDevice, issuer: Bounds, code_expires_at: datetime) -> None:
    """Set the end and the networks of a new enrolment code, and of the credential that a station gets for it."""
    ends = (code_expires_at, issuer.expires_at)
    device.enrol_expires_at = min(end for end in ends if end is not None)
    device.access_ends_at = issuer.expires_at
    device.ip_allow_list = [str(network) for network in issuer.networks]


def check_address(networks: Sequence[str], client_ip: str) -> None:
    """Check that a station may call from an address.

    Raises:
        StationAddressNotAllowed: 403.
    """
    if networks and not is_within(client_ip, parse_networks(networks)):
        raise StationAddressNotAllowed

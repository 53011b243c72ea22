"""What a credential passes on: nothing that it does not have itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_sync.hub.domains import registry
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.credential_bounds import (
    UNBOUNDED,
    Bounds,
    ExceedsCreatorGrant,
    OutlivesCreator,
    OutpacesCreator,
    PermissionNotHeld,
    check_grant,
)
from tests.hub_sync.hub.conftest import NOON

OWN = Bounds(frozenset({"events:*", "users:manage"}), NOON, parse_networks(["10.0.0.0/8"]), 100)


@pytest.mark.parametrize(
    "wanted",
    [
        OWN,
        replace(OWN, permissions=frozenset({"events:read"})),
        replace(OWN, permissions=frozenset()),
        replace(OWN, expires_at=NOON - timedelta(hours=1)),
        replace(OWN, networks=parse_networks(["10.1.0.0/16", "10.2.3.4"])),
        replace(OWN, calls_per_minute=None),
    ],
)
def test_what_lies_within_is_granted(wanted: Bounds) -> None:
    check_grant(OWN, wanted, registry().covers)
    check_grant(UNBOUNDED, wanted, registry().covers)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (replace(OWN, permissions=frozenset({"events:read", "*"})), PermissionNotHeld),
        (replace(OWN, permissions=frozenset({"check-in:scan"})), PermissionNotHeld),
        (replace(OWN, expires_at=None), OutlivesCreator),
        (replace(OWN, expires_at=NOON + timedelta(seconds=1)), OutlivesCreator),
        (replace(OWN, networks=()), ExceedsCreatorGrant),
        (replace(OWN, networks=parse_networks(["10.0.0.0/7"])), ExceedsCreatorGrant),
        (replace(OWN, networks=parse_networks(["10.1.0.0/16", "2001:db8::/32"])), ExceedsCreatorGrant),
        (replace(OWN, calls_per_minute=101), OutpacesCreator),
    ],
)
def test_what_exceeds_is_refused(wanted: Bounds, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_grant(OWN, wanted, registry().covers)

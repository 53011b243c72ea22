"""The list of stations that may hear each other."""

from typing import Any

import pytest

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.lan import PeerRow, peers_digest
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.device_keys import DeviceKey
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import StationClient, another_station, station

__all__ = ["station"]
KEYS = [DeviceKey(bytes([number]) * 32).public.text for number in (1, 2)]
LAN = {"addresses": ["192.0.2.7", "2001:db8::7"], "port": 47_471, "listed": 1, "heard": 0}
REPORT: dict[str, Any] = {"unsent": 0, "journal_sequence": 0, "uptime_s": 1}


@pytest.fixture
def side(hub: HubContext, station: StationClient, seeded: Seeded) -> StationClient:
    side, _ = another_station(hub, station.client, seeded)
    for client, key in ((station, KEYS[0]), (side, KEYS[1])):
        tell(client, public_key=key, lan=LAN)
    return side


def tell(station: StationClient, **members: Any) -> None:
    answer = station.client.post("/api/v1/sync/report", json=REPORT | members, headers=station.headers)
    assert answer.status_code == 200


def peers_of(station: StationClient, known: str = "") -> list[PeerRow] | None:
    rows = station.pull(peers=known).get("peers")
    return None if rows is None else [PeerRow.model_validate(row) for row in rows]


def test_a_station_gets_the_other_ones_with_keys_and_addresses_until_it_has_them(
    station: StationClient, side: StationClient
) -> None:
    peers = peers_of(station)
    assert peers is not None
    (peer,) = peers
    assert (peer.id, peer.public_key, peer.port) == (side.device_id, KEYS[1], 47_471)
    assert peer.addresses == ("192.0.2.7", "2001:db8::7")
    assert peers_of(station, peers_digest(peers)) is None
    tell(side, public_key=KEYS[1], lan=LAN | {"port": 50_000})
    assert peers_of(station, peers_digest(peers)) is not None, "it listens elsewhere now"


@pytest.mark.parametrize(
    "change",
    [
        {"status": DeviceStatus.REVOKED},
        {"status": DeviceStatus.LOCKED},
        {"clone_suspected": True},
        {"access_ends_at": NOON},
        {"public_key": ""},
        {"public_key": "rubbish"},
    ],
)
def test_only_a_station_that_may_work_and_is_one_machine_is_listed(
    hub: HubContext, station: StationClient, side: StationClient, seeded: Seeded, change: dict[str, Any]
) -> None:
    assert peers_of(station)
    with hub.uow.begin() as work:
        device = devices.get(work, seeded.tenant_id, side.device_id)
        for name, value in change.items():
            setattr(device, name, value)
    assert peers_of(station) == []


def test_a_station_that_two_machines_may_be_hears_nobody(
    hub: HubContext, station: StationClient, side: StationClient, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        devices.get(work, seeded.tenant_id, station.device_id).clone_suspected = True
    assert peers_of(station) == []

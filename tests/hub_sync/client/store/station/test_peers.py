"""The list of other stations on disk."""

from pathlib import Path

from hub_sync.client.store import Store
from hub_sync.contract.lan import PeerRow, peers_digest
from tests.support.builders.station import build_station_store, reopen_store

SIDE, BACK = (PeerRow(id=f"d-{name}", name=name, public_key=name) for name in ("side", "back"))


def test_a_station_that_never_got_a_list_differs_from_one_that_is_alone(store: Store) -> None:
    assert (store.peers.digest(), store.peers.all()) == ("", ())
    store.peers.replace(())
    assert store.peers.digest() == peers_digest(()) != ""


def test_the_list_outlives_a_restart_until_it_is_forgotten(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        store.peers.replace((SIDE, BACK))
    with reopen_store(tmp_path) as store:
        assert store.peers.all() == (BACK, SIDE)
        store.peers.forget()
        assert (store.peers.all(), store.peers.digest()) == ((), "")

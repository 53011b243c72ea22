"""The key pair of a station on disk."""

from pathlib import Path

from hub_sync.client.store import Store
from hub_sync.rules.device_keys import DeviceKey
from tests.support.builders.station import build_station_store, reopen_store


def test_a_key_pair_is_made_once_and_outlives_a_restart(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        key = store.device_key.get_or_create().public
        assert store.device_key.get_or_create().public == key
    with reopen_store(tmp_path) as store:
        assert store.device_key.get_or_create().public == key


def test_two_sessions_that_make_it_at_once_get_the_same(store: Store) -> None:
    with store.open_session() as session:
        assert session.device_key.get_or_create().public == store.device_key.get_or_create().public


def test_another_key_pair_is_used_by_every_session_and_the_earlier_stays_known(store: Store) -> None:
    before, new = store.device_key.get_or_create(), DeviceKey.generate()
    with store.open_session() as session:
        session.device_key.get_or_create()
        store.device_key.replace(new)
        assert session.device_key.get_or_create().public == new.public
    assert store.device_key.public_keys() == (new.public.text, before.public.text)


def test_the_secret_is_in_no_file_in_clear_and_survives_the_loss_of_the_store(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        key = store.device_key.get_or_create()
    stored = (path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert not any(key.secret in each or key.secret.hex().encode() in each for each in stored)
    for path in tmp_path.glob("store.db*"):
        path.unlink()
    with reopen_store(tmp_path) as store:
        assert store.device_key.get_or_create().public == key.public

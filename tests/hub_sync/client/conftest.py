"""A folder, a clock and an open store for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, Store, open_store
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.fake_hub import NOON


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON, monotonic=1_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "station"


@pytest.fixture
def opened(folder: Path, clock: ManualClock) -> Iterator[Callable[[], Store]]:
    """Open the folder's store at each call. Open stores are closed at the end."""
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(open_store(folder, FileKeyStore(folder), clock, new_id))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()

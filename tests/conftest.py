"""What spares every test time that tells nothing."""

import functools
import gc
from collections.abc import Iterator

import pytest
from httpx._config import create_ssl_context


def pytest_collection_finish() -> None:
    """Leave what was imported out of every garbage collection, as a hub that serves does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def little_room() -> Iterator[None]:
    """A station that opens its store writes 16 MiB to make room for later commits; tests write a few KiB."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub_sync.client.store.store.WAL_ROOM_PAGES", 64)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_trust_store() -> Iterator[None]:
    """Every call of httpx reads the system's certificates, 25 ms, for hubs that speak HTTP in clear; once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(create_ssl_context))
        yield

"""Services that start when a test needs them, and what spares every test needless time."""

import functools
import gc
from collections.abc import Iterator

import pytest
from httpx._config import create_ssl_context

from tests.support import services

_owns_services = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Open a folder for the services that all workers of this run share."""
    config.stash[_owns_services] = services.open_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services at the end of the run."""
    if config.stash[_owns_services]:
        services.stop()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Return the SQLAlchemy URL of the PostgreSQL server, which starts now if no test needed it before."""
    return services.postgres_url()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return the URL of the Redis server, which starts now if no test needed it before."""
    return services.redis_url()


def pytest_collection_finish() -> None:
    """Leave what was imported out of every garbage collection, as a hub that serves does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def small_journal_room() -> Iterator[None]:
    """Make little room for later commits in a station's store: it would write 16 MiB each time it opens; tests write a few KiB."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub_sync.client.store.store.WAL_PREALLOCATED_PAGES", 64)
        yield


@pytest.fixture(scope="session", autouse=True)
def cached_trust_store() -> Iterator[None]:
    """Read the system's certificates once: each call of httpx reads them, 25 ms, even for plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(create_ssl_context))
        yield

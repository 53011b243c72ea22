"""Services that start when a test needs them, and what spares every test needless time."""

import functools
import gc
import importlib
import sys
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings

from tests.support import services
from tests.support.speedups import daily_sample
from tests.support.thorough import THOROUGH, TURN, sized

_owns_services = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Open a folder for the services that all workers of this run share."""
    config.stash[_owns_services] = services.open_folder()
    settings.register_profile(
        "doorward",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        max_examples=sized(25, 100),
    )
    settings.load_profile("doorward")  # a machine that is busy for a moment fails no test
    gc.disable()  # until the tests are collected: nothing of theirs is garbage, and looking takes half of the time


@pytest.hookimpl(trylast=True)  # Hypothesis stores nothing before its own
def pytest_sessionstart(session: pytest.Session) -> None:
    """Write bytecode and Hypothesis' constants once if this process starts workers, which happens next."""
    if session.config.getoption("numprocesses", None):
        importlib.import_module("tests.support.speedups.written_bytecode").write(session.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services at the end of the run."""
    if config.stash[_owns_services]:
        services.stop()


def pytest_report_header() -> str:
    """Say which share of the matrices this run has."""
    return "thorough" if THOROUGH else f"DOORWARD_TURN={TURN}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `thorough` and what has no turn, unless this is the thorough run."""
    if THOROUGH:
        return
    left_out = {item for item in items if item.get_closest_marker("thorough")} | daily_sample.left_out(items)
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Return the SQLAlchemy URL of the PostgreSQL server, which starts now if no test needed it before."""
    return services.postgres_url()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return the URL of the Redis server, which starts now if no test needed it before."""
    return services.redis_url()


def pytest_collection_finish() -> None:
    """Shorten slow parts of what the collected tests imported, and leave it out of every garbage collection.

    Only imported modules are changed, so that pure tests import neither httpx nor the station's store.
    """
    _cache_trust_store()
    _allocate_small_wal()
    _create_stores_at_once()
    _share_engines()
    _call_applications_at_once()
    _share_openapi()
    _share_route_trees()
    _share_compiled_templates()
    _copy_migrated_databases()
    _write_plain_tracebacks()
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)


def _cache_trust_store() -> None:
    """Read the system's certificates once: each call of httpx reads them, 25 ms, even for plain HTTP."""
    transports = sys.modules.get("httpx._transports.default")
    if transports is not None:
        create = cast("Any", transports).create_ssl_context
        cast("Any", transports).create_ssl_context = functools.cache(create)


def _allocate_small_wal() -> None:
    """Allocate a small WAL when a station's store opens: it would write 16 MiB each time, and tests write a few KiB."""
    store = sys.modules.get("hub_sync.client.store.store")
    if store is not None:
        cast("Any", store).WAL_PREALLOCATED_PAGES = 64


def _create_stores_at_once() -> None:
    """Create the tables of a station's store in one go (`tests.support.speedups.store_schema`)."""
    if "hub_sync.client.store.recovery.opening" in sys.modules:
        importlib.import_module("tests.support.speedups.store_schema").install()


def _share_engines() -> None:
    """Keep compiled statements and connections to PostgreSQL from test to test (`tests.support.speedups.shared_engines`)."""
    if "hub_sync.hub.kit.db.database" in sys.modules:
        importlib.import_module("tests.support.speedups.shared_engines").install()


def _call_applications_at_once() -> None:
    """Call applications in one go (`tests.support.speedups.quick_test_client`)."""
    if "starlette.testclient" in sys.modules:
        importlib.import_module("tests.support.speedups.quick_test_client").install()


def _share_openapi() -> None:
    """Describe the hub's routes once (`tests.support.speedups.shared_openapi`), and read no source for their lines."""
    if "fastapi" in sys.modules:
        importlib.import_module("tests.support.speedups.shared_openapi").install()
        importlib.import_module("tests.support.speedups.endpoint_lines").install()


def _share_route_trees() -> None:
    """Build the tree of the hub's routes once (`tests.support.speedups.shared_route_tree`)."""
    if "hub_sync.hub.kit.http.routing" in sys.modules:
        importlib.import_module("tests.support.speedups.shared_route_tree").install()


def _share_compiled_templates() -> None:
    """Compile each template once in a run (`tests.support.speedups.template_bytecode`)."""
    if "hub_sync.hub.console.state" in sys.modules:
        importlib.import_module("tests.support.speedups.template_bytecode").install()


def _copy_migrated_databases() -> None:
    """Let commands create a hub by a copy of a migrated database (`tests.support.speedups.migrated_databases`)."""
    if "hub_sync.hub.commands.common" in sys.modules:
        importlib.import_module("tests.support.speedups.migrated_databases").install()


def _write_plain_tracebacks() -> None:
    """Write tracebacks as the programs do: structlog's own default draws every local variable, for a second."""
    structlog = sys.modules.get("structlog")
    if structlog is not None:
        development = cast("Any", structlog).dev
        plain = development.ConsoleRenderer(colors=False, exception_formatter=development.plain_traceback)
        contexts, levels = cast("Any", structlog).contextvars, cast("Any", structlog).stdlib
        cast("Any", structlog).configure(processors=[contexts.merge_contextvars, levels.add_log_level, plain])

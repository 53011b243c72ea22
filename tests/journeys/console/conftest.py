"""A hub with a demo event, served once for each test module, and watched browsers."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import WatchedBrowser, chromium, watched_browser
from tests.support.console_hub import Arrive, ConsoleHub
from tests.support.served_hub import run, serving

PEOPLE = 60


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return a hub's folder with the demo event, to copy, and the output of the command."""
    data = tmp_path_factory.mktemp("console") / "hub"
    output = run("demo-event", "--data", data, "--participants", PEOPLE, "--with-participants")
    return data, output


@pytest.fixture(scope="module")
def console(
    template: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConsoleHub]:
    """Serve a hub for the tests of one module."""
    data = tmp_path_factory.mktemp("console") / "hub"
    source, output = template
    shutil.copytree(source, data)
    with serving(data, DOORWARD_WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8") as served:
        event = f"/events/{output['event_id']}"
        yield ConsoleHub(served.url, data, event, output["checkpoints"], output["participants"])


@pytest.fixture(scope="module")
def browser(console: ConsoleHub) -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def arrive(console: ConsoleHub, browser: Browser) -> Iterator[Arrive]:
    """Return a function that opens a browser context; at the end of the test each must be without problems."""
    with ExitStack() as stack:

        def come(**how: Any) -> WatchedBrowser:
            return stack.enter_context(watched_browser(browser, console.url, **how))

        yield come

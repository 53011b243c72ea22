"""A mail server that all domains' tests share."""

from collections.abc import Iterator

import pytest

from tests.support.smtp_sink import RunningSink, running_sink


@pytest.fixture(scope="session")
def shared_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSink]:
    """Run a mail server for all tests of this process: a Python that starts for each takes half a second."""
    with running_sink(tmp_path_factory.mktemp("sink")) as sink:
        yield sink

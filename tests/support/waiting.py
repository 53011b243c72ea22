"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], within_s: float = 10.0) -> float:
    """Wait until `condition` is true; return the seconds that it took. Fail after `within_s` seconds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_s, "the condition did not become true in time"
        time.sleep(0.005)
    return time.monotonic() - started

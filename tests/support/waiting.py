"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

PAUSE_S, LONGEST_PAUSE_S = 0.005, 0.1


def eventually(condition: Callable[[], object], within_s: float = 30.0, pause_s: float = PAUSE_S) -> float:
    """Wait until `condition` is true; return the seconds that it took. Fail after `within_s` seconds.

    Between two looks is a pause of four times what a look takes, so that looking does not keep the others from working.
    It is `pause_s` at least: a look that counts against a rate limit needs longer ones.
    """
    started = time.monotonic()
    while True:
        began = time.monotonic()
        if condition():
            return time.monotonic() - started
        looked = time.monotonic()
        assert looked - started < within_s, "the condition did not become true in time"
        time.sleep(max(pause_s, min(4 * (looked - began), LONGEST_PAUSE_S)))

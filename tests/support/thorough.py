"""Sizes of trials: small in every run of the suite, large in `packaging/run thorough`.

What costs more than about a second of CPU and shows what a cheaper test shows too is marked `thorough` instead
(`@pytest.mark.thorough`, or `marks=` of a parameter), and a daily run leaves it out.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

Item = TypeVar("Item")
THOROUGH = os.environ.get("DOORWARD_THOROUGH") == "1"
TURN = int(os.environ.setdefault("DOORWARD_TURN", str(datetime.now(UTC).toordinal())))
"""Today's turn, for all workers of a run: what has no turn today has one within days. `DOORWARD_TURN` repeats another day's."""


def sized(quick: int, thorough: int) -> int:
    """Return the number of kills, examples or steps for this run."""
    return thorough if THOROUGH else quick


def daily_share(items: Sequence[Item], parts: int, offset: int = 0) -> list[Item]:
    """Return every `parts`-th item, which are others the next day, or with another `offset`; all in the thorough run."""
    return list(items) if THOROUGH else list(items[(TURN + offset) % parts :: parts])

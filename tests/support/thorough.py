"""Sizes of trials: small in every run of the suite, large in `packaging/run thorough`.

What costs more than about a second of CPU and shows what a cheaper test shows too is marked `thorough` instead
(`@pytest.mark.thorough`, or `marks=` of a parameter), and a daily run leaves it out.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
THOROUGH = os.environ.get("DOORWARD_THOROUGH") == "1"


def _turn_of_commit() -> int:
    """Return a number that the commit decides: the same source passes or fails as it did before, whatever day it is."""
    try:
        named = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    except OSError:
        return 0
    return int(named[:8], 16) if named else 0


TURN = int(os.environ.get("DOORWARD_TURN") or _turn_of_commit())
"""The share of this run, for all of its workers: other commits have other shares. `DOORWARD_TURN` repeats one."""
os.environ["DOORWARD_TURN"] = str(TURN)


def sized(quick: int, thorough: int) -> int:
    """Return the number of kills, examples or steps for this run."""
    return thorough if THOROUGH else quick


def daily_share(items: Sequence[Item], parts: int, offset: int = 0) -> list[Item]:
    """Return every `parts`-th item, which are others at another commit, or with another `offset`; all in the thorough run."""
    return list(items) if THOROUGH else list(items[(TURN + offset) % parts :: parts])

"""Sizes of trials: small in every run of the suite, large in `packaging/run thorough`."""

import os

THOROUGH = os.environ.get("DOORWARD_THOROUGH") == "1"


def sized(quick: int, thorough: int) -> int:
    """Return the number of kills, examples or steps for this run."""
    return thorough if THOROUGH else quick

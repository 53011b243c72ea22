"""The sweep of 20,000 clocks: while none is due, a few are, and all are at once."""

import time
from datetime import timedelta
from typing import Any

from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.definition.model import Sla
from tests.bench.workflows.filled_hub import filled_hub

CLOCKS, DUE, ASKED_MS = 20_000, 20, 200.0
_MINUTES = 600


def measure_sweep(kind: str, clocks: int = CLOCKS) -> dict[str, Any]:
    """Return the time of each sweep in milliseconds, and how many clocks each warned and breached."""
    apart = timedelta(seconds=1)
    with filled_hub(kind, Sla(minutes=_MINUTES, warn_percent=0), clocks, apart) as filled:
        job = SlaSweepJob(filled.hub, lambda *_: None)
        figures: dict[str, Any] = {"clocks": clocks, "asked_ms": ASKED_MS}
        waits = {
            "none": timedelta(0),
            "few": timedelta(minutes=_MINUTES) + apart * (DUE - 1),
            "all": apart * clocks,
        }
        for name, wait in waits.items():
            filled.clock.advance(wait)
            began = time.perf_counter()
            count = job.run_once()
            figures |= {
                f"{name}_ms": round((time.perf_counter() - began) * 1000, 1),
                f"{name}_due": count,
            }
    figures["ok"] = figures["few_ms"] <= ASKED_MS and figures["few_due"] == DUE
    return figures

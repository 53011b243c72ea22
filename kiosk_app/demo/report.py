"""The report of a demo, as one JSON object."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kiosk_app.messages import GateOutcome


@dataclass(slots=True)
class ScanTally:
    """Counts while the demo runs; used from the gate's thread only, read when it has ended."""

    outcomes: list[GateOutcome] = field(default_factory=list)
    decode_ms: list[float] = field(default_factory=list)
    empty_decode_ms: list[float] = field(default_factory=list)
    during_outage: int = 0
    as_expected: int = 0
    surprises: list[str] = field(default_factory=list)


def percentiles(values: Sequence[float], *percents: int) -> dict[str, float | None]:
    """Return percentiles by name (`p50`), rounded to hundredths; None where there are no values.

    >>> percentiles([1.0, 2.0, 3.0], 50)
    {'p50': 2.0}
    """
    if not values:
        return {f"p{percent}": None for percent in percents}
    if len(values) == 1:
        return {f"p{percent}": round(values[0], 2) for percent in percents}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {f"p{percent}": round(cuts[percent - 1], 2) for percent in percents}


def build_report(tally: ScanTally, relay_ms: Sequence[float]) -> dict[str, Any]:
    """Return the gate's part of the report; `relay_ms`: from the frame to the bytes at the board, milliseconds."""
    return {
        "scans": dict(sorted(Counter(str(outcome.decision.result) for outcome in tally.outcomes).items())),
        "scans_as_expected": tally.as_expected,
        "surprises": tally.surprises,
        "scans_during_outage": tally.during_outage,
        "frame_to_relay_ms": percentiles(relay_ms, 50, 95, 99),
        "decode_ms": percentiles(tally.decode_ms, 50, 95),
        "decode_empty_ms": percentiles(tally.empty_decode_ms, 50, 95),
    }

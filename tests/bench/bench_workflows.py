"""Benchmark of workflows.

    packaging/run bench workflows [--only PART …] [--clocks N] [--executions N] [--kinds KIND …] [--json]

decisions: decisions about random tasks while 20,000 executions wait at a fork of five (asked: p99 of 5 ms on SQLite), and whole
executions of a fork of 5 and of 20, each decision a transaction; beside it the same statements on a copy of the database by the bare
driver (what SQLite and the disk take of it), and SpiffWorkflow on the same forks, with its state saved as JSON
after each decision, if the interpreter in SPIFF_PYTHON has it.

sweep: the job that warns and breaches, over 20,000 clocks of which none, 20 and all are due (asked: 200 ms for a sweep of 20,000
clocks from the index on their due time, which is the one where 20 are due). Over SQLite and PostgreSQL, in this process.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from hub_sync.hub.server import tune_interpreter  # noqa: E402
from tests.bench.workflows.decisions import EXECUTIONS, measure_decisions, measure_spiff  # noqa: E402
from tests.bench.workflows.filled_hub import KINDS  # noqa: E402
from tests.bench.workflows.sweep import CLOCKS, measure_sweep  # noqa: E402

PARTS = ("sweep", "decisions")


def measure(
    parts: tuple[str, ...] = PARTS,
    kinds: tuple[str, ...] = KINDS,
    clocks: int = CLOCKS,
    waiting: int = EXECUTIONS,
) -> dict[str, Any]:
    """Return the figures of each part for each kind of database."""
    figures: dict[str, Any] = {}
    if "sweep" in parts:
        figures["sweep"] = {kind: measure_sweep(kind, clocks) for kind in kinds}
    if "decisions" in parts:
        figures["decisions"] = {kind: measure_decisions(kind, waiting) for kind in kinds}
        spiff = measure_spiff()
        if spiff:
            figures["decisions"]["spiff"] = spiff
    return figures


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--clocks", type=int, default=CLOCKS)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    tune_interpreter()  # as the hub does that serves
    figures = measure(tuple(arguments.only), tuple(arguments.kinds), arguments.clocks, arguments.executions)
    for part, by_kind in figures.items():
        for kind, values in by_kind.items():
            for label, value in values.items():
                print(f"{part:10} {kind:10} {label:16} {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""Benchmark of many people at once: an import of 100,000 rows, an export of a million, searches. Each measurement is a module of `people/`.

    packaging/run bench people [--rows N] [--only NAME …] [--json]

import      a CSV file of 100,000 x 8 is sent, mapped, validated and previewed (asked: 10 s in all), and run (20 s); the same as an
            Excel workbook is sent (12 s). Most memory of the hub above that of the idle hub (100 MB), and of the child process that
            reads the file (300 MB). GETs of one client meanwhile: p99 beside that of the idle hub (at most 3 times as much).
            `csv_previewed_reference_s`, `written_reference_s`: the barest programs for the same rows, in the same run (csv and pydantic;
            executemany of SQLite), and `csv_previewed_to_reference`, `written_to_reference`: the hub's time as a multiple of them
bulk        a status change of at most 10,000 people and its undo: people a second, and GETs of one client, idle and meanwhile
duplicates  a search among 100,000 people of whom 1 % are planted duplicates (asked: 15 s, recall 0.98, precision 0.95), in this process
search      a sweep of the blacklist and a search for duplicates among 100,000 people in a served hub: seconds, memory, GETs meanwhile
export      1,000,000 participants as CSV and as Excel: seconds, most memory above that of the idle hub, GETs meanwhile

The hub of all but `duplicates` is a process of its own, over SQLite, and is asked over REST.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.people import duplicates, exports, imports, operations, searches  # noqa: E402

MEASUREMENTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "import": imports.measure,
    "bulk": operations.measure,
    "duplicates": duplicates.measure,
    "search": searches.measure,
    "export": lambda rows: exports.measure(10 * rows),
}


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    figures = {name: MEASUREMENTS[name](arguments.rows) for name in arguments.only}
    for name, values in figures.items():
        for label, value in values.items():
            print(f"{name:10} {label:24} {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()

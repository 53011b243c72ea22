"""Benchmark of cloning: an event with 40 checkpoints, 20 queues, 10 workflows and 50 templates.

    packaging/run bench clone [--editions N] [--kinds KIND …] [--json]

The plan (asked: 300 ms), one copy by that plan (asked: 1 s), and 60 copies one after the other, each in a transaction of its own (asked: 20 s),
with the statements of the plan and of a copy. Over SQLite and PostgreSQL, in this process.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import Engine, event  # noqa: E402

from hub_sync.contract.clock import SystemClock  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.hub.domains.series import service as series  # noqa: E402
from hub_sync.hub.hub_context import build_context  # noqa: E402
from hub_sync.hub.kit.events.change_feed import FeedKey  # noqa: E402
from hub_sync.hub.kit.settings import HubSettings  # noqa: E402
from hub_sync.hub.migrations import state  # noqa: E402
from tests.bench.bench_waitlist import open_database  # noqa: E402
from tests.support.builders.event import build_event  # noqa: E402
from tests.support.builders.full_event import fill_event  # noqa: E402

EDITIONS = 60
ASKED = {"plan_seconds": 0.3, "copy_seconds": 1.0, "editions_seconds": 20.0}
_KINDS = ("sqlite", "postgresql")
_FIRST = date(2027, 6, 9)


def measure(editions: int = EDITIONS, kinds: tuple[str, ...] = _KINDS) -> dict[str, Any]:
    """Return the figures for each kind of database."""
    return {kind: _measure(kind, editions) for kind in kinds}


def _measure(kind: str, editions: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, open_database(kind, Path(folder)) as url:
        hub = build_context(
            HubSettings(data=Path(folder), database_url=url, jobs=False), SystemClock(), new_id
        )
        state.upgrade(hub.uow.database)
        built = build_event(hub)
        key = FeedKey(built.tenant_id, built.event_id)
        with hub.uow.begin() as work:
            fill_event(work, key, checkpoints=36, queues=20, workflows=10, templates=50)
        statements = 0

        def count(*_: Any) -> None:
            nonlocal statements
            statements += 1

        event.listen(Engine, "before_cursor_execute", count)
        with hub.uow.read() as work:  # what is imported and compiled once
            series.plan_clone(work, *key, _options(0))
        statements, began = 0, time.perf_counter()
        with hub.uow.read() as work:
            plan = series.plan_clone(work, *key, _options(0))
        planned, plan_statements = time.perf_counter(), statements
        with hub.uow.begin() as work:
            series.run_clone(work, *key, _options(0), plan.plan_hash)
        copied, copy_statements = time.perf_counter(), statements - plan_statements
        for number in range(1, editions + 1):
            with hub.uow.begin() as work:
                series.run_clone(work, *key, _options(number))
        ended = time.perf_counter()
        hub.uow.database.close()
    figures = {
        "plan_seconds": round(planned - began, 3),
        "copy_seconds": round(copied - planned, 3),
        "editions_seconds": round(ended - copied, 3),
    }
    return {
        "things": len(plan.things),
        **figures,
        "asked": ASKED,
        "plan_statements": plan_statements,
        "copy_statements": copy_statements,
        "editions": editions,
        "ok": not plan.problems and all(figures[name] <= most for name, most in ASKED.items()),
    }


def _options(number: int) -> series.CloneOptions:
    day = _FIRST + timedelta(weeks=number)
    return series.CloneOptions(slug=f"edition-{number}", name=f"Edition {number}", start_on=day)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--editions", type=int, default=EDITIONS)
    parser.add_argument("--kinds", nargs="+", choices=_KINDS, default=list(_KINDS))
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    figures = measure(arguments.editions, tuple(arguments.kinds))
    for kind, values in figures.items():
        for label, value in values.items():
            print(f"{kind:10} {label:16} {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()

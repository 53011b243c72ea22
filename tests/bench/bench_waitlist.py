"""Benchmark of the waitlist: many seats become free at once while many wait.

    packaging/run bench waitlist [--waiting N] [--seats N] [--kinds KIND …] [--json]

The capacity of an event with 10,000 entries on its waitlist is raised by 500 seats: the time until all 500 are offered and committed, with
their audit rows and domain events (asked: 2 s), how many transactions and statements that took, and how long the preview of the same
capacity takes. Over SQLite and PostgreSQL, in this process.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import create_engine, event, make_url, text  # noqa: E402

from hub_sync.contract.clock import SystemClock  # noqa: E402
from hub_sync.contract.enums import WaitlistPriority, WaitlistStatus  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.hub.domains.events import service as events  # noqa: E402
from hub_sync.hub.domains.events.service import EventChanges  # noqa: E402
from hub_sync.hub.domains.feature_flags import service as feature_flags  # noqa: E402
from hub_sync.hub.domains.participants import service as participants  # noqa: E402
from hub_sync.hub.domains.waitlist import service as waitlist  # noqa: E402
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST  # noqa: E402
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry, WaitlistPromotion  # noqa: E402
from hub_sync.hub.hub_context import build_context  # noqa: E402
from hub_sync.hub.kit.db.bulk import insert_many  # noqa: E402
from hub_sync.hub.kit.events.change_feed import FeedKey  # noqa: E402
from hub_sync.hub.kit.http.context import HubContext  # noqa: E402
from hub_sync.hub.kit.settings import HubSettings  # noqa: E402
from hub_sync.hub.migrations import state  # noqa: E402
from tests.support import services  # noqa: E402
from tests.support.builders.event import build_event  # noqa: E402

WAITING, SEATS, ASKED_SECONDS = 10_000, 500, 2.0
_SEATED = 1_000
_KINDS = ("sqlite", "postgresql")


def measure(waiting: int = WAITING, seats: int = SEATS, kinds: tuple[str, ...] = _KINDS) -> dict[str, Any]:
    """Return the figures for each kind of database."""
    return {kind: _measure(kind, waiting, seats) for kind in kinds}


def _measure(kind: str, waiting: int, seats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, open_database(kind, Path(folder)) as url:
        hub = build_context(
            HubSettings(data=Path(folder), database_url=url, jobs=False), SystemClock(), new_id
        )
        state.upgrade(hub.uow.database)
        key = _fill(hub, waiting)
        counts = {"statements": 0, "commits": 0}

        def count(name: str) -> Any:
            def add(*_: Any) -> None:
                counts[name] += 1

            return add

        event.listen(hub.uow.database.engine, "before_cursor_execute", count("statements"))
        event.listen(hub.uow.database.engine, "commit", count("commits"))
        began = time.perf_counter()
        with hub.uow.read() as work:
            preview = waitlist.require_overview(work, key).state.plan_for(_SEATED + seats)
        previewed = time.perf_counter()
        with hub.uow.begin() as work:
            events.update(work, *key, EventChanges(capacity=_SEATED + seats))
        ended = time.perf_counter()
        with hub.uow.read() as work:
            offers = work.session.query(WaitlistPromotion).count()
        hub.uow.database.close()
    seconds = ended - previewed
    return {
        "waiting": waiting,
        "freed": seats,
        "offered": offers,
        "as_previewed": len(preview.offers) == offers,
        "seconds": round(seconds, 3),
        "asked_seconds": ASKED_SECONDS,
        "transactions": counts["commits"],
        "statements": counts["statements"],
        "preview_seconds": round(previewed - began, 3),
        "ok": offers == seats and seconds <= ASKED_SECONDS,
    }


@contextmanager
def open_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a new database: a file in the folder, or one of PostgreSQL that is dropped at the end."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'hub.db'}"
        return
    name = f"doorward_{uuid4().hex}"
    server = create_engine(services.postgres_url(), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = make_url(services.postgres_url()).set(drivername="postgresql+psycopg", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _fill(hub: HubContext, waiting: int) -> FeedKey:
    """Create a full event in thirty days, and entries of four priorities."""
    built = build_event(hub)
    key = FeedKey(built.tenant_id, built.event_id)
    start = hub.clock.now() + timedelta(days=30)
    changes = {"starts_at": start, "ends_at": start + timedelta(hours=8), "capacity": _SEATED}
    with hub.uow.begin() as work:
        events.update(work, *key, EventChanges.model_validate(changes))
        feature_flags.switch(work, key.tenant_id, FF_WAITLIST, enabled=True)
        people = [
            participants.NewParticipant(
                first_name=f"Person {number}",
                email=f"person-{number}@example.org",
                status="APPROVED" if number < _SEATED else "PENDING",
            )
            for number in range(_SEATED + waiting)
        ]
        ids = participants.create_many(work, *key, people)[_SEATED:]
        waitlist.update_settings(work, key, waitlist.WaitlistSettingsChanges(is_active=True))
        priorities, now = list(WaitlistPriority), work.now()
        rows = [
            {
                "id": work.new_id(),
                "participant_id": id_,
                "priority": priorities[number % 7 % 4],
                "joined_at": now - timedelta(seconds=number % 977),
            }
            for number, id_ in enumerate(ids)
        ]
        shared = {
            "tenant_id": key.tenant_id,
            "event_id": key.event_id,
            "party_size": 1,
            "seats_accepted": 0,
            "category": "",
            "status": WaitlistStatus.WAITING,
            "end_reason": "",
            "skips": 0,
            "language": "",
            "version": 1,
            **work.timestamps(),
        }
        insert_many(work.session, WaitlistEntry.metadata.tables[WaitlistEntry.__tablename__], rows, shared)
    return key


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waiting", type=int, default=WAITING)
    parser.add_argument("--seats", type=int, default=SEATS)
    parser.add_argument("--kinds", nargs="+", choices=_KINDS, default=list(_KINDS))
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    figures = measure(arguments.waiting, arguments.seats, tuple(arguments.kinds))
    for kind, values in figures.items():
        for label, value in values.items():
            print(f"{kind:10} {label:16} {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""Benchmark of occupancy and the access log: fold, live update, pages of a long log, exports.

    packaging/run bench occupancy [--rows N] [--log N] [--postgres] [--json]

Two events are filled by bulk SQL, with the indexes built afterwards: one of `--rows` scans (1,000,000) for the fold, the live update and
the exports, one of `--log` scans (5,000,000) for the pages. Everything is measured through what a hub serves: the projections in
their transaction, the console's pages through the whole HTTP layer, exports as the bytes of the response. Over SQLite, and with
`--postgres` over PostgreSQL.

Exports, and an archive of some people's tickets, run in a process of their own each: memory is the most resident memory of that
process, and what that is more than before the first row. Each page is the median of several.
"""

import argparse
import json
import logging
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import sqlalchemy  # noqa: E402
import structlog  # noqa: E402
from sqlalchemy import text  # noqa: E402
from sqlalchemy.schema import CreateIndex  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from hub_sync.contract.clock import ManualClock, epoch_ms  # noqa: E402
from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode, ScanResult, ScanType  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.contract.sync import ScanRecord  # noqa: E402
from hub_sync.hub.app import create_app  # noqa: E402
from hub_sync.hub.commands.common import upgrade_database  # noqa: E402
from hub_sync.hub.console.i18n.translation import Speech  # noqa: E402
from hub_sync.hub.domains.accounts import service as accounts  # noqa: E402
from hub_sync.hub.domains.accounts.credentials import sessions  # noqa: E402
from hub_sync.hub.domains.check_in.access_log import export_rows, repository  # noqa: E402
from hub_sync.hub.domains.check_in.lists import ACCESS_LOG  # noqa: E402
from hub_sync.hub.domains.check_in.live import stream_events  # noqa: E402
from hub_sync.hub.domains.check_in.occupancy import flows, projection  # noqa: E402
from hub_sync.hub.domains.check_in.tables import AccessLog  # noqa: E402
from hub_sync.hub.domains.events import service as events  # noqa: E402
from hub_sync.hub.domains.participants import service as participants  # noqa: E402
from hub_sync.hub.domains.tickets.bulk_files import BulkDownload, BulkFormat, write_zip  # noqa: E402
from hub_sync.hub.kit.events import change_feed  # noqa: E402
from hub_sync.hub.kit.events.change_feed import FeedKey  # noqa: E402
from hub_sync.hub.kit.http.context import HubContext  # noqa: E402
from hub_sync.hub.kit.lists import csv_writer, xlsx_writer  # noqa: E402
from hub_sync.hub.kit.lists.pagination import Cursors  # noqa: E402
from hub_sync.hub.kit.lists.query_parameters import ListQuery  # noqa: E402
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE  # noqa: E402
from hub_sync.hub.kit.security.permissions import Role  # noqa: E402
from hub_sync.hub.kit.settings import HubSettings  # noqa: E402
from tests.support import services  # noqa: E402
from tests.support.builders import event as event_builder  # noqa: E402

PEOPLE = 40_000
TICKETS_OF, TICKETS = "person-12%", 1_111
"""Whose tickets are archived, and how many they are: to draw those of all people takes twenty minutes."""
PAGE, FAR_PAGE = 50, 10_000
ASKED_RATIO, ASKED_EXTRA_MB = 2.0, 200
ROUNDS = 9
_START_MS = epoch_ms(event_builder.NOON - timedelta(hours=10))
_SPAN_MS = 10 * 3_600_000
_COLUMNS = (
    "tenant_id, id, event_id, checkpoint_id, device_id, journal_id, sequence, participant_id, scan_type, result, "
    "reason_code, marks, direction, leaves_zones, zone, scanned_at_ms, effective_at_ms, received_at, log_seq, clock, "
    "clock_sure, override_asked, override_reason, override_by, passage, code_digest, journal_hash, created_at, updated_at"
)


def say(words: str) -> None:
    """Print progress to stderr: stdout has the figures only."""
    print(words, file=sys.stderr, flush=True)


def fill(hub: HubContext, key: FeedKey, gates: list[str], device_id: str, rows: int, prefix: str) -> None:
    """Insert scans in the order of time: each person comes and goes; 1 of 25 is refused, 1 of 10,000 is an override."""
    postgres = hub.uow.database.engine.dialect.name == "postgresql"
    source = (
        f"SELECT generate_series(0, {rows - 1}) AS n"
        if postgres
        else f"WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows - 1}) SELECT n FROM numbers"  # noqa: S608 - our own number
    )
    padded = "lpad(n::text, 8, '0')" if postgres else "printf('%08d', n)"
    false, true = ("false", "true") if postgres else ("0", "1")
    json_cast = "::jsonb" if postgres else ""
    now = "TIMESTAMPTZ '2026-06-10 10:00:00+00'" if postgres else "'2026-06-10 10:00:00.000000'"
    refused, override = "n % 25 = 7", "n % 10000 = 11"
    rare = f"n % {max(rows // 20, 1)} = 13"
    gate = " ".join(f"WHEN {number} THEN '{id_}'" for number, id_ in enumerate(gates))
    clock = '{"boot_id": "boot", "monotonic_ms": 1, "offset_ms": 0, "anchored": true, "roster_age_s": 5}'
    statement = f"""
    INSERT INTO access_logs ({_COLUMNS})
    SELECT '{key.tenant_id}', '{prefix}' || {padded}, '{key.event_id}', CASE n % {len(gates)} {gate} END,
      CASE WHEN {rare} THEN 'seldom' ELSE '{device_id}' END, 'journal-{prefix}', n + 1,
      'person-' || (n % {PEOPLE}), 'QR',
      CASE WHEN {refused} THEN 'ALREADY_SCANNED' WHEN {override} THEN 'MANUAL_OVERRIDE' ELSE 'VALID' END,
      CASE WHEN {rare} THEN 'blacklisted' WHEN {refused} THEN 'already_inside' WHEN (n / {PEOPLE}) % 2 = 0 THEN 'admitted' ELSE 'exited' END,
      '[]'{json_cast}, CASE WHEN (n / {PEOPLE}) % 2 = 0 THEN 'entry' ELSE 'exit' END, {false}, 'hall',
      {_START_MS} + n * CAST({_SPAN_MS} AS BIGINT) / {rows}, {_START_MS} + n * CAST({_SPAN_MS} AS BIGINT) / {rows}, {now}, n + 1,
      '{clock}'{json_cast}, {true}, CASE WHEN {override} THEN {true} ELSE {false} END,
      CASE WHEN {override} THEN '=HYPERLINK("x") lost her ticket' END, CASE WHEN {override} THEN 'steward' END,
      CASE WHEN {refused} THEN NULL ELSE 'GRANTED' END, NULL, '{"0" * 64}', {now}, {now}
    FROM ({source}) AS numbered
    """  # noqa: S608 - our own numbers and ids
    with bulk_connection(hub) as execute:
        execute(statement)
    with hub.uow.begin() as work:
        change_feed.advance_log(work.session, key, rows)


@contextmanager
def bulk_connection(hub: HubContext) -> Iterator[Callable[[str], object]]:
    """Yield a function that executes SQL on a connection of its own: nothing is synced to disk, and much is cached."""
    engine = hub.uow.database.engine
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as connection:
            for pragma in ("synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            yield connection.execute
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as postgres_connection:
        postgres_connection.exec_driver_sql("SET synchronous_commit = off")
        postgres_connection.exec_driver_sql("SET maintenance_work_mem = '512MB'")
        yield lambda statement: postgres_connection.exec_driver_sql(statement.replace("%", "%%"))


@contextmanager
def without_indexes(hub: HubContext) -> Iterator[None]:
    """Drop the log's indexes, and build them again at the end of the block: much faster than row by row."""
    indexes = sorted(repository.LOG.indexes, key=lambda index: str(index.name))
    dialect = hub.uow.database.engine.dialect
    with bulk_connection(hub) as execute:
        for index in indexes:
            execute(f"DROP INDEX {index.name}")
    yield
    with bulk_connection(hub) as execute:
        for index in indexes:
            execute(str(CreateIndex(index).compile(dialect=dialect)))
        if dialect.name == "postgresql":
            execute("VACUUM ANALYZE access_logs")


def median_ms(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median time of an act in milliseconds; the first time is not counted."""
    act()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1)


def resident_mb(field: str = "VmRSS") -> float:
    """Return the resident memory of this process now, or with VmHWM the most since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    return round(
        int(next(line.split()[1] for line in status.splitlines() if line.startswith(field))) / 1024, 1
    )


def forget_peak() -> None:
    """Let VmHWM begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def measure_fold(hub: HubContext, key: FeedKey, rows: int) -> dict[str, Any]:
    """Rebuild all projections, and the flows alone."""
    began = time.perf_counter()
    with hub.uow.begin() as work:
        projection.rebuild(work, *key)
    whole_s = time.perf_counter() - began
    began = time.perf_counter()
    with hub.uow.begin() as work:
        flows.rebuild(work, key)
    flows_s = time.perf_counter() - began
    return {
        "rows": rows,
        "all_projections_s": round(whole_s, 1),
        "rows_per_s": round(rows / whole_s),
        "flows_alone_s": round(flows_s, 1),
    }


def measure_live(hub: HubContext, key: FeedKey, gate: str, clock: ManualClock) -> dict[str, Any]:
    """Measure from the start of a scan's transaction to the events of the live stream, one scan at a time."""
    times = []
    for number in range(200):
        clock.advance(timedelta(seconds=1))
        with hub.uow.read() as work:
            position = change_feed.feed_position(work.session, key)
        record = ScanRecord(
            id=new_id(),
            device_id="live",
            event_id=key.event_id,
            checkpoint_id=gate,
            zone="hall",
            participant_id=f"person-{number}",
            scan_type=ScanType.QR,
            direction=Direction.ENTRY if number % 2 else Direction.EXIT,
            result=ScanResult.VALID,
            reason=ReasonCode.ADMITTED,
            scanned_at_ms=epoch_ms(clock.now()),
            monotonic_ms=1,
            boot_id="boot",
            clock_sure=True,
        )
        entry = repository.AccessLogEntry(
            record.id, record, "journal-live", number + 1, "0" * 64, record.scanned_at_ms
        )
        began = time.perf_counter()
        with hub.uow.begin() as work:
            repository.append(work, key.tenant_id, [entry])
            projection.refresh(work, *key, [f"person-{number}"], added=repository.added_scans([entry]))
        with hub.uow.read() as work:
            page = stream_events.next_page(work, key, position)
        times.append((time.perf_counter() - began) * 1000)
        assert page.events[-1].event == "scan"
    times.sort()
    return {"p50_ms": round(times[100], 1), "p99_ms": round(times[197], 1)}


def measure_pages(hub: HubContext, client: TestClient, key: FeedKey, gates: list[str]) -> dict[str, Any]:
    """Measure the console's first page of the log, page 10,000 by cursor and by time, and pages with filters."""
    path = f"/events/{key.event_id}/access-log"
    with hub.uow.read() as work:
        far = work.session.execute(
            text(
                "SELECT id, effective_at_ms FROM access_logs WHERE tenant_id = :t AND event_id = :e "
                "ORDER BY effective_at_ms DESC, id DESC LIMIT 1 OFFSET :far"
            ),
            {"t": key.tenant_id, "e": key.event_id, "far": (FAR_PAGE - 1) * PAGE - 1},
        ).one()
    at = datetime.fromtimestamp(far.effective_at_ms / 1000, UTC)
    binding = ACCESS_LOG._bound_to(
        ListQuery(path=path, sort=ACCESS_LOG.specification.default_sort), key.tenant_id
    )
    cursor = Cursors(hub.secret_box).write([at, far.id], binding)
    until = (at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")  # by the event's wall clock

    def page(query: str, rows: int = PAGE) -> Callable[[], object]:
        def read() -> None:
            answer = client.get(f"{path}?{query}")
            assert answer.status_code == 200, answer.text[-500:]
            assert answer.text.count('class="log-when"') >= rows, query

        return read

    figures: dict[str, Any] = {"page_1_ms": median_ms(page(""))}
    figures["page_10000_ms"] = median_ms(page(f"cursor={cursor}"))
    figures["ratio"] = round(figures["page_10000_ms"] / figures["page_1_ms"], 2)
    figures["asked_ratio"] = ASKED_RATIO
    figures["page_by_time_ms"] = median_ms(page(f"to={until}"))
    figures["filters_ms"] = {
        "refused": median_ms(page("outcome=refused")),
        "overrides": median_ms(page("outcome=override")),
        "checkpoint": median_ms(page(f"filter[checkpoint_id]={gates[1]}")),
        "rare reason (20 rows)": median_ms(page("reason=blacklisted", 19)),
        "rare station (20 rows)": median_ms(page("filter[device_id]=seldom", 19)),
        "person": median_ms(page("filter[participant_id]=person-77", 9)),
        "person and checkpoint": median_ms(
            page(f"filter[participant_id]=person-77&filter[checkpoint_id]={gates[1]}", 0)
        ),
        "checkpoint and rare reason": median_ms(
            page(f"reason=blacklisted&filter[checkpoint_id]={gates[1]}", 0)
        ),
        "nothing matches": median_ms(page("reason=ticket_forged", 0)),
    }
    return figures


def measure_export(name: str, pieces: Iterable[bytes], rows: int) -> dict[str, Any]:
    """Read an export as a client does, and measure rows a second and memory."""
    forget_peak()
    before, began, size, first = resident_mb(), time.perf_counter(), 0, 0.0
    for piece in pieces:
        if piece and not size:
            first = time.perf_counter() - began
        size += len(piece)
    seconds = time.perf_counter() - began
    peak = resident_mb("VmHWM")
    say(f"{name}: {rows / seconds:,.0f} rows/s")
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows_per_s": round(rows / seconds),
        "first_byte_s": round(first, 1),
        "mb": round(size / 2**20),
        "resident_before_mb": before,
        "resident_peak_mb": peak,
        "extra_mb": round(peak - before, 1),
        "asked_extra_mb": ASKED_EXTRA_MB,
    }


def measure(kind: str, url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure with one database."""
    clock = ManualClock(event_builder.NOON)
    with tempfile.TemporaryDirectory() as folder:
        settings = HubSettings(data=Path(folder), database_url=url, jobs=False)
        logging.disable()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        app = create_app(settings, clock)
        hub: HubContext = app.state.hub
        upgrade_database(hub.uow.database)
        fold = event_builder.build_event(hub)
        with hub.uow.begin() as work:
            second = event_builder.new_event().model_copy(update={"slug": "long-log"})
            log = events.create(work, fold.tenant_id, second)
            user = accounts.create_user(
                work,
                fold.tenant_id,
                "bench@example.org",
                "correct horse battery",
                name="Bench",
                role=Role.ADMIN,
            )
            token = sessions.create_session(work, user, accounts.lifetimes(hub.settings), sessions.Browser())
        gates = list(fold.checkpoints.values())
        folded, long = FeedKey(fold.tenant_id, fold.event_id), FeedKey(fold.tenant_id, log.id)
        device = next(iter(fold.device_ids.values()))
        say(f"{kind}: registering {PEOPLE:,} people")
        with hub.uow.begin() as work:
            participants.create_many(work, *folded, _people())
        say(f"{kind}: writing {arguments.rows + arguments.log:,} scans")
        began = time.perf_counter()
        with without_indexes(hub):
            fill(hub, folded, gates, device, arguments.rows, "a")
            fill(hub, long, gates, device, arguments.log, "b")
        say(f"{kind}: written in {time.perf_counter() - began:.0f} s; folding")
        figures: dict[str, Any] = {"fold": measure_fold(hub, folded, arguments.rows)}
        figures["live_update"] = measure_live(hub, folded, gates[0], clock)
        say(f"{kind}: pages of {arguments.log:,} rows")
        with TestClient(app, base_url="http://testserver", headers={"Accept": "text/html"}) as client:
            client.cookies.set(SESSION_COOKIE, token)
            figures["occupancy_page_ms"] = median_ms(
                lambda: _read(client, f"/events/{folded.event_id}/occupancy")
            )
            figures["sheet_of_everybody_ms"] = median_ms(
                lambda: _read(client, f"/events/{folded.event_id}/occupancy/inside/sheet"), 3
            )
            with hub.uow.read() as work:
                figures["sheet_people"] = projection.counts(work, *folded)[0].current
            figures["access_log"] = {"rows": arguments.log} | measure_pages(hub, client, long, gates)
        for name, count in (("csv", arguments.rows), ("xlsx", arguments.rows), ("tickets_zip", TICKETS)):
            with ProcessPoolExecutor(1, get_context("spawn")) as child:
                done = child.submit(export_in_child, kind, Path(folder), url, folded, name, count)
                figures[f"export_{name}"] = done.result()
        hub.authenticator.close()
        hub.uow.database.close()
    return figures


def export_in_child(kind: str, folder: Path, url: str, key: FeedKey, name: str, rows: int) -> dict[str, Any]:
    """Measure an export in a process of its own: its memory is the export's, and not what was left by the pages before."""
    logging.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    hub: HubContext = create_app(
        HubSettings(data=folder, database_url=url, jobs=False), ManualClock(event_builder.NOON)
    ).state.hub
    if name == "tickets_zip":
        some = participants.of_event(*key).where(participants.Participant.id.like(TICKETS_OF))
        download = BulkDownload(hub, key, some, Speech(), hub.clock.now())
        pieces: Iterator[bytes] = write_zip(download, BulkFormat.PNG_FILES)
    else:
        log_rows = export_rows.rows(hub.uow, key, [AccessLog.id.like("a%")], with_names=True)
        pieces = _csv(log_rows) if name == "csv" else _xlsx(log_rows)
    figures = measure_export(f"{kind} {name}", pieces, rows)
    hub.authenticator.close()
    hub.uow.database.close()
    return figures


def _people() -> Iterator[participants.NewParticipant]:
    for number in range(PEOPLE):
        yield participants.NewParticipant(
            id=f"person-{number}",
            first_name=f"First{number}",
            last_name=f"Last{number}",
            registration_code=f"BENCH-{number:06d}",
            category="vip" if number % 10 == 0 else "",
            status=ParticipantStatus.APPROVED,
        )


def _read(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[-500:]


def _csv(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    return csv_writer.csv_chunks(export_rows.HEADER, rows)


def _xlsx(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    return xlsx_writer.xlsx_chunks(export_rows.HEADER, rows, sheet=export_rows.SHEET)


@contextmanager
def postgres(url: str) -> Iterator[str]:
    """Create a fresh database on the server."""
    server = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"bench_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield sqlalchemy.make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--log", type=int, default=5_000_000)
    parser.add_argument("--postgres", action="store_true", help="over PostgreSQL, too")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.log <= PAGE * FAR_PAGE:
        parser.error(f"page {FAR_PAGE:,} needs a --log of more than {PAGE * FAR_PAGE:,} rows")
    figures = {}
    if arguments.only != "postgresql":
        figures["sqlite"] = measure("sqlite", "", arguments)
    if arguments.postgres or arguments.only == "postgresql":
        with postgres(services.postgres_url()) as url:
            figures["postgresql"] = measure("postgresql", url, arguments)
    print(json.dumps(figures) if arguments.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

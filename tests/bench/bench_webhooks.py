"""Benchmark of webhooks: domain events a second through outbox, signing and delivery, beside the same client without a queue.

    packaging/run bench webhooks [--events N] [--rounds N] [--idle N] [--fair N] [--only sqlite|postgresql] [--json]

Three processes: the hub's engine (this one: domain events are committed by twenty, the engine on its own threads turns them into
deliveries, signs and sends them), the receiver (`tests/support/webhook_endpoint.py`, which answers at once), and PostgreSQL, if
it is named by DOORWARD_TEST_POSTGRES_URL. In the same run, turn about, the same `Sender` posts the same bodies, as many
at a time, signed with the same secret, from a loop of its own: `direct`. `share` is the median of the rounds'
ratios. `unsigned` of the direct posts is not measured: signing is under a hundredth of a post.

Idle: a domain event is committed every 50 ms, and the time from its commit's end to its arrival at the receiver is measured.
Fairness: see `webhooks/fairness.py`; one message goes to 200 endpoints, and the last of them sets the percentile.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import sqlalchemy  # noqa: E402

from hub_sync.contract.clock import SystemClock  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.hub.app import all_jobs  # noqa: E402
from hub_sync.hub.commands.common import upgrade_database  # noqa: E402
from hub_sync.hub.domains.feature_flags import service as feature_flags  # noqa: E402
from hub_sync.hub.domains.tenants import service as tenants  # noqa: E402
from hub_sync.hub.domains.webhooks import service as webhooks  # noqa: E402
from hub_sync.hub.domains.webhooks.delivery.endpoint_queue import CONCURRENCY  # noqa: E402
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS  # noqa: E402
from hub_sync.hub.domains.webhooks.network.sender import WebhookRequest, WebhookSender  # noqa: E402
from hub_sync.hub.domains.webhooks.network.ssrf_guard import GuardedNetwork  # noqa: E402
from hub_sync.hub.domains.webhooks.subscriptions import event_types  # noqa: E402
from hub_sync.hub.hub_context import build_context  # noqa: E402
from hub_sync.hub.kit.events.jobs import running_jobs  # noqa: E402
from hub_sync.hub.kit.http.context import HubContext  # noqa: E402
from hub_sync.hub.kit.networks import parse_networks  # noqa: E402
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED  # noqa: E402
from hub_sync.hub.kit.settings import HubSettings  # noqa: E402
from hub_sync.hub.server import tune_interpreter  # noqa: E402
from tests.bench.webhooks import fairness  # noqa: E402
from tests.support import services  # noqa: E402
from tests.support.builders.stored_domain_events import SCAN_PAYLOAD, insert_domain_events  # noqa: E402
from tests.support.webhook_receiver import WebhookReceiver  # noqa: E402

ASKED_SHARE, ASKED_IDLE_MS = 0.5, 50.0
TOGETHER = 20
LOOPBACK = "127.0.0.0/8"


@contextmanager
def hub_over(url: str, receiver: WebhookReceiver) -> Iterator[tuple[HubContext, str, str]]:
    """Open a hub with one webhook. Yield it, its tenant and the webhook's secret."""
    with tempfile.TemporaryDirectory() as folder:
        settings = HubSettings(data=Path(folder), database_url=url, webhook_allowed_networks=LOOPBACK)
        hub = build_context(settings, SystemClock(), new_id)
        upgrade_database(hub.uow.database)
        with hub.uow.begin() as work:
            tenant = tenants.create(work, hub.secret_box, slug="bench", name="Bench").id
            feature_flags.switch(work, tenant, FF_WEBHOOKS, enabled=True)
            new = webhooks.NewSubscription(url=receiver.url("/ok"), event_types=["scan.accepted"])
            _, secret = webhooks.create(
                work, hub.secret_box, tenant, new, parse_networks([LOOPBACK]), UNBOUNDED
            )
        try:
            yield hub, tenant, secret
        finally:
            hub.authenticator.close()
            hub.uow.database.close()


def say(text: str) -> None:
    """Print progress to stderr: stdout has the figures only."""
    print(text, file=sys.stderr, flush=True)


def commit(hub: HubContext, tenant: str, count: int) -> None:
    """Commit domain events in one transaction."""
    rows = [
        {
            "type": "ScanAccepted",
            "event_id": None,
            "entity": "access_log",
            "entity_id": new_id(),
            "payload": SCAN_PAYLOAD,
        }
        for _ in range(count)
    ]
    with hub.uow.begin() as work:
        insert_domain_events(work, tenant, rows)


def through_the_queue(hub: HubContext, tenant: str, receiver: WebhookReceiver, count: int) -> float:
    """Return the domain events a second, from the start of the first commit to the last arrival."""
    receiver.log(clear=True)
    began = time.perf_counter()
    for _ in range(count // TOGETHER):
        commit(hub, tenant, TOGETHER)
    while receiver.count() < count:
        time.sleep(0.05)  # asking costs both sides something
    return count / (time.perf_counter() - began)


def directly(receiver: WebhookReceiver, secret: str, count: int) -> float:
    """Return the requests a second of the same client, with the same concurrency."""
    receiver.log(clear=True)
    now = datetime.now(UTC)
    event = event_types.RecordedEvent(new_id(), "t" * 36, "ScanAccepted", None, new_id(), now, SCAN_PAYLOAD)
    body = event_types.build_message(event).body.encode()

    async def post() -> None:
        sender = WebhookSender(GuardedNetwork(parse_networks([LOOPBACK])))
        ids = iter([new_id() for _ in range(count)])

        async def some() -> None:
            for id_ in ids:
                request = WebhookRequest("direct", receiver.url("/ok"), id_, "scan.accepted", body, (secret,))
                assert (await sender.send(request, now)).succeeded

        await asyncio.gather(*(some() for _ in range(CONCURRENCY)))
        await sender.close()

    from uvloop import new_event_loop  # noqa: PLC0415 - as the engine's loop

    began = time.perf_counter()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(post())
    return count / (time.perf_counter() - began)


def idle(hub: HubContext, tenant: str, receiver: WebhookReceiver, count: int) -> list[float]:
    """Return the milliseconds from a commit to the arrival, one domain event at a time."""
    receiver.log(clear=True)
    committed = []
    for _ in range(count):
        commit(hub, tenant, 1)
        committed.append(time.time())
        time.sleep(0.05)
    while receiver.count() < count:
        time.sleep(0.02)
    arrived = sorted(request["at"] for request in receiver.log())
    return [(at - since) * 1000 for since, at in zip(committed, arrived, strict=True)]


def measure(kind: str, url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure with one database."""
    with (
        WebhookReceiver() as receiver,
        hub_over(url, receiver) as (hub, tenant, secret),
        running_jobs(all_jobs(hub)),
    ):
        say(f"{kind}: warming up")
        through_the_queue(hub, tenant, receiver, 400)
        directly(receiver, secret, 400)
        rounds = []
        for number in range(arguments.rounds):
            direct = directly(receiver, secret, arguments.events)
            queued = through_the_queue(hub, tenant, receiver, arguments.events)
            say(
                f"{kind}: round {number + 1}: {queued:,.0f} domain events/s, directly {direct:,.0f}: {queued / direct:.2f}"
            )
            rounds.append((queued, direct))
        delays = sorted(idle(hub, tenant, receiver, arguments.idle))
        say(f"{kind}: one that hangs among {fairness.ENDPOINTS}")
        shares = fairness.measure(hub, receiver, LOOPBACK, SCAN_PAYLOAD, arguments.fair)
    return {
        "domain_events_per_s": round(statistics.median(queued for queued, _ in rounds)),
        "direct_per_s": round(statistics.median(direct for _, direct in rounds)),
        "share": round(statistics.median(queued / direct for queued, direct in rounds), 3),
        "asked_share": ASKED_SHARE,
        "idle_p50_ms": round(delays[len(delays) // 2], 1),
        "idle_p99_ms": round(delays[int(len(delays) * 0.99)], 1),
        "asked_idle_p50_ms": ASKED_IDLE_MS,
        "fairness": shares,
    }


@contextmanager
def postgres(url: str) -> Iterator[str]:
    """Create a fresh database on the server."""
    server = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"bench_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}"'))
    try:
        yield sqlalchemy.make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sqlalchemy.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=int, default=60)
    parser.add_argument("--fair", type=int, default=12)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = {}
    tune_interpreter()  # as the hub does that serves
    if arguments.only != "postgresql":
        figures["sqlite"] = measure("sqlite", "", arguments)
    if arguments.only != "sqlite":
        with postgres(services.postgres_url()) as url:
            figures["postgresql"] = measure("postgresql", url, arguments)
    print(json.dumps(figures) if arguments.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

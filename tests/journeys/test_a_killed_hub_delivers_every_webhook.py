"""A hub over SQLite is killed again and again while people change things and webhooks go out.

Whatever was answered 200 is committed, and every committed domain event arrives: once at least, under one id, with the same bytes.
"""

import os
import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from standardwebhooks import Webhook

from hub_sync.contract.enums import RateLimitTier
from hub_sync.contract.ids import new_id
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.webhooks import service as webhooks
from hub_sync.hub.kit.networks import parse_networks
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.support.builders.stored_domain_events import WEBHOOK_EVENTS
from tests.support.forked_commands import ForkedCommand, forked_command
from tests.support.served_hub import run
from tests.support.thorough import sized
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

KILLS = sized(6, thorough=60)
SEED = int(os.environ.get("DOORWARD_SEED", "20261124"))
LAB = "127.0.0.0/8"
MOST_ANSWERS, LONGEST_WAIT_S = 24, 0.05
"""A run of the hub is killed after at most so many changes and scans, and so long after the last of them."""
CLIENTS, PEOPLE = 3, 30
ENOUGH_S = 30.0
_STATUSES = ("APPROVED", "REJECTED", "CANCELLED", "PENDING")


@dataclass
class Client:
    """A client that changes a status, then posts a scan, of people of its own, and stores what was answered."""

    event: dict[str, Any]
    people: list[str]
    headers: dict[str, str]
    rng: random.Random
    changed: set[tuple[str, int]] = field(default_factory=set)
    """Participants and the version that was answered."""
    scanned: set[str] = field(default_factory=set)
    broken_off: int = 0
    answered: int = 0
    failure: Exception | None = None

    def work(self, url: str) -> None:
        """Send requests until the hub is gone."""
        with httpx.Client(base_url=f"{url}/api/v1/events/{self.event['event_id']}", timeout=10) as http:
            http.headers.update(self.headers)
            try:
                while True:
                    self._change(http, self.rng.choice(self.people))
                    self._scan(http, self.rng.choice(self.people))
            except httpx.TransportError:
                self.broken_off += 1
            except Exception as failure:  # noqa: BLE001 - it is the test's to look at
                self.failure = failure

    def _change(self, http: httpx.Client, participant_id: str) -> None:
        current = http.get(f"/participants/{participant_id}")
        to = self.rng.choice([status for status in _STATUSES if status != current.json()["data"]["status"]])
        answer = http.put(
            f"/participants/{participant_id}",
            json={"status": to},
            headers={"If-Match": current.headers["etag"]},
        )
        assert answer.status_code == 200, answer.text
        self.changed.add((participant_id, answer.json()["data"]["version"]))
        self.answered += 1

    def _scan(self, http: httpx.Client, participant_id: str) -> None:
        checkpoint = self.event["checkpoints"]["Main gate"]
        body = {"id": new_id(), "checkpoint_id": checkpoint, "participant_id": participant_id}
        answer = http.post("/scans", json=body)
        assert answer.status_code == 200, answer.text
        self.scanned.add(answer.json()["data"]["access_log_id"])
        self.answered += 1


@contextmanager
def serving(folder: Path, number: int) -> Iterator[tuple[ForkedCommand, str]]:
    command = ("serve", "--data", folder / "hub", "--port", 0)
    with forked_command(folder, f"run-{number}", *command, DOORWARD_WEBHOOK_ALLOWED_NETWORKS=LAB) as hub:
        yield hub, hub.first_output()["listening"]


def prepared(folder: Path, url: str) -> tuple[dict[str, Any], dict[str, str], str]:
    """Create the demo event, an API key and a webhook for all types. Return them with the webhook's secret."""
    event = run("demo-event", "--data", folder, "--participants", PEOPLE, "--with-participants")
    with open_hub(folder, None) as hub, hub.uow.begin() as work:
        tenant = event["tenant_id"]
        scope = ["participants:read", "participants:update", "check-in:scan"]
        new = api_keys.NewApiKey(
            name="kill", permissions=scope, tier=RateLimitTier.CUSTOM, rate_limit=100_000
        )
        _, key = api_keys.create(work, tenant, new)
        subscription = webhooks.NewSubscription(url=url, event_types=["*"])
        _, secret = webhooks.create(
            work, hub.secret_box, tenant, subscription, parse_networks([LAB]), UNBOUNDED
        )
    return event, {"X-API-Key": key}, secret


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Return rows of the database, while no hub runs."""
    with closing(sqlite3.connect(folder / "hub" / "hub.db", timeout=10)) as database:
        return database.execute(query).fetchall()


def domain_event_ids(folder: Path) -> set[str]:
    names = ", ".join(f"'{type_}'" for type_ in sorted(WEBHOOK_EVENTS))
    return {id_ for (id_,) in rows(folder, f"SELECT id FROM domain_events WHERE type IN ({names})")}  # noqa: S608


def left_at(folder: Path) -> tuple[int, int]:
    """Return the number of unprocessed domain events, and of leased deliveries."""
    names = ", ".join(f"'{type_}'" for type_ in sorted(WEBHOOK_EVENTS))
    ((undelivered,),) = rows(
        folder,
        f"SELECT count(*) FROM domain_events WHERE delivered_at IS NULL AND type IN ({names})",  # noqa: S608
    )
    ((sending,),) = rows(folder, "SELECT count(*) FROM webhook_deliveries WHERE due_at IS NOT NULL")
    return undelivered, sending


def answered(clients: list[Client]) -> int:
    return sum(client.answered for client in clients)


def raise_failures(clients: list[Client]) -> None:
    for client in clients:
        if client.failure is not None:
            raise client.failure


def serve_until_killed(
    folder: Path, number: int, clients: list[Client], rng: random.Random
) -> tuple[int, int]:
    before, enough = answered(clients), rng.randint(0, MOST_ANSWERS)
    with serving(folder, number) as (hub, url):
        threads = [threading.Thread(target=client.work, args=(url,)) for client in clients]
        for thread in threads:
            thread.start()
        until = time.monotonic() + ENOUGH_S
        while answered(clients) - before < enough:
            assert time.monotonic() < until, "nobody is answered"
            raise_failures(clients)
            time.sleep(0.001)
        time.sleep(rng.uniform(0, LONGEST_WAIT_S))
        hub.kill()
        for thread in threads:
            thread.join()
    raise_failures(clients)
    return left_at(folder)


@pytest.mark.slow
def test_a_killed_hub_delivers_every_webhook(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    (tmp_path / "hub").mkdir()
    with WebhookReceiver() as receiver:
        event, headers, secret = prepared(tmp_path / "hub", receiver.url("/ok"))
        people = [person["id"] for person in event["participants"]]
        clients = [
            Client(event, people[at::CLIENTS], headers, random.Random(rng.random())) for at in range(CLIENTS)
        ]
        began = time.monotonic()
        left = [serve_until_killed(tmp_path, number, clients, rng) for number in range(KILLS)]
        with serving(tmp_path, KILLS) as (hub, _):
            wait_for_messages(receiver, len(domain_event_ids(tmp_path)))
            assert hub.end() == 0
        took = time.monotonic() - began
        deliveries = receiver.log()
    committed = domain_event_ids(tmp_path)
    twice = check_arrivals(deliveries, committed, secret)
    check_answered(deliveries, clients)
    statuses = Counter(dict(rows(tmp_path, "SELECT status, count(*) FROM webhook_deliveries GROUP BY 1")))
    assert statuses == {"DELIVERED": len(committed)}
    assert left_at(tmp_path) == (0, 0)
    caught = sum(undelivered + sending > 0 for undelivered, sending in left)
    print(  # noqa: T201 - figures
        f"seed {SEED}: {KILLS} kills in {took:.1f} s, {caught} of them with something on its way "
        f"({sum(undelivered for undelivered, _ in left)} domain events, {sum(sending for _, sending in left)} deliveries); "
        f"{len(committed)} domain events, {len(deliveries)} arrivals, {twice} of them a second time; "
        f"{sum(client.broken_off for client in clients)} calls broken off"
    )
    assert caught > KILLS / 3, "kills that hit nothing show nothing"


def wait_for_messages(receiver: WebhookReceiver, messages: int) -> None:
    eventually(
        lambda: len({request["headers"]["webhook-id"] for request in receiver.log()}) >= messages, ENOUGH_S
    )


def check_arrivals(deliveries: list[dict[str, Any]], committed: set[str], secret: str) -> int:
    """Check that each domain event arrived, no other, always with the same bytes, signed. Return the number of repetitions."""
    bodies: dict[str, set[str]] = defaultdict(set)
    for request in deliveries:
        message = Webhook(secret).verify(request["body"], request["headers"])
        assert message["id"] == request["headers"]["webhook-id"]
        bodies[message["id"]].add(request["body"])
    assert bodies.keys() == committed, "lost, or made up"
    assert {len(versions) for versions in bodies.values()} == {1}, "one id, two bodies"
    return len(deliveries) - len(bodies)


def check_answered(deliveries: list[dict[str, Any]], clients: list[Client]) -> None:
    """Check that every change with response 200 has its message."""
    changed, scanned = set(), set()
    for message in (orjson.loads(request["body"]) for request in deliveries):
        if message["type"] == "participant.status_changed":
            changed.add((message["data"]["participant_id"], message["data"]["version"]))
        elif message["type"].startswith("scan."):
            scanned.add(message["data"]["access_log_id"])
    for client in clients:
        assert client.changed <= changed
        assert client.scanned <= scanned
        assert client.changed
        assert client.scanned

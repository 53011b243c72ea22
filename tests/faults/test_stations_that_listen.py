"""Two gates and two kiosks over random changes at a real hub: one of each takes what the live stream brings, the other pulls. Their stores are equal."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.live_changes import LiveNudge, parse_changes
from hub_sync.client.http.verification import AnswerVerifier, StationCredential
from hub_sync.client.store import FileKeyStore, Store, open_store
from hub_sync.client.sync.live_inbox import LiveInbox
from hub_sync.client.sync.pull_loop import PULL_EVERY_MS, PullLoop
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.operators import service as operators
from hub_sync.hub.domains.operators.schemas import NewOperator
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.schemas import NewQueue
from hub_sync.hub.domains.queue.tickets.actions import Clerk, issue
from hub_sync.hub.domains.sync.pull.cursor import number_of
from hub_sync.hub.domains.sync.pull.live_changes import FeedTick, read_catch_up, read_tick
from hub_sync.hub.domains.sync.pull.service import PullScope
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.answer_proof import NONCE_HEADER
from tests.hub_sync.hub.station_client import Journal
from tests.support.builders.event import HUB_URL, NOON, BuiltEvent, build_event
from tests.support.builders.hub import HubInProcess, HubTransport, migrate
from tests.support.builders.hub_queues import switch_on
from tests.support.builders.people import APPROVED, CANCELLED
from tests.support.thorough import sized

STEPS = sized(15, 300)
TABLES = ("participants", "merged", "presence", "events", "checkpoints", "occupancy", "conflicts", "journals")


@dataclass
class Follower:
    """A station that follows the event."""

    store: Store
    api: HubApi
    clock: ManualClock
    scope: PullScope
    device_id: str
    credential: str
    inbox: LiveInbox = field(default_factory=LiveInbox)
    sent: int = -1
    """The number up to which its stream has sent."""

    def __post_init__(self) -> None:
        self.loop = PullLoop(self.store, self.api, self.clock, inbox=self.inbox)
        self.verifier = AnswerVerifier(StationCredential(self.credential))
        self.nonce = self.verifier.sign_request()[NONCE_HEADER]
        self.key = self.verifier._key or ""

    def pull(self) -> None:
        """Pull until there is no more."""
        self.inbox.request_pull()
        while self.loop.run_once():
            pass

    def receive(self, tick: FeedTick, event_id: str) -> None:
        """Take what the stream brings with a tick, as `routes.live` sends it."""
        if tick.position.head <= self.sent:
            return
        pages = tick.pages_after(self.scope, self.sent)
        self.sent = tick.position.head
        for page in pages:
            data = page.sse(self.key, self.nonce).decode().split("data: ")[1]
            self.inbox.put(parse_changes(data, self.verifier.verify_changes))
        if not pages:
            self.inbox.nudge(LiveNudge(event_id, tick.cursors[self.scope]))
        while self.loop.run_once():
            pass

    def open_stream(self, fleet: "Fleet", earlier: int) -> None:
        """Open the stream anew, as `routes.live` begins it: with what the station lacks, or a nudge.

        Args:
            fleet: the hub.
            earlier: so many numbers before the station's own begins the page, as one that was read for another station.
        """
        tick, own = fleet.read_tick({self.scope}), self.inbox.position
        cursor = tick.cursors[self.scope]
        number = None if own is None else number_of(own.cursor, cursor)
        missed = None
        if own is not None and number is not None and number < tick.position.head:
            with fleet.context.uow.read() as work:
                box, start = fleet.context.secret_box, max(0, number - earlier)
                missed = read_catch_up(work, box, fleet.key, self.scope, start)
        self.sent = tick.position.head
        if missed is None or own is None:
            self.inbox.nudge(LiveNudge(fleet.key.event_id, cursor))
        else:
            data = missed.pages[0].since_cursor(own.cursor).sse(self.key, self.nonce).decode()
            self.inbox.put(parse_changes(data.split("data: ")[1], self.verifier.verify_changes))
        while self.loop.run_once():
            pass

    def contents(self) -> dict[str, list[Any]]:
        """Return all that the station knows of the event, but the time of its last pull."""
        reader = self.store.feed._reader
        rows = {table: reader.rows(f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608
        known: dict[str, list[Any]] = {table: sorted(map(repr, its)) for table, its in rows.items()}
        known["feed"] = reader.rows("SELECT epoch, cursor, people FROM feed")
        for name in ("queue_rows", "queue_actions"):
            known[name] = sorted(map(repr, self.store.queue._file.rows(f"SELECT * FROM {name}")))  # noqa: S608
        known["operators"] = [row.id for row in self.store.operators.all()]
        return known


class Fleet:
    """The hub, its event, and what happens there."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random, self.folder = random.Random(seed), folder
        self.clock = ManualClock(NOON)
        migrate(folder / "hub")
        self.hub = HubInProcess(folder / "hub", self.clock, new_id)
        self.context = self.hub.context
        self.venue: BuiltEvent = build_event(
            self.context, {f"p{n}": APPROVED for n in range(20)}, stations={}
        )
        switch_on(self.context, self.venue.tenant_id)
        self.key = FeedKey(self.venue.tenant_id, self.venue.event_id)
        self.tick: FeedTick | None = None
        self.people, self.queues = 20, list[str]()
        self.http = httpx.Client(base_url=HUB_URL, transport=HubTransport(self.hub))
        self.gates = [self._scanner(name) for name in ("C", "D")]

    def follower(self, name: str, profile: DeviceProfile) -> Follower:
        """Return a station that has enrolled and pulled."""
        clock = ManualClock(NOON, monotonic=1_000, boot_id=name)
        store = open_store(self.folder / name, FileKeyStore(self.folder / name), clock, new_id)
        api = HubApi(HUB_URL, boot_id=name, transport=HubTransport(self.hub))
        enrolment = enrol(
            store, api, parse_enrolment_code(self._code(name, profile), HUB_URL), serial=name, software="t"
        )
        api.close()
        api = HubApi(HUB_URL, credential=enrolment.credential, boot_id=name, transport=HubTransport(self.hub))
        scope = PullScope(profile is DeviceProfile.KIOSK, keys=True)
        return Follower(store, api, clock, scope, enrolment.device_id, enrolment.credential)

    def read_tick(self, scopes: set[PullScope]) -> FeedTick:
        """Read the feed as the hub does for its streams."""
        with self.context.uow.read() as work:
            self.tick = read_tick(work, self.context.secret_box, self.key, scopes, self.tick)
        return self.tick

    def do_something(self) -> None:
        """Change something at the event."""
        acts = (self._scan, self._scan, self._scan, self._register, self._cancel, self._rename, self._queue)
        self.random.choice((*acts, self._operator, self._capacity))()

    def _scan(self) -> None:
        """Let people scan; now and then one at two gates."""
        person = f"p{self.random.randrange(self.people)}"
        journals = self.gates if self.random.random() < 0.2 else [self.random.choice(self.gates)]
        for journal, headers in journals:
            journal.scan(participant_id=person, zone="hall", direction=self.random.choice(("entry", "exit")))
            answer = self.http.post(
                "/api/v1/sync/push",
                content=journal.request().model_dump_json().encode(),
                headers={"Content-Type": "application/json", **headers},
            )
            assert answer.status_code == 200, answer.text

    def _register(self) -> None:
        self.venue.register(self.context, f"p{self.people}")
        self.people += 1

    def _cancel(self) -> None:
        person = f"p{self.random.randrange(self.people)}"
        self.venue.set_status(self.context, person, self.random.choice((APPROVED, CANCELLED)))

    def _rename(self) -> None:
        changes = check_in.CheckpointChanges(name=f"Gate {self.random.random()}")
        checkpoint_id = self.random.choice(list(self.venue.checkpoints.values()))
        with self.context.uow.begin() as work:
            check_in.update_checkpoint(work, *self.key, checkpoint_id, changes)

    def _queue(self) -> None:
        with self.context.uow.begin() as work:
            number = len(self.queues)
            if number < 5:
                queue = queues.create(
                    work, self.key, NewQueue(name=f"Queue {number}", letter=chr(65 + number))
                )
                self.queues.append(queue.id)
            else:
                issue(work, self.key, self.random.choice(self.queues), Clerk("user:ada"))

    def _operator(self) -> None:
        with self.context.uow.begin() as work:
            new = NewOperator(name=f"Operator {self.random.random()}", pin="250917")
            operators.create(work, *self.key, new)

    def _capacity(self) -> None:
        with self.context.uow.begin() as work:
            changes = events.EventChanges(capacity=self.random.randrange(100, 900))
            events.update(work, *self.key, changes)

    def _code(self, name: str, profile: DeviceProfile = DeviceProfile.GATE) -> str:
        with self.context.uow.begin() as work:
            new = devices.NewDevice(name=name, event_id=self.venue.event_id, profile=profile)
            return devices.create(work, self.venue.tenant_id, new, UNBOUNDED)[1]

    def _scanner(self, name: str) -> tuple[Journal, dict[str, str]]:
        answer = self.http.post("/api/v1/sync/enrol", json={"token": self._code(name), "serial": name}).json()
        headers = {"Authorization": f"Bearer {answer['credential']}", BOOT_HEADER: name}
        journal = Journal(answer["device_id"], self.venue.event_id, self.venue.checkpoints["main"], "hall")
        return journal, headers


@pytest.fixture
def fleet(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path, request.param)
    yield fleet
    fleet.http.close()
    fleet.hub.close()


@pytest.mark.parametrize("fleet", range(sized(1, 5)), indirect=True)
def test_who_listens_knows_what_who_pulls_knows(fleet: Fleet) -> None:
    pairs = [
        [fleet.follower(f"{profile.value}-{way}", profile) for way in ("listens", "pulls")]
        for profile in (DeviceProfile.GATE, DeviceProfile.KIOSK)
    ]
    scopes = {listening.scope for listening, _ in pairs}
    for listening, pulling in pairs:
        listening.pull()
        pulling.pull()
        listening.sent = fleet.read_tick(scopes).position.head
    pulls: list[httpx.Request] = []
    for _ in range(STEPS):
        for _ in range(fleet.random.randrange(1, 4)):
            fleet.do_something()
        tick = fleet.read_tick(scopes)
        is_lost = fleet.random.random() < 0.1
        is_opened = fleet.random.random() < 0.3
        for listening, pulling in pairs:
            for follower in (listening, pulling):
                follower.clock.advance(timedelta(milliseconds=PULL_EVERY_MS // 50))
            if is_lost:
                listening.sent = tick.position.head
                continue
            answered = fleet.hub.answered
            if is_opened:
                listening.open_stream(fleet, fleet.random.randrange(3))
            else:
                listening.receive(tick, fleet.key.event_id)
            pulls += [httpx.Request("GET", HUB_URL)] * (fleet.hub.answered - answered)
            pulling.pull()
            assert listening.contents() == pulling.contents()
    assert 0 < len(pulls) < 2 * STEPS * 0.75, "most changes came without a pull"
    for follower in (each for pair in pairs for each in pair):
        follower.api.close()
        follower.store.close()

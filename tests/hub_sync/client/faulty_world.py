"""Two stations and the hub's real application in one process, over a faulty network.

The network loses, repeats and delays; the power can fail before and after every commit.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.errors import HubClientError
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, Store, open_store
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import PushLoop
from hub_sync.client.sync.time_loop import TimeLoop
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import Direction, ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from hub_sync.rules.admission import Attempt, DecisionContext, decide
from hub_sync.rules.gate_rules import checkpoint_rules, event_rules
from hub_sync.rules.occupancy import AdmittedScan
from tests.hub_sync.client.support import scan


class Killed(BaseException):
    """The power went."""


class PowerSwitch:
    """Counts commits down; at zero the power goes."""

    def __init__(self) -> None:
        self.left: int | None = None

    def step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed

    @contextmanager
    def off_after(self, commits: int | None) -> Iterator[None]:
        self.left = commits
        try:
            yield
        finally:
            self.left = None

    @contextmanager
    def wired(self) -> Iterator[None]:
        """Before and after every commit of every store is a moment at which the power may go."""
        writing, run = EncryptedFile.transaction, EncryptedFile.run

        @contextmanager
        def switched_writing(file: EncryptedFile) -> Iterator[None]:
            self.step()
            with writing(file):
                yield
            self.step()

        def switched_run(file: EncryptedFile, sql: str, values: Any = ()) -> None:
            if file._connection.in_transaction:
                return run(file, sql, values)
            self.step()
            run(file, sql, values)
            self.step()
            return None

        EncryptedFile.transaction, EncryptedFile.run = switched_writing, switched_run  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            EncryptedFile.transaction, EncryptedFile.run = writing, run  # type: ignore[method-assign]


class Network(httpx.BaseTransport):
    """Brings calls to the hub's application as `way` says: "ok", "lost", "answer lost", "twice" or "held"."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.way = "ok"
        self.held: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        way = self.way
        if way == "lost":
            raise httpx.ConnectError("no route")
        if way == "held":
            self.held.append(request)
            raise httpx.ReadTimeout("no answer")
        answer = self._bring(request)
        if way == "twice":
            answer = self._bring(request)
        if way == "answer lost":
            raise httpx.ReadError("reset")
        return answer

    def deliver_late(self) -> None:
        """What was held arrives after all, long after its sender gave up."""
        for request in self.held:
            self._bring(request)
        self.held.clear()

    def _bring(self, request: httpx.Request) -> httpx.Response:
        headers = {
            name: value for name, value in request.headers.items() if name not in ("host", "content-length")
        }
        headers["accept-encoding"] = "identity"
        url = request.url.raw_path.decode()
        answer = self._client.request(request.method, url, content=request.read(), headers=headers)
        assert "content-encoding" not in answer.headers
        kept = {
            name: value for name, value in answer.headers.items() if name in ("content-type", "retry-after")
        }
        return httpx.Response(answer.status_code, headers=kept, content=answer.content)


class World:
    """A hub with an event of three people, and what it holds."""

    def __init__(self, at: datetime) -> None:
        self.clock = ManualClock(at)
        self.holder = tempfile.TemporaryDirectory()
        settings = HubSettings(data=Path(self.holder.name) / "hub")
        settings.data.mkdir()
        app = create_app(settings, self.clock)
        self.hub: HubContext = app.state.hub
        state.upgrade(self.hub.uow.database)
        self.client = TestClient(app)
        self.client.__enter__()
        self.count = 0

    def begin(self, at: datetime) -> None:
        """A fresh organiser with a fresh event, so that examples do not meet."""
        self.count += 1
        self.clock.at = at
        with self.hub.uow.begin() as work:
            tenant = tenants.create(work, self.hub.secret_box, slug=f"t{self.count}", name="Acme")
            new = events.NewEvent(
                slug="fair",
                name="Fair",
                starts_at=at - timedelta(hours=1),
                ends_at=at + timedelta(hours=9),
                time_zone="Europe/Berlin",
                capacity=10,
            )
            event = events.create(work, tenant.id, new)
            gate = check_in.NewCheckpoint(name="Gate", type="gate", direction="bidirectional", zone="hall")
            point = check_in.create_checkpoint(work, tenant.id, event.id, gate)
            self.key = (tenant.id, event.id)
            self.checkpoint_id = point.id
            self.people = [f"person-{self.count}-{number}" for number in range(3)]
            for one in self.people:
                person = participants.NewParticipant(id=one, status=ParticipantStatus.APPROVED)
                participants.create(work, *self.key, person)

    def code(self, name: str) -> str:
        with self.hub.uow.begin() as work:
            new = devices.NewDevice(name=name, event_id=self.key[1], checkpoint_id=self.checkpoint_id)
            _, code = devices.create(work, self.key[0], new)
        return code

    def set_status(self, person: str, status: ParticipantStatus) -> None:
        with self.hub.uow.begin() as work:
            participants.update_status(work, *self.key, person, status)

    def log(self) -> list[AdmittedScan]:
        """The admitted scans that the hub holds."""
        with self.hub.uow.read() as work:
            return list(repository.passages(work.session, *self.key, self.people))

    def inside(self) -> int:
        """How many the hub counts in the hall."""
        with self.hub.uow.read() as work:
            return {count.zone: count.current for count in projection.counts(work, *self.key)}.get("hall", 0)

    def close(self) -> None:
        self.client.__exit__(None, None, None)
        self.hub.uow.database.close()
        self.holder.cleanup()


class FaultyStation:
    """A station whose power may go at any commit."""

    def __init__(self, world: World, name: str, power: PowerSwitch) -> None:
        self.world, self.power = world, power
        self.holder = tempfile.TemporaryDirectory()
        self.clock = ManualClock(world.clock.at, monotonic=5_000, boot_id=new_id())
        self.network = Network(world.client)
        self.written: list[str] = []
        self.maybe: set[str] = set()
        self.open()
        api = HubApi("http://testserver", transport=self.network)
        code = parse_enrolment_code(world.code(name), "http://testserver")
        self.me = enrol(self.store, api, code, serial=new_id(), software="test")
        self.open_lanes()

    def open(self) -> None:
        folder = Path(self.holder.name)
        self.store: Store = open_store(folder, FileKeyStore(folder), self.clock, new_id)
        assert self.store.recovery is None

    def open_lanes(self) -> None:
        # The boot id is not sent: what the hub makes of a station that changes it often is not the matter here.
        self.api = HubApi("http://testserver", credential=self.me.credential, transport=self.network)
        self.push, self.pull = PushLoop(self.store, self.api, self.clock), PullLoop(self.store, self.api)
        self.keeper = Timekeeper(self.clock, self.store)
        self.time = TimeLoop(self.store, self.api, self.clock)

    def restart(self) -> None:
        self.pull.discard_snapshot()
        self.store.close()
        self.open()
        self.open_lanes()

    def lane(self, name: str, way: str, commits: int | None) -> bool:
        """Run a lane once over a bad network, perhaps into a power cut. Returns whether it went well."""
        self.network.way = way
        try:
            with self.power.off_after(commits):
                getattr(self, name).run_once()
        except HubClientError:
            return False
        except Killed:
            self.restart()
            return False
        finally:
            self.network.way = "ok"
        return True

    def scan(self, person: str, direction: Direction, commits: int | None) -> None:
        """Decide and write down, as the gate does."""
        event, point = self.store.venue.event(), self.store.venue.checkpoint(self.world.checkpoint_id)
        if event is None or point is None:
            return
        found = self.store.roster.find(person)
        presence = self.store.presence.get(person, "hall")
        reading = self.keeper.read()
        attempt = Attempt("MANUAL", None, direction, None)  # type: ignore[arg-type]
        moment = DecisionContext(reading.now, sure=reading.sure)
        decision = decide(
            attempt,
            event_rules(event),
            checkpoint_rules(point),
            found.person if found else None,
            presence,
            moment,
        )
        assert not (decision.admits and direction is Direction.ENTRY and presence.inside)
        record = self._record(
            person, decision.result, decision.reason, direction, reading.sure, reading.offset_ms
        )
        self.maybe.add(record.id)
        with suppress(Killed):
            with self.power.off_after(commits):
                self.store.journal.append(record)
            self.written.append(record.id)
            return
        self.restart()

    def _record(
        self, person: str, result: Any, reason: Any, direction: Direction, sure: bool, offset: int | None
    ) -> ScanRecord:
        return scan(
            person,
            device_id=self.me.device_id,
            event_id=self.me.event_id,
            checkpoint_id=self.world.checkpoint_id,
            result=result,
            reason=reason,
            direction=direction,
            scanned_at_ms=epoch_ms(self.clock.now()),
            monotonic_ms=self.clock.monotonic_ms(),
            boot_id=self.clock.boot_id,
            clock_sure=sure,
            clock_offset_ms=offset,
        )

    def drain(self) -> None:
        """The network is well again and there is time."""
        for name in ("time", "push", "pull"):
            for _ in range(50):
                outcome = getattr(self, name).run_once()
                if not (outcome if isinstance(outcome, bool) else getattr(outcome, "more", False)):
                    break
            else:
                raise AssertionError(f"{name} never ended")

    def close(self) -> None:
        self.pull.discard_snapshot()
        self.store.close()
        self.holder.cleanup()

"""The live stream over a real server and a real socket: a nudge at once, one when something moved, and a prompt end."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from httpx_sse import EventSource, ServerSentEvent, connect_sse
from sqlalchemy import text

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.live_changes import PulledChanges, parse_changes
from hub_sync.client.http.verification import AnswerVerifier, StationCredential
from hub_sync.client.store import FileKeyStore, open_store
from hub_sync.client.sync import engine as engine_module
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.configuration import ConfigurationValues
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import COMMAND_EVENT, CommandKind
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import BOOT_HEADER, CHANGES_EVENT, NUDGE_EVENT
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.operators import service as operators
from hub_sync.hub.domains.operators.schemas import NewOperator
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.sync.pull import live_changes
from hub_sync.hub.domains.sync.pull.live_changes import CatchUp, read_catch_up
from hub_sync.hub.domains.sync.pull.service import PullScope
from hub_sync.hub.domains.sync.routes import live
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import another_event, serve
from tests.support.hub_server import SOON_S, HubServerThread, serving

PATIENCE_S = 30.0
NEVER_S = 3600.0
"""Nothing that is due after so long happens in a test."""


@pytest.fixture
def served(app: FastAPI) -> Iterator[HubServerThread]:
    with serving(app) as hub:
        yield hub


@pytest.fixture
def caller(served: HubServerThread, seeded: Seeded) -> Iterator[httpx.Client]:
    """Yield the seeded station, enrolled over a real socket."""
    limits = httpx.Limits(max_connections=200)
    with httpx.Client(base_url=served.url, timeout=SOON_S, trust_env=False, limits=limits) as client:
        answer = client.post("/api/v1/sync/enrol", json={"token": seeded.enrol_code, "serial": "x"})
        client.headers["Authorization"] = f"Bearer {answer.json()['credential']}"
        client.headers[BOOT_HEADER] = "boot"
        yield client


@contextmanager
def stream(caller: httpx.Client, query: str = "") -> Iterator[Iterator[ServerSentEvent]]:
    with connect_sse(caller, "GET", f"/api/v1/sync/live{query}") as source:
        assert isinstance(source, EventSource)
        assert source.response.status_code == 200
        yield source.iter_sse()


def register(hub: HubContext, seeded: Seeded, *ids: str) -> None:
    with hub.uow.begin() as work:
        for id_ in ids:
            participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant(id=id_))


def test_a_nudge_comes_at_once_and_when_something_moved(
    hub: HubContext, caller: httpx.Client, seeded: Seeded
) -> None:
    with stream(caller) as events:
        first = next(events)
        assert first.event == NUDGE_EVENT
        page = caller.get("/api/v1/sync/pull").json()
        assert json.loads(first.data) == {"cursor": page["cursor"], "event_id": seeded.event_id}, (
            "a station that has everything need not pull"
        )
        began = time.monotonic()
        register(hub, seeded, "p-1")
        second = next(events)
        assert time.monotonic() - began < 1
        after = caller.get(
            "/api/v1/sync/pull", params={"epoch": page["epoch"], "cursor": page["cursor"]}
        ).json()
        assert json.loads(second.data) == {"cursor": after["cursor"], "event_id": seeded.event_id}


def test_changes_that_come_together_make_few_nudges(
    hub: HubContext, caller: httpx.Client, seeded: Seeded
) -> None:
    with stream(caller) as events:
        next(events)
        for number in range(40):
            register(hub, seeded, f"p-{number}")
        cursor = caller.get("/api/v1/sync/pull").json()["cursor"]
        nudges = 1
        while json.loads(next(events).data)["cursor"] != cursor:
            nudges += 1
        assert nudges < 40


@pytest.mark.parametrize("status", [DeviceStatus.LOCKED, DeviceStatus.REVOKED])
def test_a_locked_or_revoked_stations_stream_brings_a_nudge_and_ends(
    hub: HubContext,
    caller: httpx.Client,
    seeded: Seeded,
    monkeypatch: pytest.MonkeyPatch,
    status: DeviceStatus,
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", NEVER_S)
    with stream(caller) as events:
        next(events)
        with hub.uow.begin() as work:
            devices.set_status(work, seeded.tenant_id, seeded.device_id, status)
        locks = [COMMAND_EVENT] if status is DeviceStatus.LOCKED else []
        assert [event.event for event in events] == [NUDGE_EVENT, *locks]
    assert caller.get("/api/v1/sync/live").status_code == 403


def test_a_command_and_another_configuration_ask_for_a_report_at_once(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", NEVER_S)
    with stream(caller) as events:
        assert next(events).event == NUDGE_EVENT
        with hub.uow.begin() as work:
            new = devices.NewCommand(kind=CommandKind.IDENTIFY)
            devices.command(work, seeded.tenant_id, seeded.device_id, new)
        assert next(events).event == COMMAND_EVENT
        with hub.uow.begin() as work:
            values = ConfigurationValues(theme="light")
            devices.configure(work, seeded.tenant_id, seeded.device_id, values)
        assert next(events).event == COMMAND_EVENT
        with hub.uow.begin() as work:
            devices.set_status(work, seeded.tenant_id, seeded.device_id, DeviceStatus.LOCKED)
        assert next(events).event == NUDGE_EVENT, "nothing was sent twice"


def test_a_stream_whose_credential_is_no_longer_valid_ends(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", 0.2)
    with stream(caller) as events:
        next(events)
        with hub.uow.begin() as work:
            devices.get(work, seeded.tenant_id, seeded.device_id).credential_hash = None
        assert list(events) == []


@pytest.mark.parametrize("status", [DeviceStatus.LOCKED, DeviceStatus.REVOKED])
def test_a_station_knows_that_it_is_locked_though_none_of_its_loops_is_due(
    hub: HubContext,
    served: HubServerThread,
    seeded: Seeded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: DeviceStatus,
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", NEVER_S)
    for interval in ("PULL_EVERY_S", "PUSH_EVERY_S", "TIME_EVERY_S", "REPORT_EVERY_S", "LIVE_RECONNECT_S"):
        monkeypatch.setattr(engine_module, interval, NEVER_S)
    clock = SystemClock()
    with open_store(tmp_path, FileKeyStore(tmp_path), clock, new_id) as store:
        api = HubApi(served.url, boot_id=clock.boot_id)
        code = parse_enrolment_code(seeded.enrol_code, served.url)
        enrolment = enrol(store, api, code, serial="x", software="test")
        api.close()
        engine = SyncEngine(store.open_session, partial(HubApi.for_enrolment, enrolment, clock), clock=clock)
        engine.start()
        try:
            wait_for(lambda: engine.status.live and engine.status.roster_as_of is not None)
            time.sleep(1)  # what the start has set off is over: the loops rest
            with hub.uow.begin() as work:
                devices.set_status(work, seeded.tenant_id, seeded.device_id, status)
            wait_for(lambda: store.access.status() is status)
        finally:
            engine.stop()


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def test_a_hub_that_stops_ends_its_streams_at_once(served: HubServerThread, caller: httpx.Client) -> None:
    with stream(caller) as events:
        next(events)
        ended = threading.Event()

        def drain() -> None:
            list(events)
            ended.set()

        reader = threading.Thread(target=drain)
        reader.start()
        assert served.stop() < 3
        assert ended.wait(SOON_S)
        reader.join()


def test_a_station_has_few_streams_at_once_and_is_told_when_to_come_back(
    caller: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 2)
    with ExitStack() as stack:
        streams = [stack.enter_context(stream(caller)) for _ in range(2)]
        for events in streams:
            next(events)
        refused = caller.get("/api/v1/sync/live")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TooManyStreams")
        assert int(refused.headers["retry-after"]) > 0
        assert caller.get("/api/v1/sync/time").status_code == 200


def test_many_streams_leave_threads_for_everybody_else(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread pool has 40 threads: sixty streams that each held one would stop the hub."""
    monkeypatch.setattr(live, "MOST_STREAMS", 60)
    with ExitStack() as stack:
        streams = [stack.enter_context(stream(caller)) for _ in range(60)]
        for events in streams:
            next(events)
        assert caller.get("/api/v1/sync/time").status_code == 200
        register(hub, seeded, "p-1")
        for events in streams:
            assert next(events).event == NUDGE_EVENT


def test_an_idle_stream_is_pinged(hub: HubContext, app: FastAPI, seeded: Seeded) -> None:
    hub.settings.live_ping_s = 0.2
    served = HubServerThread(app)
    url = served.start()
    with httpx.Client(base_url=url, timeout=SOON_S, trust_env=False) as client:
        answer = client.post("/api/v1/sync/enrol", json={"token": seeded.enrol_code, "serial": "x"})
        headers = {"Authorization": f"Bearer {answer.json()['credential']}", BOOT_HEADER: "boot"}
        with client.stream("GET", "/api/v1/sync/live", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert any(line.startswith(": ping") for line in answer.iter_lines())
    served.stop()
    served.socket.close()


def test_each_event_of_a_station_has_its_nudges_and_another_list_of_events_ends_the_stream(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", 0.2)
    fair, _ = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    with stream(caller) as stream_events:
        began = [json.loads(next(stream_events).data)["event_id"] for _ in range(2)]
        assert began == [seeded.event_id, fair]
        with hub.uow.begin() as work:
            participants.create(work, seeded.tenant_id, fair, participants.NewParticipant(id="p-1"))
        nudge = json.loads(next(stream_events).data)
        page = caller.get("/api/v1/sync/pull", params={"event": fair}).json()
        assert nudge == {"cursor": page["cursor"], "event_id": fair}
        serve(hub, seeded, seeded.event_id)
        last = [json.loads(event.data)["event_id"] for event in stream_events]
        assert sorted(last) == sorted([seeded.event_id, fair])


@dataclass
class Listener:
    """The seeded station as it listens: with a nonce, so that it can believe what comes."""

    caller: httpx.Client
    verifier: AnswerVerifier

    @classmethod
    def of(cls, caller: httpx.Client) -> "Listener":
        verifier = AnswerVerifier(StationCredential(caller.headers["Authorization"].removeprefix("Bearer ")))
        caller.headers.update(verifier.sign_request())
        return cls(caller, verifier)

    def changes(self, event: ServerSentEvent) -> PulledChanges:
        assert event.event == CHANGES_EVENT
        return parse_changes(event.data, self.verifier.verify_changes)


def people_of(changes: PulledChanges) -> list[str]:
    return [row[0] for row in changes.pulled.page.participants]


def test_a_station_that_asks_for_changes_gets_them_in_a_chain_from_the_first_nudge_on(
    hub: HubContext, caller: httpx.Client, seeded: Seeded
) -> None:
    listener = Listener.of(caller)
    with stream(caller, "?changes=true") as events:
        cursor = json.loads(next(events).data)["cursor"]
        for number in range(3):
            register(hub, seeded, f"p-{number}")
            changes = listener.changes(next(events))
            assert people_of(changes) == [f"p-{number}"]
            assert changes.since == cursor
            cursor = changes.pulled.page.cursor
    register(hub, seeded, "p-3")  # while it is away
    with stream(caller, "?changes=true") as events:
        assert json.loads(next(events).data)["cursor"] == caller.get("/api/v1/sync/pull").json()["cursor"]
        register(hub, seeded, "p-4")
        assert people_of(listener.changes(next(events))) == ["p-4"]


def test_changes_that_only_a_pull_brings_are_a_nudge_and_the_next_ones_come_again(
    hub: HubContext, caller: httpx.Client, seeded: Seeded
) -> None:
    listener = Listener.of(caller)
    with stream(caller, "?changes=true") as events:
        next(events)
        with hub.uow.begin() as work:
            new = NewOperator(name="Kim", pin="250917")
            operators.create(work, seeded.tenant_id, seeded.event_id, new)
        assert next(events).event == NUDGE_EVENT
        register(hub, seeded, "p-1")
        assert people_of(listener.changes(next(events))) == ["p-1"]


def test_who_could_not_believe_changes_or_does_not_ask_for_them_gets_nudges(
    hub: HubContext, caller: httpx.Client, seeded: Seeded
) -> None:
    with stream(caller, "?changes=true") as without_nonce:
        next(without_nonce)
        Listener.of(caller)
        with stream(caller) as without_asking:
            next(without_asking)
            register(hub, seeded, "p-1")
            assert [next(without_nonce).event, next(without_asking).event] == [NUDGE_EVENT] * 2


def test_a_station_that_is_locked_gets_no_row_any_more(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nothing wakes its stream but the change itself: the lock was committed where no notice came from."""
    monkeypatch.setattr(live, "RECHECK_S", NEVER_S)
    Listener.of(caller)
    with stream(caller, "?changes=true") as events:
        next(events)
        with hub.uow.database.write_session() as session:  # without the notices of a unit of work
            session.execute(text("UPDATE kiosk_devices SET status = 'LOCKED'"))
        register(hub, seeded, "p-1")
        assert next(events).event == NUDGE_EVENT


def test_changes_that_another_process_commits_come_as_well(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, settings: HubSettings, clock: ManualClock
) -> None:
    listener = Listener.of(caller)
    other: HubContext = create_app(settings, clock).state.hub
    with stream(caller, "?changes=true") as events:
        next(events)
        register(other, seeded, "p-1")
        assert people_of(listener.changes(next(events))) == ["p-1"]
    other.uow.database.close()


@dataclass
class CatchUpReads:
    """The reads for streams that begin."""

    numbers: list[int]

    def read(
        self, work: Work, seal: SecretBox, key: FeedKey, scope: PullScope, number: int
    ) -> CatchUp | None:
        """Read, and note from which number."""
        self.numbers.append(number)
        return read_catch_up(work, seal, key, scope, number)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> CatchUpReads:
    reads = CatchUpReads([])
    monkeypatch.setattr(live_changes, "read_catch_up", reads.read)
    return reads


def position(caller: httpx.Client, event_id: str) -> tuple[str, str]:
    """Return the cursor of a station that has pulled just now, and the query by which it opens its stream."""
    cursor = caller.get("/api/v1/sync/pull").json()["cursor"]
    return cursor, f"?changes=true&event={event_id}&cursor={cursor}"


def test_a_stream_begins_with_what_the_station_lacks_and_goes_on_without_a_gap(
    hub: HubContext, caller: httpx.Client, seeded: Seeded, reads: CatchUpReads
) -> None:
    listener = Listener.of(caller)
    cursor, query = position(caller, seeded.event_id)
    with stream(caller, query) as events:
        assert json.loads(next(events).data)["cursor"] == cursor, "there is nothing that it lacks"
    register(hub, seeded, "p-1", "p-2")  # while it is away
    later_cursor, later_query = position(caller, seeded.event_id)
    register(hub, seeded, "p-3")
    with stream(caller, query) as first:
        missed = listener.changes(next(first))  # what lacks less comes second, or both would be read
        assert (people_of(missed), missed.since) == (["p-1", "p-2", "p-3"], cursor)
        with stream(caller, later_query) as second:
            shared = listener.changes(next(second))
            assert (shared.since, shared.upto) == (later_cursor, missed.upto)
            assert (len(reads.numbers), shared.after) == (1, missed.after), "it was read once for both"
            register(hub, seeded, "p-4")
            for events in (first, second):
                changes = listener.changes(next(events))
                assert (people_of(changes), changes.since) == (["p-4"], missed.pulled.page.cursor)


def test_what_a_station_lacks_is_pulled_if_it_is_too_much_or_its_place_is_not_known(
    hub: HubContext,
    caller: httpx.Client,
    seeded: Seeded,
    reads: CatchUpReads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_changes, "MAX_ROWS", 1)
    _, query = position(caller, seeded.event_id)
    register(hub, seeded, "p-1", "p-2")
    older = query.replace("changes=true", "changes=false")
    with stream(caller, query) as without_nonce:
        assert next(without_nonce).event == NUDGE_EVENT, "it could not believe them"
    listener = Listener.of(caller)
    cursor, near = position(caller, seeded.event_id)
    register(hub, seeded, "p-3")
    elsewhere = near.replace(seeded.event_id, new_id())
    for unknown in (older, elsewhere, f"?changes=true&cursor={cursor}", near[:-4], near + "A" * 600):
        with stream(caller, unknown) as events:
            assert next(events).event == NUDGE_EVENT
    assert reads.numbers == []
    with stream(caller, query) as far, stream(caller, query) as again, stream(caller, near) as close:
        assert [next(events).event for events in (far, again)] == [NUDGE_EVENT] * 2
        assert people_of(listener.changes(next(close))) == ["p-3"]
        assert len(reads.numbers) == 2, "that it is too much was read once"
    with hub.uow.begin() as work:
        new = NewOperator(name="Kim", pin="250917")
        operators.create(work, seeded.tenant_id, seeded.event_id, new)
    with stream(caller, near) as events:
        assert next(events).event == NUDGE_EVENT, "who may sign on comes by a pull alone"

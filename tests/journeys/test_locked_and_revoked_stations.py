"""A station that is locked or revoked at the hub: what its gate, its store and the hub do, over restarts and outages."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from hub_sync.client.http.errors import ResponseUnproven, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.contract.enums import DeviceStatus, ReasonCode, ScanResult
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.calls.authentication import DRAIN_PERIOD
from kiosk_app.messages import GateOutcome, SearchPeople
from kiosk_app.workers.command_executor import _search
from tests.faults.faulty_network import NetworkCondition
from tests.faults.killable_station import KillableStation
from tests.support.builders.event import connect_api
from tests.support.two_gates import OVERRIDE, TwoGates, two_gates


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as built:
        yield built


def set_status(here: TwoGates, station: KillableStation, status: DeviceStatus) -> None:
    enrolment = station.store.settings.enrolment()
    assert enrolment is not None
    with here.hub.context.uow.begin() as work:
        devices.set_status(work, enrolment.tenant_id, enrolment.device_id, status)


def test_a_locked_station_refuses_from_the_next_contact_over_restarts_until_it_is_unlocked(
    here: TwoGates,
) -> None:
    here.sync(here.a)
    set_status(here, here.a, DeviceStatus.LOCKED)
    assert here.scan(here.a, "ada").decision.result is ScanResult.VALID, "it does not know of it yet"
    here.wait(minutes=1)
    assert not here.a.pull()
    outcome = here.scan(here.a, "bo")
    assert outcome.decision.reason is ReasonCode.STATION_LOCKED
    assert (outcome.sequence, outcome.name, outcome.pulsed) == (2, "", False)
    overridden = here.a.gate.decide_again(outcome.subject, OVERRIDE)
    assert isinstance(overridden, GateOutcome)
    assert overridden.decision.reason is ReasonCode.STATION_LOCKED
    assert _search(here.a.gate, SearchPeople("Ada").query).hits == ()
    here.offline(here.a)
    here.a.restart()
    assert here.scan(here.a, "bo").decision.reason is ReasonCode.STATION_LOCKED
    here.online(here.a)
    assert here.a.push(), "what it has scanned still goes up"
    assert len(here.log()) == 4
    set_status(here, here.a, DeviceStatus.ACTIVE)
    assert here.scan(here.a, "bo").decision.reason is ReasonCode.STATION_LOCKED
    assert here.a.pull()
    assert here.scan(here.a, "bo").decision.result is ScanResult.VALID


def test_a_revoked_station_sends_its_scans_and_then_erases_names_and_keys(here: TwoGates) -> None:
    here.sync(here.a)
    assert here.scan(here.a, "ada").decision.result is ScanResult.VALID
    here.wait(minutes=1)
    here.offline(here.a)
    set_status(here, here.a, DeviceStatus.REVOKED)
    here.wait(minutes=1)
    assert here.scan(here.a, "bo").decision.result is ScanResult.VALID, "it can't know of it yet"
    here.online(here.a)
    assert not here.a.pull()
    assert here.a.store.access.status() is DeviceStatus.REVOKED
    assert here.a.store.roster.count > 0, "its scans are not sent yet"
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.STATION_REVOKED
    assert here.a.push()
    before, after, _ = here.log()
    assert (before.flag, after.flag) == (None, "station_revoked")
    assert here.a.store.roster.count == 0
    assert here.a.store.roster.find("ada") is None
    assert here.a.store.keys.digest() == ""
    here.a.restart()
    assert here.a.store.roster.find("ada") is None
    outcome = here.scan(here.a, "ada")
    assert outcome.decision.reason is ReasonCode.STATION_REVOKED
    assert outcome.sequence == 4
    assert here.a.push()
    assert here.a.store.journal.backlog().rows == 0
    enrolment = here.a.store.settings.enrolment()
    assert enrolment is not None
    with here.hub.context.uow.read() as work:
        listed = devices.list_in_service(work, enrolment.tenant_id, enrolment.event_id)
    assert DeviceStatus.REVOKED in {device.status for device in listed}


def test_no_backup_of_a_revoked_station_has_its_keys(here: TwoGates) -> None:
    here.a.maintenance_loop.run_once()
    set_status(here, here.a, DeviceStatus.REVOKED)
    assert not here.a.pull()
    assert here.a.push()
    (backup,) = (here.a.folder / "backups").glob("*.db")
    file = EncryptedFile(backup, here.a.store._place.key, journal="")
    try:
        assert file.rows("SELECT kid FROM qr_keys") == []
        assert file.rows("SELECT count(*) FROM incarnations") == [(1,)]
    finally:
        file.close()


def test_the_hub_takes_a_revoked_stations_scans_for_a_bounded_time_only(here: TwoGates) -> None:
    here.sync(here.a)
    here.scan(here.a, "ada")
    set_status(here, here.a, DeviceStatus.REVOKED)
    here.clock.advance(DRAIN_PERIOD + timedelta(minutes=1))
    assert not here.a.push()
    assert here.log() == []
    assert here.a.store.roster.count == 0, "nothing more can be sent: the rest is erased"
    assert here.a.store.journal.backlog().rows == 1, "the scans stay for an export"


def test_a_retired_station_takes_leave_like_a_revoked_one_and_leaves_the_list(here: TwoGates) -> None:
    set_status(here, here.a, DeviceStatus.REVOKED)
    set_status(here, here.a, DeviceStatus.RETIRED)
    assert not here.a.pull()
    assert here.a.push()
    assert here.a.store.roster.count == 0


class _Impostor(httpx.BaseTransport):
    """Something else than the hub, which answers each request alike."""

    def __init__(self, status: int, code: str) -> None:
        self._status, self._code = status, code

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = {"title": "x", "status": self._status, "error": {"code": self._code, "message": "No."}}
        headers = {
            "content-type": "application/problem+json",
            "Doorward-Status": "REVOKED",
            "Doorward-Proof": "0" * 64,
        }
        return httpx.Response(self._status, json=body, headers=headers)


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (401, "DeviceUnknown", StationUnknown),
        (403, "DeviceRevoked", ResponseUnproven),
        (403, "DeviceLocked", ResponseUnproven),
        (409, "JournalForked", ResponseUnproven),
    ],
)
def test_who_is_not_the_hub_neither_locks_nor_erases(
    here: TwoGates, status: int, code: str, failure: type[Exception]
) -> None:
    here.sync(here.a)
    api = connect_api(here.a.store, here.a.clock, _Impostor(status, code))
    api.listen_to_status(lambda status: pytest.fail(f"believed: {status}"))
    with pytest.raises(failure):
        api.pull(None, 10)
    api.close()
    assert here.scan(here.a, "ada").decision.result is ScanResult.VALID
    assert here.a.store.roster.count > 0


def test_an_old_answer_of_the_hub_proves_nothing_again(here: TwoGates) -> None:
    here.sync(here.a)
    recorded: list[httpx.Response] = []

    class Replay(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if not recorded:
                answer = here.a.network.handle_request(request)
                body = b"".join(answer.stream)  # type: ignore[arg-type]
                recorded.append(httpx.Response(answer.status_code, headers=answer.headers, content=body))
            first = recorded[0]
            return httpx.Response(
                first.status_code, headers=first.headers, stream=httpx.ByteStream(first.content)
            )

    set_status(here, here.a, DeviceStatus.LOCKED)
    api = connect_api(here.a.store, here.a.clock, Replay())
    with pytest.raises(StationLocked):
        api.pull(None, 10)
    set_status(here, here.a, DeviceStatus.ACTIVE)
    with pytest.raises(ResponseUnproven):
        api.pull(None, 10)
    api.close()


def test_a_portal_at_the_venue_leaves_a_revoked_station_revoked(here: TwoGates) -> None:
    set_status(here, here.a, DeviceStatus.REVOKED)
    with pytest.raises(StationRevoked):
        here.a.pull_loop.run_once()
    here.a.network.condition = NetworkCondition.LOG_IN_PAGE
    assert not here.a.pull()
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.STATION_REVOKED

"""Enrolment from the screen: each failure becomes its own problem, and a good code enrols."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, Store, StoreError, StoreFault, open_store
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from kiosk_app.messages import EnrolmentProblem, EnrolmentUpdate, EnrolStation, WorkerMessage
from kiosk_app.workers.enrolment_worker import EnrolmentWorker
from tests.hub_sync.client.fake_hub import refused, scan
from tests.support.builders.station import NOON, build_station_store

CODE, HUB = "ABCD-EFGH-JKMN-PQRS", "https://hub.example.org"
ENROLLED = {
    "device_id": "device-1",
    "tenant_id": "tenant",
    "event_id": "event",
    "checkpoint_id": None,
    "name": "Gate north",
    "profile": "kiosk",
    "credential": "dw_device-1_secret",
    "server_time_ms": 1,
}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, FileKeyStore(tmp_path), ManualClock(NOON), new_id) as opened:
        yield opened


def enrolled(
    store: Store, answer: Answer, command: EnrolStation
) -> tuple[EnrolmentUpdate, list[WorkerMessage]]:
    told: list[WorkerMessage] = []
    worker = EnrolmentWorker(
        store.open_session,
        told.append,
        ManualClock(NOON),
        serial="here",
        software="doorward 9",
        connect=lambda url: HubApi(url, transport=httpx.MockTransport(answer)),
    )
    return worker.enrol(command), told


def good(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=ENROLLED)


def raising(error: Exception) -> Answer:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def plain_http(_: httpx.Request) -> httpx.Response:
    cause = ssl.SSLError(1, "wrong version number")
    cause.reason = "WRONG_VERSION_NUMBER"
    raise httpx.ConnectError("no") from cause


def test_a_typed_code_enrols_and_an_address_without_a_scheme_is_https(store: Store) -> None:
    update, told = enrolled(store, good, EnrolStation(f" {CODE} ", "hub.example.org"))
    assert update == EnrolmentUpdate(None, HUB, "Gate north", "kiosk")
    assert told == [EnrolmentUpdate(hub=HUB)], "the screen says that the hub is asked"
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    assert enrolment.credential == "dw_device-1_secret"


@pytest.mark.parametrize(
    ("code", "hub", "answer", "problem"),
    [
        ("x", "", good, EnrolmentProblem.NOT_A_CODE),
        ("{", HUB, good, EnrolmentProblem.NOT_A_CODE),
        ('{"handshake": 99, "hub": "https://h", "token": "12345678"}', "", good, EnrolmentProblem.NOT_A_CODE),
        (CODE, "", good, EnrolmentProblem.NO_HUB),
        (CODE, "ftp://hub", good, EnrolmentProblem.BAD_HUB),
        (CODE, HUB, raising(httpx.ConnectError("no")), EnrolmentProblem.NO_ANSWER),
        (CODE, HUB, plain_http, EnrolmentProblem.NO_TLS),
        (CODE, HUB, raising(httpx.ReadTimeout("late")), EnrolmentProblem.NO_ANSWER),
        (CODE, HUB, lambda _: httpx.Response(200, text="<html>"), EnrolmentProblem.LOG_IN_PAGE),
        (CODE, HUB, lambda _: httpx.Response(302), EnrolmentProblem.LOG_IN_PAGE),
        (CODE, HUB, lambda _: refused(409, "EnrolmentCodeUsed"), EnrolmentProblem.REFUSED),
        (CODE, HUB, lambda _: refused(404, "EnrolmentCodeUnknown"), EnrolmentProblem.REFUSED),
        (CODE, HUB, lambda _: httpx.Response(429), EnrolmentProblem.BUSY),
        (CODE, HUB, lambda _: httpx.Response(500), EnrolmentProblem.HUB_FAILED),
        (CODE, HUB, raising(RuntimeError("a bug")), EnrolmentProblem.FAILED),
    ],
)
def test_each_failure_is_a_problem_of_its_own_and_changes_nothing(
    store: Store, code: str, hub: str, answer: Answer, problem: EnrolmentProblem
) -> None:
    update, _ = enrolled(store, answer, EnrolStation(code, hub))
    assert update.problem is problem
    assert store.settings.enrolment() is None


def test_scans_that_were_not_sent_keep_a_station_from_another_enrolment(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        store.journal.append(scan("p1"))
        update, _ = enrolled(store, good, EnrolStation(CODE, HUB))
    assert update.problem is EnrolmentProblem.UNSENT


def test_a_disk_that_fails_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr("hub_sync.client.store.station.settings.StoredSettings.save_enrolment", full)
    update, _ = enrolled(store, good, EnrolStation(CODE, HUB))
    assert update.problem is EnrolmentProblem.NOT_SAVED

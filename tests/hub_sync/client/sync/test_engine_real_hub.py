"""The engine over a real hub, which is killed with SIGKILL while it stores scans."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.errors import HubRefused
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.client.sync.status import ConnectionState
from tests.hub_sync.client.hub_process import RealHub, Station
from tests.support.builders.station import presence_here

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    hub = RealHub(tmp_path_factory.mktemp("hub") / "data", participants=600)
    yield hub
    hub.kill()


@pytest.fixture
def station(hub: RealHub, tmp_path: Path) -> Iterator[Callable[[str], Station]]:
    stations: list[Station] = []

    def make(name: str) -> Station:
        stations.append(Station(tmp_path / name, hub, name))
        stations[-1].engine.start()
        wait_for(lambda: stations[-1].store.roster.count == 600)
        return stations[-1]

    yield make
    for opened_station in stations:
        opened_station.close()


def wait_for(what: Callable[[], Any], seconds: float = 30.0) -> float:
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it did not come about"
        time.sleep(0.005)
    return time.monotonic() - began


def is_inside(station: Station, participant_id: str) -> bool:
    return presence_here(station.store, participant_id, station.zone).inside


def has_conflict(station: Station, participant_id: str) -> bool:
    conflicts = station.store.venue.conflicts(LONG_AGO)
    return {row.participant_id for row in conflicts} == {participant_id}


def digest_of(station: Station) -> tuple[int, str]:
    """Count and hash rows like `doorward-hub access-log digest`."""
    digest, rows = sha256(), 0
    for row in station.store.journal.rows():
        digest.update(f"{row.sequence}:{row.hash}\n".encode())
        rows += 1
    return rows, digest.hexdigest()


def at_the_hub(hub: RealHub, station: Station) -> tuple[int, str]:
    digest = hub.run("access-log", "digest", "--device", station.enrolment.device_id)
    return digest["rows"], digest["digest"]


def test_a_scan_at_one_gate_is_known_at_the_other_within_a_second(
    hub: RealHub, station: Callable[[str], Station]
) -> None:
    a, b = station("a"), station("b")
    wait_for(lambda: b.engine.status.live and a.engine.status.live)
    took = []
    for who in a.people(5):
        a.record(who)
        a.engine.nudge()
        took.append(wait_for(partial(is_inside, b, who)))
    assert sorted(took)[2] < 1.0, took
    assert len(b.store.venue.occupancy()) >= 1
    assert at_the_hub(hub, a) == digest_of(a)


def test_two_offline_gates_that_admit_one_ticket_are_both_told(
    hub: RealHub, station: Callable[[str], Station]
) -> None:
    a, b = station("a"), station("b")
    who = a.people(100)[-1]
    a.record(who)
    b.record(who)
    a.engine.nudge()
    b.engine.nudge()
    for gate in (a, b):
        wait_for(partial(has_conflict, gate, who))
    assert at_the_hub(hub, a) == digest_of(a)
    assert at_the_hub(hub, b) == digest_of(b)


def test_a_hub_killed_again_and_again_has_every_scan_once(
    hub: RealHub, station: Callable[[str], Station]
) -> None:
    a = station("a")
    people = a.people(200)
    for round_ in range(2):
        for who in people:
            a.record(who)
        a.engine.nudge()
        time.sleep(0.02 + 0.05 * round_)
        hub.kill()
        wait_for(lambda: a.engine.status.connection is ConnectionState.OFFLINE)
        for who in people[:50]:
            a.record(who)
            a.engine.nudge()
        hub.start()
        wait_for(lambda: a.engine.status.connection is ConnectionState.ONLINE)
    a.engine.retry_now()
    wait_for(lambda: a.store.journal.backlog().rows == 0)
    assert digest_of(a)[0] == 2 * 250
    assert at_the_hub(hub, a) == digest_of(a)
    assert a.store.journal.backlog().set_aside == 0
    assert a.engine.status.alarm is None


@pytest.mark.parametrize("copy", ["set back", "gone"])
def test_a_station_whose_journal_was_set_back_starts_another_and_says_so(
    hub: RealHub, station: Callable[[str], Station], tmp_path: Path, copy: str
) -> None:
    """A disk put back to an earlier state by somebody who did not use `restore`.

    With the copy set back, too, the hub's answer shows it. Without the copy, the start itself does.
    """
    name = f"a-{copy}"
    a = station(name)
    people = a.people(10)
    for who in people[:3]:
        a.record(who)
    a.engine.nudge()
    wait_for(lambda: a.store.journal.backlog().rows == 0)
    a.store.backups.save(tmp_path / "image.db")
    image_of_copy = (tmp_path / name / "journal.copy").read_bytes()
    for who in people[3:6]:
        a.record(who)
    a.engine.nudge()
    wait_for(lambda: a.store.journal.backlog().rows == 0)
    journal_id = a.store.outbox.acknowledged().journal_id
    a.close()
    for file in ("store.db", "store.db-wal", "store.db-shm", "journal.copy"):
        (tmp_path / name / file).unlink(missing_ok=True)
    (tmp_path / "image.db").rename(tmp_path / name / "store.db")
    if copy == "set back":
        (tmp_path / name / "journal.copy").write_bytes(image_of_copy)

    again = Station.again(tmp_path / name, a)
    again.record(people[7])
    again.engine.start()
    try:
        wait_for(lambda: again.store.journal.backlog().rows == 0)
        if copy == "gone":
            assert again.store.recovery is not None
            assert "Scans after number 3 may be missing" in again.store.recovery.sentence
        else:
            wait_for(lambda: again.engine.status.alarm is not None)
        assert again.store.outbox.acknowledged().journal_id != journal_id
    finally:
        again.close()


def test_a_hub_restored_from_its_backup_gets_what_it_lacks_by_itself(
    hub: RealHub, station: Callable[[str], Station], tmp_path: Path
) -> None:
    a = station("restored")
    people = a.people(40)
    for who in people[20:25]:
        a.record(who)
    a.engine.nudge()
    wait_for(lambda: a.store.journal.backlog().rows == 0)
    hub.run("backup", str(tmp_path / "hub.db"))
    for who in people[25:28]:
        a.record(who)
    a.engine.nudge()
    wait_for(lambda: a.store.journal.backlog().rows == 0)
    a.store.outbox.start_new_incarnation("as after a restored backup of the station")
    for who in people[28:30]:
        a.record(who)
    a.engine.nudge()
    wait_for(lambda: a.store.journal.backlog().rows == 0 and at_the_hub(hub, a)[0] == 10)
    hub.run("restore", str(tmp_path / "hub.db"), "--replace")
    with contextlib.closing(sqlite3.connect(tmp_path / "hub.db")) as backup:
        logged = backup.execute(
            "SELECT count(*) FROM access_logs WHERE device_id = ?", (a.enrolment.device_id,)
        ).fetchone()
    assert logged == (5,)
    wait_for(lambda: at_the_hub(hub, a)[0] == 10)
    assert a.store.journal.backlog().rows == 0
    assert a.engine.status.alarm is None


def test_a_token_works_once(hub: RealHub, opened: Callable[[], Store]) -> None:
    words = ("device", "enrol-code", "--event", "demo-fair", "--hub-url", hub.url, "--name", "twice")
    code = parse_enrolment_code(hub.run(*words)["qr"])
    api, store = HubApi(hub.url), opened()
    first = enrol(store, api, code, serial="S", software="test")
    with pytest.raises(HubRefused):
        enrol(store, api, code, serial="S", software="test")
    assert store.settings.enrolment() == first
    api.close()

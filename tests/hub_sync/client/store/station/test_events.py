"""Several events of a station on disk: each has its own roster, checkpoint and operators, and one is served."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub_sync.client.enrolment import enrol
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, Store, open_store
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.client.store.roster.schema import VERSION
from hub_sync.client.store.station.events import SERVED_EVENT
from hub_sync.client.store.station.settings import CHOSEN_CHECKPOINT
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import EnrolmentCode, EnrolRequest, EnrolResponse
from kiosk_app.core.assignment import current_assignment, serve_checkpoint
from tests.hub_sync.client.fake_hub import scan
from tests.support.builders.events import BOTH, EVENT, GALA, GALA_GATE, build_two_events, gala_page, load_gala
from tests.support.builders.operators import MARA, TOM
from tests.support.builders.people import participant_row
from tests.support.builders.station import GATE, NOON, build_station_store, pull_page, reopen_store

PRESENCE = ["hall-a", "ada", "entry", 1, "elsewhere", 1, 1, 1, 0]


def served(store: Store) -> tuple[str, str, int, list[str]]:
    """Return what a station serves: event, checkpoint, number of people, operators."""
    assignment = current_assignment(store)
    return (
        assignment.event.id if assignment else "",
        assignment.checkpoint.id if assignment else "",
        store.roster.count,
        [operator.name for operator in store.operators.all()],
    )


AT_THE_ASSEMBLY = (EVENT, GATE, 1, ["Mara"])
AT_THE_GALA = (GALA, GALA_GATE, 2, ["Tom"])


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Store]:
    """Build a station of two events, with a checkpoint chosen at each."""
    guests = [participant_row("ada"), participant_row("bo")]
    store = build_two_events(tmp_path / "s", [participant_row("ada")], guests, operators=(TOM,))
    store.operators.replace((MARA,))
    store.events.serve(GALA)
    serve_checkpoint(store, GALA_GATE)
    store.events.serve(EVENT)
    yield store
    store.close()


def test_what_belongs_to_an_event_changes_with_it_and_comes_back(station: Store) -> None:
    with station.open_session() as other_thread:
        assert served(station) == AT_THE_ASSEMBLY
        for expected in (AT_THE_GALA, AT_THE_ASSEMBLY):
            assert station.events.serve(expected[0])
            assert served(station) == served(other_thread) == expected
            assert other_thread.events.served_id() == expected[0]


def test_after_a_restart_the_station_serves_what_it_served(station: Store) -> None:
    folder = station._place.folder
    assert station.events.serve(GALA)
    station.close()
    with reopen_store(folder) as again:
        assert served(again) == AT_THE_GALA
        assert [event.id for event in again.events.assigned()] == [EVENT, GALA]
        again.run_maintenance()
        assert again.events.serve(EVENT)
        assert served(again) == AT_THE_ASSEMBLY, "its file was not removed as an old one"


def test_an_event_whose_list_was_never_loaded_is_not_served(tmp_path: Path) -> None:
    with build_station_store(tmp_path, [participant_row("ada")]) as store:
        store.events.assign(BOTH)
        assert store.events.synced_at(GALA) is None
        assert not store.events.serve(GALA)
        assert (store.events.served_id(), store.roster.count) == (EVENT, 1)


@pytest.mark.parametrize("killed_before", ["put", "serve"])
def test_a_kill_in_the_middle_of_a_switch_leaves_one_event_or_the_other(
    station: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_before: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    owner = type(station.settings) if killed_before == "put" else RosterFiles
    monkeypatch.setattr(owner, killed_before, killed)
    with pytest.raises(KeyboardInterrupt):
        station.events.serve(GALA)
    monkeypatch.undo()
    shutil.copytree(station._place.folder, tmp_path / "killed")
    with open_store(
        tmp_path / "killed", FileKeyStore(tmp_path / "killed"), ManualClock(NOON), new_id
    ) as again:
        assert served(again) == (AT_THE_ASSEMBLY if killed_before == "put" else AT_THE_GALA)


def test_a_rebuilt_store_serves_what_it_served(station: Store) -> None:
    folder = station._place.folder
    station.events.serve(GALA)
    station.journal.append(scan("ada", event_id=GALA, zone="hall-a"))
    station.close()
    (folder / "store.db").write_bytes(b"garbage" * 5000)
    with reopen_store(folder) as again:
        assert again.recovery is not None
        assert served(again) == AT_THE_GALA
        assert again.presence.get("ada", "hall-a", GALA).inside
        assert not again.presence.get("ada", "hall-a", EVENT).inside


def test_the_hubs_presences_of_one_event_do_not_count_at_another(tmp_path: Path) -> None:
    ada = participant_row("ada")
    with build_station_store(tmp_path, [ada], presence=[PRESENCE]) as store:
        load_gala(store, [ada])
        assert store.events.serve(GALA)
        assert not store.presence.get("ada", "hall-a", GALA).inside
        assert store.presence.get("ada", "hall-a", EVENT).inside, "read from the roster that is not open"
        assert store.presence.snapshot("ada", EVENT).hubs
        assert not store.presence.snapshot("ada", GALA).hubs


def test_a_damaged_list_is_not_served_and_loaded_anew(station: Store) -> None:
    path = station._rosters.path(station._rosters.number(GALA))
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = bytes(4096)
    path.write_bytes(content)
    assert not station.events.serve(GALA)
    assert served(station) == AT_THE_ASSEMBLY
    with closing(station.feed_of(GALA)) as feed:
        assert feed.position() is None, "the next pull asks for a snapshot"


def test_the_list_of_another_version_is_dropped_at_the_start(station: Store) -> None:
    folder, key, number = station._place.folder, station._place.key, station._rosters.number(GALA)
    station.close()
    with closing(EncryptedFile(folder / f"roster-{number}.db", key)) as file:
        file.run(f"PRAGMA user_version = {VERSION - 1}")
    with reopen_store(folder) as again:
        assert not again.events.serve(GALA)
        assert not (folder / f"roster-{number}.db").exists()
        assert served(again) == AT_THE_ASSEMBLY


def test_a_snapshot_goes_to_its_event_whichever_is_served_meanwhile(station: Store) -> None:
    feed = station.feed_of(EVENT)
    page = pull_page([participant_row("ada"), participant_row("cy"), participant_row("di")])
    snapshot = feed.begin_snapshot()
    snapshot.add(page)
    station.events.serve(GALA)
    station.run_maintenance()
    feed.publish_snapshot(snapshot, page)
    assert served(station) == AT_THE_GALA
    station.events.serve(EVENT)
    assert station.roster.count == 3
    feed.close()
    station.feed.close()
    station.run_maintenance()
    assert len(list(station._place.folder.glob("roster-*.db"))) == 2, "the replaced one is removed"


def test_changes_of_an_event_that_is_not_served_make_its_list_younger(station: Store) -> None:
    at = station.events.synced_at(GALA)
    assert at == NOON
    with closing(station.feed_of(GALA)) as feed:
        feed.apply(gala_page([participant_row("cy")], snapshot=False, cursor="2", at=NOON.replace(hour=11)))
        assert feed.position() == ("epoch-1", "2")
    assert station.events.synced_at(GALA) == NOON.replace(hour=11)
    assert station.events.synced_at(EVENT) == NOON


def test_an_event_that_was_taken_away_keeps_its_scans_and_loses_its_list(station: Store) -> None:
    station.events.serve(GALA)
    station.journal.append(scan("ada", event_id=GALA, zone="hall-a"))
    station.events.assign(BOTH[:1])
    with closing(station.feed_of(GALA)) as feed:
        feed.reset()
    assert (station.events.is_served_assigned, current_assignment(station)) == (False, None)
    assert station.presence.get("ada", "hall-a", GALA).inside
    assert station.events.serve(EVENT)
    assert served(station) == AT_THE_ASSEMBLY
    station.run_maintenance()
    assert len(list(station._place.folder.glob("roster-*.db"))) == 1


@pytest.mark.parametrize("event_id", [EVENT, GALA])
def test_an_erasure_reaches_the_lists_and_operators_of_all_events(station: Store, event_id: str) -> None:
    station.events.serve(event_id)
    station.erase_personal_data()
    assert not station._rosters.has_people()
    assert len(list(station._place.folder.glob("roster-*.db"))) == 1
    assert served(station)[0] == event_id, "the gate refuses, and writes each refusal"
    for each in (EVENT, GALA):
        assert not station.operators.of(station._rosters.slot_of(each)).all()
        assert each == event_id or not station.events.serve(each)


def test_another_enrolment_forgets_the_events_of_the_one_before(
    station: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.events.serve(GALA)

    def answer(_: HubApi, __: EnrolRequest) -> EnrolResponse:
        return EnrolResponse(
            device_id="device-2",
            tenant_id="t",
            event_id="other",
            checkpoint_id=None,
            name="n",
            profile="gate",
            credential="c",
        )

    monkeypatch.setattr(HubApi, "enrol", answer)
    code = EnrolmentCode(hub="http://127.0.0.1:9", token="12345678")
    with closing(HubApi(code.hub)) as api:
        enrol(station, api, code, serial="s", software="x")
    assert (station.events.served_id(), station.events.assigned(), station.venue.event()) == (
        "other",
        (),
        None,
    )
    assert station.settings.get(SERVED_EVENT) is None
    assert station.settings.get(f"{CHOSEN_CHECKPOINT}:{GALA}") is None
    station.events.assign(BOTH)
    assert not station.events.serve(GALA)
    assert not station.operators.of(GALA).all()
    station.feed.close()
    station.run_maintenance()
    assert not list(station._place.folder.glob("roster-*.db"))

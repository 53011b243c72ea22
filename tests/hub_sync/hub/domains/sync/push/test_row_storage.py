"""A push of a station that serves several events: each row counts at its own event, and no two pushes wait for each other."""

from datetime import timedelta
from functools import partial

import orjson
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.enums import ReasonCode
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.sync.push.test_service import everything, verdicts
from tests.hub_sync.hub.domains.sync.push.test_service_concurrency import together
from tests.hub_sync.hub.station_client import (
    START_MS,
    Journal,
    StationClient,
    another_event,
    another_station,
    serve,
)
from tests.support.passage_vectors import passage_members


def inside(hub: HubContext, event_id: str) -> dict[str, int]:
    return {row.zone or "": row.current for row in everything(hub, VenueOccupancy, event_id=event_id)}


def test_rows_of_two_events_count_each_at_its_own(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    at_fair = {"event_id": fair, "checkpoint_id": door}
    journal.scan(participant_id="ada")
    journal.scan(participant_id="ada", **at_fair)
    journal.scan(participant_id="bob")
    journal.scan(participant_id="eve", **at_fair)
    journal.scan(participant_id="ada", direction="exit", reason="exited", **at_fair)
    assert verdicts(station.push(journal.request())) == ["ACCEPTED"] * 5
    assert inside(hub, seeded.event_id) == {"hall-a": 2, "": 2}
    assert inside(hub, fair) == {"hall-a": 1, "": 1}
    where = {(row.event_id, row.participant_id): row.direction for row in everything(hub, ZonePresence)}
    assert where[seeded.event_id, "ada"] == "entry", "who leaves the fair is still at the summit"
    assert where[fair, "ada"] == "exit"
    kinds = [row.kind for row in everything(hub, AccessConflict)]
    assert "double_entry" not in kinds, "an entry at another event is no second entry"
    numbers = sorted((row.event_id == fair, row.log_seq) for row in everything(hub, AccessLog))
    assert numbers == [(False, 1), (False, 2), (True, 1), (True, 2), (True, 3)]
    for event_id in (seeded.event_id, fair):
        counted = inside(hub, event_id)
        with hub.uow.begin() as work:
            projection.rebuild(work, seeded.tenant_id, event_id)
        assert inside(hub, event_id) == counted


def test_rows_of_an_event_that_was_taken_away_are_stored_and_those_after_it_are_flagged(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded, clock: ManualClock
) -> None:
    fair, door = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    with hub.uow.begin() as work:
        people = [participants.NewParticipant(id=who, status="APPROVED") for who in ("ada", "bob", "eve")]
        participants.create_many(work, seeded.tenant_id, fair, people)
    journal.scan(participant_id="ada", event_id=fair, checkpoint_id=door)
    clock.advance(timedelta(minutes=10))
    serve(hub, seeded, seeded.event_id)
    clock.advance(timedelta(minutes=10))
    after_ms = epoch_ms(clock.now()) - 1000
    journal.scan(participant_id="bob", event_id=fair, checkpoint_id=door, scanned_at_ms=after_ms)
    request = journal.request().model_copy(update={"sent_at_ms": epoch_ms(clock.now())})
    assert verdicts(station.push(request)) == ["ACCEPTED"] * 2
    flags = {row.participant_id: row.flag for row in everything(hub, AccessLog, event_id=fair)}
    assert flags == {"ada": None, "bob": ReasonCode.STATION_REVOKED}
    assert inside(hub, fair)["hall-a"] == 2
    serve(hub, seeded, seeded.event_id, fair)
    journal.scan(participant_id="eve", event_id=fair, checkpoint_id=door, scanned_at_ms=after_ms)
    assert verdicts(station.push(journal.request(journal.items[-1]))) == ["ACCEPTED"]
    (eve,) = everything(hub, AccessLog, participant_id="eve")
    assert eve.flag is None, "the event is its own again"


def test_rows_of_an_event_that_was_never_assigned_are_set_aside_and_stop_nothing(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    with hub.uow.begin() as work:
        stranger = tenants.create(work, hub.secret_box, slug="other", name="Other").id
    journal.scan(event_id=fair, checkpoint_id=door)
    journal.scan(event_id=stranger)
    journal.scan(event_id="\0")
    journal.scan(event_id=seeded.event_id, checkpoint_id=door)
    journal.scan(participant_id="ada")
    assert verdicts(station.push(journal.request())) == ["QUARANTINED"] * 4 + ["ACCEPTED"]
    codes = [row.code for row in sorted(everything(hub, QuarantinedScan), key=lambda row: row.sequence)]
    assert codes == ["ForeignEvent", "ForeignEvent", "ForeignEvent", "UnknownCheckpoint"]
    assert inside(hub, fair) == {}


def test_a_passage_settles_at_the_event_of_its_scan(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    scan = journal.record(participant_id="ada", event_id=fair, checkpoint_id=door, passage_sensor=True)
    journal.write(orjson.dumps(scan).decode())
    station.push(journal.request())
    serve(hub, seeded, seeded.event_id)
    annulled = passage_members(scan, "timed_out", "NO_PASSAGE", 5)
    elsewhere = {**annulled, "id": new_id(), "event_id": seeded.event_id, "checkpoint_id": seeded.gate_id}
    for members in (elsewhere, annulled):
        journal.write(orjson.dumps(members).decode())
    assert verdicts(station.push(journal.request(*journal.items[1:]))) == ["QUARANTINED", "ACCEPTED"]
    assert [row.code for row in everything(hub, QuarantinedScan)] == ["ForeignEvent"]
    assert inside(hub, fair) == {"hall-a": 0, "": 0}


def test_a_corrected_clock_moves_the_scans_of_every_event(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    journal.scan(participant_id="ada")
    journal.scan(participant_id="ada", event_id=fair, checkpoint_id=door)
    station.push(journal.request())
    correction = ClockCorrection(boot_id="boot", anchor_ms=START_MS + 500)
    empty = journal.request().model_copy(update={"items": (), "corrections": (correction,)})
    assert station.push(empty).status_code == 200
    moved = {row.event_id: row.at_ms for row in everything(hub, ZonePresence)}
    assert moved == {seeded.event_id: START_MS + 1500, fair: START_MS + 2500}


def test_mixed_pushes_of_stations_that_serve_the_same_events_do_not_wait_for_each_other(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    fair, door = another_event(hub, seeded)
    other, theirs = another_station(hub, client, seeded)
    serve(hub, seeded, seeded.event_id, fair)
    serve(hub, Seeded(seeded.tenant_id, fair, door, other.device_id, ""), fair, seeded.event_id)
    places = [(seeded.event_id, seeded.gate_id), (fair, door)]
    for turn in range(24):
        for own, order in ((journal, places), (theirs, places[::-1])):
            event_id, checkpoint_id = order[turn % 2]
            own.scan(participant_id=f"p-{turn % 5}", event_id=event_id, checkpoint_id=checkpoint_id)
    for start in range(0, 24, 4):
        calls = [
            partial(sender.push, own.request(*own.items[start : start + 4]))
            for sender, own in ((station, journal), (other, theirs))
        ]
        assert {answer.status_code for answer in together(calls * 2)} == {200}
    assert len(everything(hub, AccessLog)) == 48

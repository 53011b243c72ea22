"""Rows about passages in a push: what a turnstile gave back counts no more, and other gates learn it."""

from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from hub_sync.contract.enums import Passage, PassageCause
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.live import stream_events
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import AccessLog, PassageReport, VenueOccupancy
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.sync.push.test_service import everything, verdicts
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, another_station
from tests.support.passage_vectors import PassageVector, load_passage_vectors, passage_members


def passage(
    journal: Journal, scan: dict[str, Any], cause: str, outcome: str | None, seconds: float = 5
) -> None:
    journal.write(orjson.dumps(passage_members(scan, cause, outcome, seconds)).decode())


def admit(journal: Journal, **members: Any) -> dict[str, Any]:
    scan = journal.record(**{"participant_id": "p-1", "passage_sensor": True, **members})
    journal.write(orjson.dumps(scan).decode())
    return scan


def inside(hub: HubContext) -> dict[str | None, int]:
    return {row.zone: row.current for row in everything(hub, VenueOccupancy)}


def code_of(why: str | None) -> str | None:
    return why and "Passage" + "".join(word.capitalize() for word in why.split("_"))


@pytest.mark.parametrize("vector", load_passage_vectors(), ids=lambda vector: vector.name)
@pytest.mark.parametrize("in_one_push", [True, False], ids=["one push", "a push a row"])
def test_the_hub_decides_the_shared_passage_vectors(
    hub: HubContext, station: StationClient, journal: Journal, vector: PassageVector, in_one_push: bool
) -> None:
    scan = admit(journal, **vector.scan_members())
    for members in vector.passage_members(scan):
        journal.write(orjson.dumps(members).decode())
    pushes = [journal.request()] if in_one_push else [journal.request(item) for item in journal.items]
    for request in pushes:
        assert station.push(request).status_code == 200
    (row,) = everything(hub, AccessLog)
    assert row.passage == vector.expect
    codes = {each.sequence - 2: each.code for each in everything(hub, QuarantinedScan)}
    if vector.foreign:
        assert codes == {0: "ForeignDevice"}
    else:
        assert codes == {n: code_of(why) for n, why in enumerate(vector.refused) if why is not None}
    assert inside(hub).get("hall-a", 0) == vector.counts


def test_an_entry_that_is_given_back_counts_no_more_and_other_gates_learn_it(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    other, _ = another_station(hub, client, seeded)
    scan = admit(journal)
    station.push(journal.request())
    assert inside(hub) == {"hall-a": 1, None: 1}
    before = other.pull()
    passage(journal, scan, "timed_out", "NO_PASSAGE")
    station.push(journal.request())
    assert inside(hub) == {"hall-a": 0, None: 0}
    (presence,) = other.pull(epoch=before["epoch"], cursor=before["cursor"])["presence"]
    assert [*presence[1:3], presence[6]] == ["p-1", "exit", 0]
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
    assert inside(hub) == {"hall-a": 0, None: 0}
    admit(journal)
    station.push(journal.request())
    assert inside(hub) == {"hall-a": 1, None: 1}


def test_each_settled_admission_is_told_to_webhooks_once(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    scan = admit(journal)
    passage(journal, scan, "timed_out", "NO_PASSAGE")
    passage(journal, scan, "timed_out", "NO_PASSAGE", 6)
    passage(journal, scan, PassageCause.UNGRANTED_TURN, None)
    station.push(journal.request())
    station.push(journal.request())
    (event,) = everything(hub, StoredDomainEvent, type="PassageReported")
    assert (event.payload["passage"], event.payload["cause"]) == ("NO_PASSAGE", "timed_out")
    assert len(everything(hub, PassageReport)) == 2


def test_a_station_gives_back_no_admission_of_another(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    scan = admit(journal)
    station.push(journal.request())
    other, foreign = another_station(hub, client, seeded)
    passage(foreign, scan | {"device_id": foreign.device_id}, "timed_out", "NO_PASSAGE")
    assert verdicts(other.push(foreign.request())) == ["QUARANTINED"]
    (row,) = everything(hub, QuarantinedScan)
    assert row.code == "PassageForeignScan"
    assert inside(hub) == {"hall-a": 1, None: 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scan_id": new_id()}, "PassageUnknownScan"),
        ({"scan_id": "x" * 36}, "MalformedRecord"),
        ({"outcome": "GRANTED"}, "MalformedRecord"),
        ({"cause": "wind"}, "MalformedRecord"),
        ({"operator": "a\0b"}, "MalformedRecord"),
        ({"id": "X" * 36}, "MalformedRecord"),
        ({"event_id": "other"}, "ForeignEvent"),
        ({"mood": "good"}, "MalformedRecord"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_unfit_row_is_set_apart_and_stops_nothing(
    hub: HubContext, station: StationClient, journal: Journal, changes: dict[str, Any], code: str
) -> None:
    members = passage_members(admit(journal), "timed_out", "NO_PASSAGE")
    journal.write(orjson.dumps(members | changes).decode())
    admit(journal, participant_id="p-2")
    assert verdicts(station.push(journal.request())) == ["ACCEPTED", "QUARANTINED", "ACCEPTED"]
    assert [row.code for row in everything(hub, QuarantinedScan)] == [code]
    assert inside(hub)["hall-a"] == 2


def test_the_journals_digest_and_repeats_count_passages(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    passage(journal, admit(journal), "turn", "PASSED", 1)
    assert verdicts(station.push(journal.request())) == ["ACCEPTED"] * 2
    assert verdicts(station.push(journal.request())) == ["DUPLICATE"] * 2
    with hub.uow.read() as work:
        assert check_in.digest_journals(work, seeded.tenant_id, station.device_id).rows == 2
    forked = Journal(station.device_id, seeded.event_id, seeded.gate_id, id=journal.id)
    forked.items.append(journal.items[0])
    passage(forked, admit(journal), "turn", "PASSED", 2)
    assert station.push(forked.request()).status_code == 409, "another row 2 is another history"


def test_a_success_whose_id_a_refusal_took_is_given_back_too(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    refusal = journal.record(result="ALREADY_SCANNED", reason="already_inside", participant_id="p-1")
    journal.write(orjson.dumps(refusal).decode())
    station.push(journal.request())
    passage(journal, admit(journal, id=refusal["id"]), "timed_out", "NO_PASSAGE")
    station.push(journal.request())
    assert {row.passage for row in everything(hub, AccessLog)} == {None, Passage.NO_PASSAGE}
    assert inside(hub).get("hall-a", 0) == 0


@pytest.mark.parametrize("counted_before", [True, False], ids=["counted before", "counted after"])
def test_the_days_statistics_follow_what_was_given_back_and_passed_late(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded, counted_before: bool
) -> None:
    cache, key = check_in.DailyStatisticsCache(), FeedKey(seeded.tenant_id, seeded.event_id)

    def admitted() -> tuple[int, int]:
        with hub.uow.read() as work:
            day = cache.get(work, key, START_MS - 1, START_MS + 60_000)
        return day.admitted_people, sum(minute.entries for minute in day.minutes)

    scan = admit(journal)
    station.push(journal.request())
    if counted_before:
        assert admitted() == (1, 1)
    passage(journal, scan, "timed_out", "NO_PASSAGE")
    station.push(journal.request())
    assert admitted() == (0, 0)
    passage(journal, scan, "late_turn", "PASSED", 7)
    station.push(journal.request())
    assert admitted() == (1, 1)


def test_the_live_stream_tells_passages_in_their_order(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.read() as work:
        start = change_feed.feed_position(work.session, key)
    scan = admit(journal)
    passage(journal, scan, "timed_out", "NO_PASSAGE")
    station.push(journal.request())
    with hub.uow.read() as work:
        page = stream_events.next_page(work, key, start)
    events = [
        (event.event, orjson.loads(event.data or ""))
        for event in page.events
        if event.event in ("scan", "passage")
    ]
    assert [name for name, _ in events] == ["scan", "passage"]
    assert events[0][1]["access_log_id"] == events[1][1]["access_log_id"] == scan["id"]
    assert (events[1][1]["outcome"], events[1][1]["cause"]) == ("NO_PASSAGE", "timed_out")
    assert "participant" not in repr(events)


def test_the_time_of_a_passage_follows_a_later_correction_of_the_clock(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    scan = admit(journal)
    passage(journal, scan, "turn", "PASSED")
    assert station.push(journal.request()).status_code == 200
    (before,) = everything(hub, PassageReport)
    (scanned,) = everything(hub, AccessLog)
    by_ms = -90_000
    anchor_ms = scanned.effective_at_ms + by_ms - scan["monotonic_ms"]
    correction = ClockCorrection(boot_id=scan["boot_id"], anchor_ms=anchor_ms)
    request = journal.request().model_copy(update={"items": (), "corrections": (correction,)})
    for _ in range(2):
        assert station.push(request).status_code == 200
    (after,) = everything(hub, PassageReport)
    (moved,) = everything(hub, AccessLog)
    assert moved.effective_at_ms - scanned.effective_at_ms == by_ms
    assert after.effective_at_ms - moved.effective_at_ms == before.effective_at_ms - scanned.effective_at_ms

"""Pushes of one event share a transaction, and each is answered as if it had had its own."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import orjson
from sqlalchemy import event, func, select
from starlette.testclient import TestClient

from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.push.group_pushes import MOST_ROWS, shared_feed
from hub_sync.hub.kit.db.group_commit import GroupedChange
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.sync.push.test_service_concurrency import state_of
from tests.hub_sync.hub.station_client import Journal, StationClient, another_event, another_station
from tests.support.waiting import eventually


def test_pushes_that_wait_share_a_transaction_and_each_is_answered_for_itself(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    """Three stations let the same person in, one twice the same rows; of two more, one lacks a row and one is a clone."""
    pairs = [(station, journal), *(another_station(hub, client, seeded) for _ in range(4))]
    for each, theirs in pairs:
        each.pull()  # its first call is stored
        theirs.scan(participant_id="ada")
    gapped, forked = pairs[3], pairs[4]
    assert forked[0].push(forked[1].request()).status_code == 200
    clone = Journal(forked[1].device_id, seeded.event_id, seeded.gate_id, id=forked[1].id)
    clone.scan(participant_id="bob")
    gapped[1].scan(participant_id="eve")
    requests = [own.request() for _, own in pairs[:3]]
    requests += [gapped[1].request(gapped[1].items[1]), clone.request(), requests[0]]
    stations = [each for each, _ in pairs] + [station]
    key, may_end, begun = FeedKey(seeded.tenant_id, seeded.event_id), threading.Event(), threading.Event()

    def hold(_: object) -> None:
        begun.set()
        may_end.wait(60)

    inserts = Counter[str]()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO "):
            inserts[statement.split()[2].strip('"')] += 1

    first = GroupedChange(("",), None, lambda _: [], hold)
    with ThreadPoolExecutor(len(requests) + 1) as pool:
        pool.submit(hub.group_commit.run, key, first)
        assert begun.wait(60)
        waiting = [pool.submit(each.push, own) for each, own in zip(stations, requests, strict=True)]
        eventually(lambda: hub.group_commit.count_waiting(key) == len(requests), 60)
        event.listen(hub.uow.database.engine, "before_cursor_execute", note)
        may_end.set()
        answers = [done.result(60) for done in waiting]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409, 409, 200]
    assert [answers[number].json()["error"]["code"] for number in (3, 4)] == ["JournalGap", "JournalForked"]
    accepted = [[row["verdict"] for row in answers[number].json()["verdicts"]] for number in (0, 1, 2, 5)]
    assert {inserts[table] for table in ("access_logs", "journal_segments")} == {1}, inserts
    assert sorted(map(str, accepted)) == ["['ACCEPTED']"] * 3 + ["['DUPLICATE']"]
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(AccessLog)) == 4
        suspected = [devices.get(work, seeded.tenant_id, each.device_id).clone_suspected for each, _ in pairs]
    assert suspected == [False] * 4 + [True]
    settled = state_of(hub)
    assert settled[1] == [("", 1), ("hall-a", 1)]
    assert len(settled[2]) == 4 + 3, "each names nobody that the hub knows, and three are a second entry"
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
    assert state_of(hub) == settled


def test_what_locks_more_than_a_journal_and_one_feed_shares_no_transaction(
    hub: HubContext, seeded: Seeded, journal: Journal
) -> None:
    own = seeded.tenant_id
    journal.scan()
    journal.scan()
    assert shared_feed(own, journal.request()) == FeedKey(seeded.tenant_id, seeded.event_id)
    corrected = journal.request().model_copy(
        update={"corrections": (ClockCorrection(boot_id="boot", anchor_ms=1),)}
    )
    assert shared_feed(own, corrected) is None
    assert shared_feed(own, journal.request().model_copy(update={"items": ()})) is None
    elsewhere, gate = another_event(hub, seeded)
    journal.scan(event_id=elsewhere, checkpoint_id=gate)
    assert shared_feed(own, journal.request()) is None
    for body in ("no JSON", "[]", orjson.dumps({"event_id": 7}).decode(), '{"kind":"queue"}'):
        other = Journal(journal.device_id, seeded.event_id, seeded.gate_id)
        other.write(body)
        assert shared_feed(own, other.request()) is None
    many = Journal(journal.device_id, seeded.event_id, seeded.gate_id)
    for _ in range(MOST_ROWS + 1):
        many.scan()
    assert shared_feed(own, many.request()) is None

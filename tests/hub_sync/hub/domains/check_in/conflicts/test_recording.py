"""Conflicts of single scans are stored with the scans, and follow when these are corrected."""

from typing import Any

import orjson
from sqlalchemy import select, update

from hub_sync.contract.enums import Passage
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in.conflicts.recording import reconcile
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.conflicts import ConflictKind, ConflictState
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient


def conflicts(hub: HubContext) -> dict[ConflictKind, AccessConflict]:
    with hub.uow.read() as work:
        return {row.kind: row for row in work.session.scalars(select(AccessConflict))}


def send(station: StationClient, journal: Journal, **more: Any) -> None:
    answer = station.push(journal.request().model_copy(update=more))
    assert answer.status_code == 200, answer.text


def test_each_kind_of_scan_is_in_the_inbox_once(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    override = {"reason": "Guest of honour", "operator": "Grace"}
    journal.scan(
        participant_id="ada", result="MANUAL_OVERRIDE", reason="participant_cancelled", override=override
    )
    journal.scan(participant_id="ben", reason="admitted_unknown")
    journal.scan(participant_id="cleo", result="INVALID", reason="unknown_participant")
    journal.scan(participant_id="cleo", result="INVALID", reason="unknown_participant")
    for _ in range(2):
        send(station, journal)
    rows = conflicts(hub)
    assert set(rows) == {ConflictKind.OVERRIDE, ConflictKind.UNKNOWN_ADMITTED, ConflictKind.UNKNOWN_REFUSED}
    assert rows[ConflictKind.UNKNOWN_REFUSED].scans == 2
    assert rows[ConflictKind.OVERRIDE].verdict == "participant_cancelled"
    with hub.uow.read() as work:
        types = work.session.scalars(select(StoredDomainEvent.type)).all()
    assert types.count("ConflictOpened") == 3


def test_an_unsure_clock_is_one_conflict_that_grows_and_changes_what_was_resolved(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    for _ in range(3):
        journal.scan(participant_id=None, result="INVALID", reason="not_a_ticket", clock_sure=False)
    send(station, journal)
    (row,) = conflicts(hub).values()
    assert (row.scans, row.at_ms, row.until_ms) == (3, START_MS + 1000, START_MS + 3000)
    with hub.uow.begin() as work:
        work.session.execute(update(AccessConflict).values(state=ConflictState.RESOLVED))
    journal.scan(participant_id=None, result="INVALID", reason="not_a_ticket", clock_sure=False)
    send(station, journal)
    (row,) = conflicts(hub).values()
    assert (row.scans, row.state) == (4, ConflictState.CHANGED)
    assert row.changed_at is not None


def test_a_correction_of_a_clock_opens_the_conflict_of_what_was_unsure(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    journal.scan(participant_id="ada", monotonic_ms=1000)
    send(station, journal)
    unsure = [kind for kind in conflicts(hub) if kind is ConflictKind.CLOCK_UNSURE]
    assert unsure == []
    correction = ClockCorrection(boot_id="boot", anchor_ms=START_MS, unsure_from_ms=0, unsure_to_ms=2000)
    send(station, journal, corrections=(correction,))
    row = conflicts(hub)[ConflictKind.CLOCK_UNSURE]
    assert (row.scans, row.at_ms) == (1, START_MS + 1000)


def test_a_conflict_that_a_correction_settled_begins_anew_with_the_next_scan(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    correction = ClockCorrection(boot_id="boot", anchor_ms=START_MS, unsure_from_ms=0, unsure_to_ms=1500)
    journal.scan(participant_id="ada")
    send(station, journal, corrections=(correction,))
    assert conflicts(hub)[ConflictKind.CLOCK_UNSURE].state is ConflictState.OPEN
    with hub.uow.begin() as work:
        work.session.execute(update(AccessLog).values(clock_sure=True))
        (event_id, tenant_id) = work.session.execute(select(AccessLog.event_id, AccessLog.tenant_id)).one()
        reconcile(work, FeedKey(tenant_id, event_id), station.device_id)
    assert conflicts(hub)[ConflictKind.CLOCK_UNSURE].state is ConflictState.WITHDRAWN
    later = orjson.loads(journal.scan(participant_id="ben", clock_sure=False).body)
    send(station, journal)
    row = conflicts(hub)[ConflictKind.CLOCK_UNSURE]
    assert (row.later_id, row.at_ms, row.scans) == (later["id"], START_MS + 2000, 1)
    assert row.state is ConflictState.OPEN


def test_a_passage_that_turns_out_not_to_have_been_one_is_a_conflict_while_it_is_so(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    journal.scan(participant_id="ada")
    send(station, journal)
    for passage, state in (
        (Passage.NO_PASSAGE, ConflictState.OPEN),
        (Passage.PASSED, ConflictState.WITHDRAWN),
        (Passage.NO_PASSAGE, ConflictState.OPEN),
    ):
        with hub.uow.begin() as work:
            (id_,) = work.session.scalars(select(AccessLog.id))
            work.session.execute(update(AccessLog).values(passage=passage))
            reconcile(work, key, scan_ids=[id_])
        assert conflicts(hub)[ConflictKind.NO_PASSAGE].state is state

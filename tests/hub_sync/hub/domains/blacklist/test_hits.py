"""Decisions about whom entries meet."""

import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text, update

from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.tables import BlacklistHit, HitStatus
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.participants import merging
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def merged_hits(keeper: ListKeeper, seeded: Seeded) -> list[BlacklistHit]:
    survivor, loser = (keeper.register(email="ada@example.org") for _ in range(2))
    keeper.add("email", "ada@example.org")
    keeper.job.run_once()
    with keeper.hub.uow.begin() as work:
        merge(work, seeded.tenant_id, seeded.event_id, MergeRequest(survivor, loser))
    return sorted((*keeper.hits(survivor), *keeper.hits(loser)), key=lambda hit: hit.id)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("held", [0, 1])
def test_two_decisions_at_once_about_one_person_wait_for_each_other_in_one_order(
    keeper: ListKeeper, seeded: Seeded, held: int
) -> None:
    hits = merged_hits(keeper, seeded)
    may_end, is_locked = threading.Event(), threading.Event()

    def lock() -> None:
        with keeper.hub.uow.begin() as work:
            work.session.get(BlacklistHit, (seeded.tenant_id, hits[held].id), with_for_update=True)
            is_locked.set()
            assert may_end.wait(60)

    def decide(hit_id: str) -> None:
        with keeper.hub.uow.begin() as work:
            service.decide(work, seeded.tenant_id, hit_id, HitStatus.DISMISSED)

    def wait_for(count: int) -> None:
        waiting = 0
        while waiting < count:
            with keeper.hub.uow.read() as work:
                waiting = work.session.scalar(_WAITING) or 0

    with ThreadPoolExecutor(3) as pool:
        locked = pool.submit(lock)
        assert is_locked.wait(60)
        decisions = [pool.submit(decide, hits[held].id)]
        wait_for(1)
        decisions.append(pool.submit(decide, hits[1 - held].id))
        wait_for(2)
        may_end.set()
        locked.result(60)
        for decision in decisions:
            decision.result(60)
    with keeper.hub.uow.read() as work:
        statuses = {service.get_hit(work, seeded.tenant_id, hit.id).status for hit in hits}
    assert statuses == {HitStatus.DISMISSED}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_survivors_entries_are_those_of_all_registrations_once(keeper: ListKeeper, seeded: Seeded) -> None:
    survivor = keeper.register(email="ada@example.org", phone="+49 30 7654321")
    loser = keeper.register(email="ada@example.org", phone="+49 30 1234567")
    keeper.add("email", "ada@example.org")
    keeper.add("phone", "+49 30 1234567")
    keeper.job.run_once()
    with keeper.hub.uow.begin() as work:
        merge(work, seeded.tenant_id, seeded.event_id, MergeRequest(survivor, loser))
    with keeper.hub.uow.read() as work:
        listed: Sequence[Any] = service.entries_of_person(
            work, FeedKey(seeded.tenant_id, seeded.event_id), survivor
        )
        kinds = sorted((entry.kind.value, hit.participant_id) for hit, entry in listed)
    assert kinds == sorted([("email", survivor), ("phone", loser)])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_hits_of_more_merged_people_than_a_statement_takes_parameters_are_listed(
    keeper: ListKeeper, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [keeper.register(email="ada@example.org") for _ in range(30)]
    keeper.add("email", "ada@example.org")
    keeper.job.run_once()
    with keeper.hub.uow.begin() as work:
        merged = update(Participant).where(Participant.id != people[0])
        work.session.execute(merged.values(standing=MERGED + people[0]))
    monkeypatch.setattr(merging, "CHUNK", 5)
    with keeper.hub.uow.read() as work:
        driver = work.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        limit = driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20)
        try:
            listed = work.session.scalars(service.hits_of_people(work, seeded.tenant_id)).all()
        finally:
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)
    assert [hit.participant_id for hit in listed] == [people[0]]

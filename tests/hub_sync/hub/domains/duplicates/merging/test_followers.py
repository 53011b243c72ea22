"""Rows of other tables follow a merge by their policy, and go back: each policy, on a table of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    insert,
    select,
)

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.duplicates.merging.followers import FollowedRows, Followers
from hub_sync.hub.kit.db.database import WritingSession
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.unit_of_work import Work

METADATA = MetaData()


def table(name: str, *columns: Any) -> Table:
    return Table(
        name,
        METADATA,
        Column("tenant_id", String, primary_key=True),
        Column("id", String, primary_key=True),
        Column("person", String),
        *columns,
    )


SEATS = table("seats", Column("day", String), UniqueConstraint("tenant_id", "day", "person"))
LOGS = table("logs")
POINTS = table("points", Column("points", Integer), UniqueConstraint("tenant_id", "person"))
CONSENTS = table(
    "consents",
    Column("channel", String),
    Column("state", String),
    UniqueConstraint("tenant_id", "person", "channel"),
)
REFERENCES = [
    Reference("seats.person", "participants", Clone.DROP, Erase.ROW, Merge.MOVE),
    Reference("logs.person", "participants", Clone.DROP, Erase.ROW, Merge.KEEP_BOTH),
    Reference("points.person", "participants", Clone.DROP, Erase.ROW, Merge.SUM, {"points": ()}),
    Reference(
        "consents.person",
        "participants",
        Clone.DROP,
        Erase.ROW,
        Merge.STRICTER,
        {"state": ("given", "unknown", "withdrawn")},
    ),
]
FOLLOWERS = Followers(METADATA, REFERENCES)
ROWS: dict[Table, list[dict[str, Any]]] = {
    SEATS: [
        {"id": "s1", "person": "winner", "day": "mon"},
        {"id": "s2", "person": "loser", "day": "mon"},
        {"id": "s3", "person": "loser", "day": "tue"},
        {"id": "s4", "person": "else", "day": "tue"},
    ],
    LOGS: [{"id": "l1", "person": "loser"}],
    POINTS: [{"id": "p1", "person": "winner", "points": 3}, {"id": "p2", "person": "loser", "points": 4}],
    CONSENTS: [
        {"id": "c1", "person": "winner", "channel": "email", "state": "given"},
        {"id": "c2", "person": "loser", "channel": "email", "state": "withdrawn"},
        {"id": "c3", "person": "loser", "channel": "sms", "state": "given"},
    ],
}


@pytest.fixture
def work() -> Iterator[Work]:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with WritingSession(engine) as session:
        for each, rows in ROWS.items():
            session.execute(insert(each), [{"tenant_id": "t", **row} for row in rows])
        yield Work(session, ManualClock(datetime(2026, 6, 10, 10, tzinfo=UTC)), lambda: "id")
    engine.dispose()


def stored(work: Work) -> dict[str, list[Any]]:
    return {each.name: sorted(tuple(row) for row in work.connection.execute(select(each))) for each in ROWS}


def owners(work: Work, of: Table) -> dict[str, str]:
    return {row.id: row.person for row in work.connection.execute(select(of))}


def test_rows_follow_by_their_policy_and_none_vanishes(work: Work) -> None:
    before = {name: len(rows) for name, rows in stored(work).items()}
    followed = FOLLOWERS.follow(work, "t", "winner", "loser")
    assert owners(work, SEATS) == {"s1": "winner", "s2": "loser", "s3": "winner", "s4": "else"}
    assert owners(work, LOGS) == {"l1": "loser"}
    assert {row.id: row.points for row in work.connection.execute(select(POINTS))} == {"p1": 7, "p2": 4}
    assert {name: len(rows) for name, rows in stored(work).items()} == before
    assert followed.moved["seats.person"] == ["s3"]
    assert [row["id"] for row in followed.retained["seats.person"]] == ["s2"], (
        "the snapshot has what stays behind"
    )


def test_consent_merges_to_the_stricter_and_makes_nobody_reachable(work: Work) -> None:
    FOLLOWERS.follow(work, "t", "winner", "loser")
    states = {
        row.channel: row.state
        for row in work.connection.execute(select(CONSENTS).where(CONSENTS.c.person == "winner"))
    }
    assert states == {"email": "withdrawn", "sms": "given"}


def test_all_goes_back_byte_for_byte(work: Work) -> None:
    before = stored(work)
    followed = FollowedRows.of_json(FOLLOWERS.follow(work, "t", "winner", "loser").as_json())
    assert FOLLOWERS.find_conflicts(work, "t", "winner", followed) == []
    FOLLOWERS.go_back(work, "t", "winner", "loser", followed)
    assert stored(work) == before


def test_what_was_changed_since_is_a_conflict_and_stays(work: Work) -> None:
    followed = FOLLOWERS.follow(work, "t", "winner", "loser")
    work.connection.execute(SEATS.update().where(SEATS.c.id == "s3").values(person="else", day="wed"))
    work.connection.execute(POINTS.update().where(POINTS.c.id == "p1").values(points=10))
    assert FOLLOWERS.find_conflicts(work, "t", "winner", followed) == ["points", "seats"]
    FOLLOWERS.go_back(work, "t", "winner", "loser", followed)
    assert owners(work, SEATS)["s3"] == "else"
    assert {row.id: row.points for row in work.connection.execute(select(POINTS))}["p1"] == 10


def test_another_tenants_rows_stay(work: Work) -> None:
    work.session.execute(insert(LOGS), [{"tenant_id": "u", "id": "l9", "person": "loser"}])
    assert FOLLOWERS.follow(work, "u", "winner", "loser").moved == {}

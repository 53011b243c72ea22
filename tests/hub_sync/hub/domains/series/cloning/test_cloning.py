"""A clone of an event: what it has, what it never has, that it is whole or not at all, and the way back."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import CloneStatus, EventStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventExists
from hub_sync.hub.domains.events.service import EventChanges, EventNotFound, NewEvent
from hub_sync.hub.domains.messages.tables import BroadcastMessage
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.queue.tables import QueueCounter
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.cloning import sources
from hub_sync.hub.domains.series.cloning.declarations import copied_tables, left_out, table_of
from hub_sync.hub.domains.series.errors import (
    CloneBlocked,
    CloneHolidaysUnknown,
    CloneIntoItself,
    CloneNotMade,
    ClonePartUnknown,
    ClonePlanChanged,
    CloneTargetNotEmpty,
    CloneUndoBlocked,
    CloneUndone,
)
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.hub_sync.hub.domains.series.conftest import Cloning
from tests.support.builders.rows_of_all_tables import MARK, all_rows, fill_empty_tables

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def rows_of(work: Work, key: FeedKey) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of an event, table by table; its own row under `events`."""
    names = [each.table for each in copied_tables()]
    names += [name for each in left_out() for name in each.tables if name != "clone_operations"]
    rows = {name: [dict(row) for row in _rows(work, key, name)] for name in names}
    return rows | {"events": [dict(sources.columns_of(events.read(work, *key)))]}


def _rows(work: Work, key: FeedKey, name: str) -> Iterator[Any]:
    table = table_of(name)
    for row in work.connection.execute(select(*table.c).where(sources.of_event(name, key))):
        yield sources.columns_of(row)


def ids_in(rows: dict[str, list[dict[str, Any]]]) -> set[str]:
    """Return all ids in rows."""
    return set(_UUID.findall(json.dumps(rows, default=str)))


def test_a_dump_of_the_copy_has_none_of_the_ids_of_its_source(cloning: Cloning) -> None:
    with cloning.hub.uow.begin() as work:
        participants.create(work, *cloning.key, NewParticipant(first_name="Ada"))
    operation = cloning.run(
        parts=("blacklist", *(part.part.name for part in copied_tables())), stays_active=True, publishes=True
    )
    target = FeedKey(cloning.key.tenant_id, str(operation.target_event_id))
    with cloning.hub.uow.read() as work:
        source, copy = rows_of(work, cloning.key), rows_of(work, target)
    of_source = {row["id"] for rows in source.values() for row in rows if "id" in row} | {
        cloning.key.event_id
    }
    assert len(of_source) > 25
    assert ids_in(copy) & of_source == set()
    copied = {each.table for each in copied_tables()}
    assert {name for name, rows in copy.items() if rows} == {
        *copied,
        "events",
        "event_feeds",
        "domain_events",
    }
    assert copied <= {name for name, rows in source.items() if rows}, "the source has some of everything"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_nothing_in_the_database_after_a_clone_names_the_source_but_its_origin(cloning: Cloning) -> None:
    """All tables are compared, those without a key of an event too, while the source has a row in each that is left out."""
    parts = ("blacklist", *(each.part.name for each in copied_tables()))
    with cloning.hub.uow.begin() as work:
        ada = participants.create(work, *cloning.key, NewParticipant(first_name="Ada")).id
        fill_empty_tables(work, cloning.key)
    with cloning.hub.uow.read() as work:
        source, before = rows_of(work, cloning.key), all_rows(work)
    names_left_out = {name for each in left_out() for name in each.tables}
    assert {name for name, rows in source.items() if not rows} == set(), "the source has some of everything"
    carried = {"selection": {"ids": [ada]}}
    operation = cloning.run(parts=parts, stays_active=True, publishes=True, participants=carried)
    with cloning.hub.uow.read() as work:
        after = all_rows(work)
    new = {name: [row for row in rows if row not in before[name]] for name, rows in after.items()}
    origin = [str(row["id"]) for row in new.pop("clone_operations")]
    assert origin == [operation.id]
    (of_source,) = [
        row for row in new["domain_events"] if row["event_id"] == cloning.key.event_id
    ]  # that it was copied
    new["domain_events"].remove(of_source)
    dump = json.dumps(new, default=str)
    ids = {str(row["id"]) for rows in source.values() for row in rows if "id" in row}
    assert len(ids) > 70
    assert {id_ for id_ in ids if id_ in dump} == set()
    assert MARK not in dump, "a secret, a key, a log or anything else that is never copied"
    made = {name for name, rows in new.items() if rows}
    assert made & names_left_out == {"participants", "domain_events", "event_feeds"}
    assert made - names_left_out == {*(each.table for each in copied_tables()), "events", "audit_logs"}


def test_references_in_json_filters_and_texts_point_at_the_copies(cloning: Cloning) -> None:
    with cloning.hub.uow.begin() as work:
        user_id = accounts.create_user(
            work, cloning.key.tenant_id, "ada@example.org", "correct horse battery"
        ).id
        version = work.session.scalars(select(WorkflowVersion)).one()
        review, tell = version.definition["steps"]
        version.definition = {"steps": [review | {"assignees": {"users": [user_id]}}, tell]}
    operation = cloning.run()
    new = operation.id_map
    with cloning.hub.uow.read() as work:
        copy = rows_of(work, FeedKey(cloning.key.tenant_id, str(operation.target_event_id)))
    gate, *_ = cloning.ids["checkpoints"]
    new_gate = new["checkpoints"][gate]
    first, second, _gone = cloning.ids["queues"]
    assert copy["queue_counters"][0]["queue_ids"] == [new["queues"][first], new["queues"][second]]
    assert copy["fleet_configurations"][0]["settings"] == {"queues": [new["queues"][first]], "language": "de"}
    assert copy["broadcast_messages"][0]["audience"] == {"query": f"filter[checkpoint]={new_gate}"}
    assert copy["registration_settings"][0]["intro"] == f"Gate {new_gate}"
    (template,) = {row["id"] for row in copy["message_templates"] if row["name"] == "Template 1"}
    assert copy["broadcast_messages"][0]["templates"] == {"EMAIL": {"en": template}}
    assert [row["body"] for row in copy["message_templates"]] == [
        f"See https://hub.example/checkpoints/{new_gate}."
    ] * 2
    review, tell = copy["workflows"][0]["draft"]["steps"]
    assert review["when"]["all"] == [{"field": "scanned_at", "values": [new_gate]}]
    assert tell["template_id"] in {
        row["id"] for row in copy["message_templates"] if row["name"] == "Template 0"
    }
    assert review["assignees"]["users"] == [user_id], "the organiser's people are matched, not copied"


def test_everything_starts_anew_and_every_date_moves_with_the_event(cloning: Cloning) -> None:
    operation = cloning.run(stays_active=False)
    with cloning.hub.uow.read() as work:
        copy = rows_of(work, FeedKey(cloning.key.tenant_id, str(operation.target_event_id)))
        source = events.read(work, *cloning.key)
    (event,) = copy["events"]
    assert (event["name"], event["status"], event["version"]) == ("Expo 2027", EventStatus.DRAFT, 1)
    moved = event["starts_at"] - source.starts_at
    assert event["ends_at"] - source.ends_at == moved
    (page,) = copy["registration_settings"]
    assert page["closes_at"] == datetime(2027, 6, 9, tzinfo=UTC).replace(
        hour=source.starts_at.hour - 1, minute=source.starts_at.minute
    )
    assert (page["is_active"], page["consent_version"], page["version"]) == (False, 4, 1)
    (rule,) = copy["automatic_message_rules"]
    assert (rule["is_active"], rule["active_since"], rule["minutes_before"]) == (False, None, 60)
    (zone,) = copy["venue_occupancies"]
    assert (zone["current"], zone["capacity"]) == (0, 120)
    (broadcast,) = copy["broadcast_messages"]
    assert (broadcast["title"], broadcast["status"], broadcast["counts"]) == ("Where to go", "DRAFT", {})
    assert broadcast["scheduled_at"].date().isoformat() == "2027-06-07"
    assert {row["version"] for row in copy["message_templates"]} == {1}
    assert copy["queue_counters"][0]["state_operator"] == ""
    assert [row["feed_seq"] > 0 for row in copy["checkpoints"]] == [True] * 3
    assert copy["blacklist_entries"] == []


def test_opening_hours_move_if_the_event_starts_at_another_time_of_day(cloning: Cloning) -> None:
    plan = cloning.plan(start_at="10:00")
    (hours,) = {
        tuple((date.before, date.after) for date in thing.dates)
        for thing in plan.things
        if thing.name.startswith("Gate ") and thing.kind == "checkpoints" and thing.dates
    }
    start = next(date for date in plan.things[0].dates if date.field == "starts_at")
    assert start.after.startswith("2027-06-09T08:00")
    assert hours[0][0] == "08:00"
    assert hours[0][1] != "08:00"


def test_hours_of_the_day_that_stay_are_warned_of(cloning: Cloning) -> None:
    same = {note.code for note in cloning.plan().warnings}
    notes = [note for note in cloning.plan(start_at="22:00").warnings if note.code == "hour_stays"]
    assert "hour_stays" not in same
    assert [(note.place, note.parameters) for note in notes] == [("A day begins", {"at": "04:00"})]


def test_a_plan_names_everything_and_makes_nothing(cloning: Cloning) -> None:
    with cloning.hub.uow.read() as work:
        before = rows_of(work, cloning.key)
    plan = cloning.plan(start_on="2027-10-03", holidays="DE-BE", parts=("checkpoints", "queues", "messages"))
    with cloning.hub.uow.read() as work:
        assert rows_of(work, cloning.key) == before
        with pytest.raises(EventNotFound):
            events.get_by_slug(work, cloning.key.tenant_id, "expo-2027")
    assert {thing.part for thing in plan.things} == {"event", "checkpoints", "queues", "messages"}
    assert plan.things[0].dates[0].after.startswith("2027-10-03")
    codes = {note.code for note in plan.warnings}
    assert codes == {"weekday", "holiday", "switched_off", "reference_removed"}
    assert any("German Unity Day" in note.message for note in plan.warnings)
    assert plan.problems == []
    assert "Operators of stations" in {each.title for each in plan.left_out}


def test_dates_at_a_change_of_the_clocks_are_warned_of(cloning: Cloning) -> None:
    notes = cloning.plan(start_on="2027-03-28", start_at="02:30").warnings
    assert "Starts: the clocks skip this time on that day. The first time after it is meant." in {
        note.message for note in notes
    }


def test_a_reference_to_what_is_not_copied_fails_the_plan_with_its_place(cloning: Cloning) -> None:
    plan = cloning.plan(parts=("station-settings", "checkpoints"))
    assert plan.plan_hash is None
    (problem,) = plan.problems
    assert (problem.place, problem.name, problem.parameters["field"]) == (
        "Settings of stations",
        "kiosk",
        "settings.queues[0]",
    )
    with pytest.raises(CloneBlocked, match="kiosk"):
        cloning.run(parts=("station-settings", "checkpoints"))


def test_a_workflow_that_names_nobody_any_more_is_copied_as_a_draft_and_warned_of_by_step(
    cloning: Cloning,
) -> None:
    with cloning.hub.uow.begin() as work:
        own = {"tenant_id": cloning.key.tenant_id, "event_id": cloning.key.event_id}
        steps = [
            {"key": "papers", "name": "Read the papers", "type": "REVIEW", "next": "tell"}
            | {"assignees": {"users": [work.new_id()], "roles": ["ADMIN"]}},
            {"key": "tell", "name": "Tell them", "type": "NOTIFY", "template_id": work.new_id()},
        ]
        workflow = Workflow(
            id=work.new_id(),
            name="Committee",
            draft={"steps": []},
            published_version=3,
            is_enabled=True,
            **own,
        )
        work.session.add(workflow)
        work.session.flush()
        version = {"number": 3, "definition": {"steps": steps}, "published_at": work.now()}
        work.session.add(
            WorkflowVersion(
                id=work.new_id(),
                tenant_id=own["tenant_id"],
                workflow_id=workflow.id,
                published_by="x",
                **version,
            )
        )
    plan = cloning.plan(publishes=True)
    assert plan.problems == []
    notes = [each for each in plan.warnings if (each.place, each.name) == ("Workflow", "Committee")]
    assert [(each.code, each.parameters.get("inside")) for each in notes] == [
        ("reference_removed_in", "Read the papers"),
        ("reference_removed_in", "Tell them"),
        ("stays_draft", None),
    ]
    operation = cloning.run(plan.plan_hash, publishes=True)
    with cloning.hub.uow.read() as work:
        copies = {
            row.name: row
            for row in work.session.scalars(
                select(Workflow).where(Workflow.event_id == operation.target_event_id)
            )
        }
        copy = copies.pop("Committee")
        review, tell = copy.draft["steps"]
        assert (review["assignees"], tell["template_id"]) == ({"users": [], "roles": ["ADMIN"]}, "")
        assert copy.published_version is None
        assert {row.published_version for row in copies.values()} == {1}, "the others are published"


def test_a_plan_is_stale_once_the_source_has_changed(cloning: Cloning) -> None:
    plan_hash = cloning.plan().plan_hash
    assert cloning.plan().plan_hash == plan_hash
    with cloning.hub.uow.begin() as work:
        counter = work.session.scalars(select(QueueCounter)).one()
        counter.state_operator = "Somebody"  # nothing that a copy has
    assert cloning.plan().plan_hash == plan_hash
    with cloning.hub.uow.begin() as work:
        counter = work.session.scalars(select(QueueCounter)).one()
        counter.name = "Counter 2"
    with pytest.raises(ClonePlanChanged):
        cloning.run(plan_hash)
    cloning.run(cloning.plan().plan_hash)


def test_editing_the_copy_never_changes_the_source(cloning: Cloning) -> None:
    operation = cloning.run()
    target = FeedKey(cloning.key.tenant_id, str(operation.target_event_id))
    with cloning.hub.uow.read() as work:
        before = rows_of(work, cloning.key)
    with cloning.hub.uow.begin() as work:
        for copied in copied_tables():
            columns = table_of(copied.table).c
            change = table_of(copied.table).update().where(sources.of_event(copied.table, target))
            work.session.execute(change.values(updated_at=work.now(), **_scrambled(copied.names, columns)))
        events.update(work, *target, EventChanges(name="Changed", capacity=3))
    with cloning.hub.uow.read() as work:
        assert rows_of(work, cloning.key) == before


def _scrambled(names: tuple[str, ...], columns: Any) -> dict[str, Any]:
    return {name: columns[name] + "!" for name in names if name in ("title", "label")}


def test_a_clone_that_fails_leaves_nothing_behind_but_why(cloning: Cloning) -> None:
    with cloning.hub.uow.begin() as work:
        blocked = participants.create(work, *cloning.key, NewParticipant(email="rob@example.org"))
        blocked.email = "bob@example.org"  # as the blacklist has it
        events.create(work, cloning.key.tenant_id, _event("taken"))
        blocked_id = blocked.id
    with pytest.raises(EventExists):
        cloning.run(slug="taken")
    with pytest.raises(RegistrationRefused):
        cloning.run(parts=("blacklist",), participants={"selection": {"ids": [blocked_id]}})
    with cloning.hub.uow.read() as work:
        with pytest.raises(EventNotFound):
            events.get_by_slug(work, cloning.key.tenant_id, "expo-2027")
        failed = work.session.scalars(select(service.CloneOperation)).one()
        assert (failed.status, failed.target_event_id, failed.reason) == (
            CloneStatus.FAILED,
            None,
            "RegistrationRefused",
        )
        assert (failed.plan["target"]["slug"], failed.counts, failed.id_map) == ("expo-2027", {}, {})
    with pytest.raises(CloneNotMade):
        cloning.undo(failed)


def _event(slug: str) -> NewEvent:
    return NewEvent(
        slug=slug,
        name="Empty",
        starts_at=datetime(2027, 9, 1, 8, tzinfo=UTC),
        ends_at=datetime(2027, 9, 1, 16, tzinfo=UTC),
        time_zone="America/New_York",
        capacity=12,
    )


def test_chosen_participants_are_carried_over_with_new_codes_and_nothing_of_the_past(
    cloning: Cloning,
) -> None:
    with cloning.hub.uow.begin() as work:
        ada, eve = (
            participants.create(
                work,
                *cloning.key,
                NewParticipant(
                    first_name=name,
                    email=f"{name}@example.org",
                    status="CANCELLED",
                    external_id=name,
                    extra={"x": 1},
                ),
            )
            for name in ("Ada", "Eve")
        )
        code, ada_id = ada.registration_code, ada.id
        assert eve.id != ada_id
    operation = cloning.run(participants={"selection": {"ids": [ada_id]}, "status": "APPROVED"})
    target = FeedKey(cloning.key.tenant_id, str(operation.target_event_id))
    with cloning.hub.uow.read() as work:
        (person,) = rows_of(work, target)["participants"]
    assert (person["first_name"], person["status"], person["external_id"]) == ("Ada", "APPROVED", "Ada")
    assert person["registration_code"] != code
    assert operation.id_map["participants"] == {ada_id: person["id"]}
    assert cloning.undo(operation).undone_at is not None
    with cloning.hub.uow.read() as work:
        assert participants.versions_of_event(work, *target) == {}


def test_a_clone_is_taken_back_while_nothing_was_added_or_changed(cloning: Cloning) -> None:
    operation = cloning.run(stays_active=True)
    target = FeedKey(cloning.key.tenant_id, str(operation.target_event_id))
    with cloning.hub.uow.begin() as work:
        gate = work.session.scalars(select(Checkpoint).where(Checkpoint.event_id == target.event_id)).first()
        assert gate is not None
        name, gate.name = gate.name, "Changed"
        participants.create(work, *target, NewParticipant(first_name="Ada"))
        capacity = events.get(work, *target).capacity
        events.update(work, *target, EventChanges(capacity=7))
    with pytest.raises(CloneUndoBlocked) as error:
        cloning.undo(operation)
    assert error.value.parameters["changes"] == ["Event", "Checkpoint", "Participants"]
    with cloning.hub.uow.begin() as work:
        events.update(work, *target, EventChanges(capacity=capacity))
    with cloning.hub.uow.begin() as work:
        work.session.get_one(Checkpoint, (gate.tenant_id, gate.id)).name = name
        work.session.execute(table_of("participants").delete())
    cloning.undo(operation)
    with cloning.hub.uow.read() as work:
        with pytest.raises(EventNotFound):
            events.get(work, *target)
        left = {name for each in copied_tables() for name in [each.table] if list(_rows(work, target, name))}
    assert left == set()
    with pytest.raises(CloneUndone):
        cloning.undo(operation)
    cloning.run()  # the short name is free again


def test_an_empty_event_is_filled_and_empty_again_after_the_undo(cloning: Cloning) -> None:
    with cloning.hub.uow.begin() as work:
        empty_id = events.create(work, cloning.key.tenant_id, _event("empty")).id
    key = FeedKey(cloning.key.tenant_id, empty_id)
    with cloning.hub.uow.read() as work:
        before = sources.columns_of(events.read(work, *key))
    plan = cloning.plan(into_event_id=empty_id)
    operation = cloning.run(plan.plan_hash, into_event_id=empty_id)
    with cloning.hub.uow.read() as work:
        event = events.read(work, *key)
        assert sources.things_in(work, key) != []
    assert (event.name, event.slug, event.time_zone) == ("Empty", "empty", "America/New_York")
    assert event.starts_at == before["starts_at"]
    with pytest.raises(CloneTargetNotEmpty, match="Checkpoint"):
        cloning.plan(into_event_id=empty_id)
    with pytest.raises(CloneIntoItself):
        cloning.plan(into_event_id=cloning.key.event_id)
    cloning.undo(operation)
    with cloning.hub.uow.read() as work:
        after = sources.columns_of(events.read(work, *key))
        assert sources.things_in(work, key) == []
    changing = {"version", "updated_at", "feed_seq"}
    assert {n: v for n, v in after.items() if n not in changing} == {
        n: v for n, v in before.items() if n not in changing
    }


def test_another_organisers_event_is_neither_source_nor_target(cloning: Cloning) -> None:
    foreign = FeedKey("another-tenant", cloning.key.event_id)
    with cloning.hub.uow.read() as work, pytest.raises(EventNotFound):
        service.plan_clone(work, *foreign, cloning.options())
    with pytest.raises(EventNotFound):
        cloning.plan(into_event_id="0197b6f0-0000-7000-8000-000000000000")


def test_parts_and_holidays_that_are_not_known_are_refused(cloning: Cloning) -> None:
    with pytest.raises(ClonePartUnknown):
        cloning.plan(parts=("participants",))
    with pytest.raises(CloneHolidaysUnknown):
        cloning.plan(holidays="ZZ")


def test_broadcasts_to_chosen_people_are_left_out(cloning: Cloning) -> None:
    operation = cloning.run()
    with cloning.hub.uow.read() as work:
        titles = work.session.scalars(
            select(BroadcastMessage.title).where(BroadcastMessage.event_id == operation.target_event_id)
        ).all()
    assert titles == ["Where to go"]

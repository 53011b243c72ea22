"""What differs between two events: nothing after a mere move, everything that somebody changed, and never a secret."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select, update

from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.queue.tables import Queue
from hub_sync.hub.domains.registration.tables import RegistrationSettings
from hub_sync.hub.domains.series.cloning.declarations import copied_tables, event_table, table_of
from hub_sync.hub.domains.series.differences.comparison import ThingChange, compared_columns
from hub_sync.hub.domains.series.differences.reading import (
    find_clone_ids,
    find_earlier,
    read_differences,
)
from hub_sync.hub.domains.series.differences.schemas import Differences
from hub_sync.hub.domains.series.differences.words import label_of
from hub_sync.hub.domains.series.errors import NothingToCompare
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.tables import CloneOperation
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.kit.db.cloning import Never
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, error_code, make_caller
from tests.hub_sync.hub.domains.operators.conftest import admin
from tests.hub_sync.hub.domains.series.conftest import Cloning

__all__ = ["admin", "make_caller"]


@pytest.fixture(autouse=True)
def flag(cloning: Cloning) -> None:
    """Switch cloning on."""
    with cloning.hub.uow.begin() as work:
        feature_flags.switch(work, cloning.key.tenant_id, FF_EVENT_CLONE, True)


@pytest.fixture
def copy(cloning: Cloning) -> FeedKey:
    """Return a copy in the next year, over a change of the clocks and in another zone, with all that is switched on and published."""
    parts = [copied.part.name for copied in copied_tables()]
    clone = cloning.run(
        parts=sorted(set(parts)),
        stays_active=True,
        publishes=True,
        start_on="2027-11-10",
        time_zone="Asia/Tokyo",
    )
    return FeedKey(cloning.key.tenant_id, clone.target_event_id or "")


def compare(cloning: Cloning, before: FeedKey, after: FeedKey, *lacking: str) -> Differences:
    """Return the differences for somebody who has all permissions but these."""
    with cloning.hub.uow.read() as work:
        return read_differences(work, before, after, lambda permission: permission not in lacking)


def fields_of(differences: Differences) -> dict[str, tuple[Any, Any]]:
    """Return {thing.field: (before, after)} of all changed fields."""
    return {
        f"{thing.name}.{field.field}": (field.before, field.after)
        for thing in differences.things
        for field in thing.fields
    }


def test_a_copy_that_was_only_moved_has_no_differences_but_its_zone(cloning: Cloning, copy: FeedKey) -> None:
    assert fields_of(compare(cloning, cloning.key, copy)) == {".time_zone": ("Europe/Berlin", "Asia/Tokyo")}
    assert fields_of(compare(cloning, copy, cloning.key)) == {".time_zone": ("Asia/Tokyo", "Europe/Berlin")}
    assert compare(cloning, cloning.key, cloning.key).things == []
    with cloning.hub.uow.begin() as work:
        work.session.execute(delete(CloneOperation))  # then their names alone connect the rows
    assert [*fields_of(compare(cloning, cloning.key, copy))] == [".time_zone"]


def test_what_somebody_changed_is_named_with_old_and_new(cloning: Cloning, copy: FeedKey) -> None:
    with cloning.hub.uow.begin("user:mara") as work:
        of_copy = [table.event_id == copy.event_id for table in (Checkpoint, Queue, RegistrationSettings)]
        work.session.execute(
            update(Checkpoint)
            .where(of_copy[0], Checkpoint.name == "Gate 0")
            .values(name="Gate A", opens_at="07:30")
        )
        work.session.execute(
            update(Queue).where(of_copy[1], Queue.name == "Queue 0").values(deleted_at=work.now())
        )
        work.session.execute(
            update(RegistrationSettings).where(of_copy[2]).values(is_active=False, largest_party=9)
        )
        events.update(work, *copy, EventChanges(capacity=650))
        work.session.add(
            Queue(
                tenant_id=copy.tenant_id,
                id=work.new_id(),
                event_id=copy.event_id,
                name="Lost property",
                letter="L",
            )
        )
    differences = compare(cloning, cloning.key, copy)
    changed = fields_of(differences)
    assert changed["Gate A.name"] == ("Gate 0", "Gate A"), "matched by the map of the clone, not by its name"
    assert changed["Gate A.opens_at"] == ("08:00", "07:30")
    assert changed[".capacity"][1] == 650
    assert changed[".is_active"] == (True, False)
    assert changed[".largest_party"][1] == 9
    changes = {
        (thing.change, thing.name) for thing in differences.things if thing.change is not ThingChange.CHANGED
    }
    assert changes == {(ThingChange.ADDED, "Lost property"), (ThingChange.REMOVED, "Queue 0")}
    assert all(field.label for thing in differences.things for field in thing.fields)


def test_the_start_at_another_hour_is_one_difference_and_not_forty(cloning: Cloning) -> None:
    clone = cloning.run(start_at="11:15")
    later = FeedKey(cloning.key.tenant_id, clone.target_event_id or "")
    differing = fields_of(compare(cloning, cloning.key, later))
    assert {name for name in differing if not name.endswith(("is_active", "published_version"))} == {
        ".starts_at"
    }


def test_a_workflow_is_one_thing_whatever_differs_and_however_often_it_was_published(
    cloning: Cloning, copy: FeedKey
) -> None:
    clone = cloning.run(slug="unpublished")
    draft = compare(cloning, cloning.key, FeedKey(cloning.key.tenant_id, clone.target_event_id or ""))
    of_drafts = [thing for thing in draft.things if thing.part == "workflows"]
    assert of_drafts, "the event has a published workflow"
    for thing in of_drafts:
        assert thing.name, "it has the name of its workflow"
        assert [(each.label, each.before, each.after) for each in thing.fields] == [
            ("Published", True, False)
        ]
    with cloning.hub.uow.begin("user:mara") as work:
        for workflow in work.session.scalars(select(Workflow).where(Workflow.event_id == copy.event_id)):
            workflow.draft = {**workflow.draft, "take_back_seconds": 7}
            of_workflow = WorkflowVersion.workflow_id == workflow.id
            work.session.execute(update(WorkflowVersion).where(of_workflow).values(definition=workflow.draft))
    differences = compare(cloning, cloning.key, copy)
    of_workflows = [thing for thing in differences.things if thing.part == "workflows"]
    assert [field.field for thing in of_workflows for field in thing.fields] == [
        "draft.take_back_seconds" for _ in of_workflows
    ]
    assert len({thing.name for thing in of_workflows}) == len(of_workflows) > 0


def test_two_copies_of_one_pattern_are_connected_by_it(cloning: Cloning) -> None:
    first, second = (
        FeedKey(cloning.key.tenant_id, cloning.run(slug=slug).target_event_id or "")
        for slug in ("one", "two")
    )
    with cloning.hub.uow.read() as work:
        direct, between = find_clone_ids(work, cloning.key, first), find_clone_ids(work, first, second)
        assert set(between) == set(direct.values())
        assert find_earlier(work, second) == cloning.key
        with pytest.raises(NothingToCompare):
            find_earlier(work, cloning.key)


def test_what_the_reader_may_not_read_is_not_compared(cloning: Cloning, copy: FeedKey) -> None:
    with cloning.hub.uow.begin() as work:
        blacklist = table_of("blacklist_entries")
        work.session.execute(
            update(blacklist).where(blacklist.c.event_id == copy.event_id).values(reason="Fights")
        )
    assert "Fights" in str(compare(cloning, cloning.key, copy).things)
    limited = compare(cloning, cloning.key, copy, "blacklist:manage")
    assert limited.unread == ["Blacklist entry"]
    assert "Fights" not in str(limited.things)
    secrets = [
        name
        for copied in (event_table(), *copied_tables())
        for name, policy in compared_columns(copied)
        if isinstance(policy, Never)
    ]
    assert secrets == []


@pytest.mark.parametrize("copied", [event_table(), *copied_tables()], ids=lambda copied: copied.table)
def test_every_compared_column_has_a_word_of_the_screens(copied: Any) -> None:
    assert [name for name, _ in compared_columns(copied) if not label_of(copied, name)] == []


def test_the_numbers_of_both_stand_beside_it_over_rest(
    cloning: Cloning, copy: FeedKey, make_caller: CallerFactory
) -> None:
    with cloning.hub.uow.begin() as work:
        people = [NewParticipant(first_name=name, last_name="Haddad") for name in ("Noor", "Omar")]
        participants.create_many(work, *copy, people)
    api = make_caller("events:read", event_id=copy.event_id)
    data = api.data("GET", "/differences")
    assert data == api.data("GET", f"/differences?with={cloning.key.event_id}")
    assert data["before"]["id"] == cloning.key.event_id, "without `with`: the event that it was copied from"
    registered = next(figure for figure in data["figures"] if figure["name"] == "participants")
    assert registered["after"] == 2
    assert [figure["name"] for figure in data["figures"]] == [
        "participants",
        "approved",
        "came",
        "most_inside",
    ]
    assert error_code(api.call("GET", "/differences?with=nothing"), 404) == "EventNotFound"
    first = make_caller("events:read")
    assert error_code(first.call("GET", "/differences"), 422) == "NothingToCompare"


def test_the_console_shows_sections_with_old_and_new(
    app: FastAPI, admin: Browser, cloning: Cloning, copy: FeedKey
) -> None:
    base = f"/events/{cloning.key.event_id}/differences"
    assert "Nothing to compare with" in admin.read(base)
    assert "Compared with" in admin.read(f"{base}?with={copy.event_id}")
    with cloning.hub.uow.begin() as work:
        checkpoint = Checkpoint.event_id == copy.event_id
        work.session.execute(
            update(Checkpoint).where(checkpoint, Checkpoint.name == "Gate 1").values(active=False)
        )
    html = admin.read(f"/events/{copy.event_id}/differences")
    assert "Gate 1" in html
    assert "Europe/Berlin" in html
    assert "Most people inside at once" in html
    viewer = signed_in_as(app, cloning.key.tenant_id, Role.VIEWER)
    assert "Not compared, since you may not read it" in viewer.read(f"/events/{copy.event_id}/differences")

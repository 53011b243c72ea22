"""An import that runs: each row once, and all of it taken back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine.operations import LEASE_S
from hub_sync.hub.domains.bulk.engine.retention import PREPARED_HOURS, forget_old
from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.bulk.errors import BulkOperationState
from hub_sync.hub.domains.bulk.lists import reasons_of
from hub_sync.hub.domains.bulk.pages import labels
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.merging.undo import undo as undo_merge
from hub_sync.hub.domains.duplicates.tables import DuplicateRun, DuplicateRunState
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.errors import ImportRowRefused, ImportStarted
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.bulk.conftest import ALL, BulkHub
from tests.hub_sync.hub.domains.imports.conftest import Importing
from tests.hub_sync.hub.domains.waitlist.conftest import switch_on

REQUESTER = bulk.Requester("user:ada@example.org")
HEAD = "Code,First name,Last name,E-mail,Category\n"


def run(importing: Importing, draft: Import) -> bulk.BulkOperation:
    """Start an import, and run it to its end."""
    operation_id = imports.prepare(importing.hub.uow, importing.key, draft.id, REQUESTER, None)
    with importing.hub.uow.begin(actor=REQUESTER.actor) as work:
        imports.start(work, importing.key, draft.id, operation_id, REQUESTER, None)
    return finish(importing, operation_id)


def undo(importing: Importing, operation_id: str) -> bulk.BulkOperation:
    """Take an import back, to its end."""
    with importing.hub.uow.begin(actor=REQUESTER.actor) as work:
        bulk.undo(work, importing.key, operation_id, REQUESTER)
    return finish(importing, operation_id)


def finish(importing: Importing, operation_id: str) -> bulk.BulkOperation:
    runner = OperationRunner(importing.hub.uow)
    while active := runner.find_active():
        runner.run_part(active[0])
    with importing.hub.uow.read() as work:
        operation = bulk.get(work, importing.key, operation_id)
        work.session.expunge(operation)
    return operation


def people(importing: Importing) -> Sequence[Participant]:
    """Return who is registered, by code."""
    query = (
        select(Participant).where(Participant.deleted_at.is_(None)).order_by(Participant.registration_code)
    )
    with importing.hub.uow.read() as work:
        rows = list(work.session.scalars(query))
        work.session.expunge_all()
    return rows


def test_an_import_is_taken_back_after_a_bulk_operation_on_its_people_was_undone(
    importing: Importing,
) -> None:
    operations = BulkHub(importing.hub, importing.key)
    importing.register(id="old", registration_code="OLD-1", first_name="Old")
    before = snapshot(operations.person("old"))
    draft = importing.send(HEAD + "OLD-1,Older,,,\nNEW-1,Ada,Lovelace,,\n")
    importing.check(draft)
    operation = run(importing, draft)
    for action, arguments in (("participant.category", {"category": "Press"}), ("participant.delete", {})):
        assert operations.undo(operations.run(operations.preview(ALL, action, arguments)).id).undone == 2
    assert (undone := undo(importing, operation.id)).status is BulkOperationStatus.UNDONE, (
        undone.undo_conflicts
    )
    assert snapshot(operations.person("old")) == before | {"version": 7}
    assert [person.id for person in people(importing)] == ["old"]


@pytest.mark.parametrize(("survivor", "loser"), [("old", "other"), ("other", "old")])
def test_an_import_is_taken_back_after_a_merge_of_its_people_was_undone(
    importing: Importing, survivor: str, loser: str
) -> None:
    importing.register(id="old", registration_code="OLD-1", first_name="Old")
    importing.register(id="other", registration_code="OTHER-1", email="other@example.org")
    draft = importing.send(HEAD + "OLD-1,Older,,,\n")
    importing.check(draft)
    operation = run(importing, draft)
    with importing.hub.uow.begin() as work:
        merged = merge(work, *importing.key, MergeRequest(survivor, loser)).id
    with importing.hub.uow.begin() as work:
        undo_merge(work, importing.key, merged)
    assert undo(importing, operation.id).status is BulkOperationStatus.UNDONE


def test_a_deletion_is_not_undone_where_an_import_has_written_upon_the_deleted_since(
    importing: Importing,
) -> None:
    operations = BulkHub(importing.hub, importing.key)
    importing.register(id="old", registration_code="OLD-1", first_name="Old")
    deletion = operations.run(operations.preview(ALL, "participant.delete", {}))
    draft = importing.send(HEAD + "OLD-1,Ada,Lovelace,,\n")
    importing.check(draft)
    imported = run(importing, draft)
    assert (imported.succeeded, undo(importing, imported.id).undone) == (1, 1)
    assert operations.undo(deletion.id).undo_conflicts == 1


def test_in_a_full_event_the_first_rows_get_the_seats_and_no_other_is_tried_alone(
    importing: Importing,
) -> None:
    switch_on(importing.hub, importing.key.tenant_id)
    with importing.hub.uow.begin() as work:
        events.update(work, *importing.key, events.EventChanges.model_validate({"capacity": 2}))
        waitlist.update_settings(work, importing.key, waitlist.WaitlistSettingsChanges(is_active=True))
    statuses = ("approved", "rejected", "pending", "approved", "cancelled", "pending")
    draft = importing.send("Code,Status\n" + "".join(f"NEW-{n},{s}\n" for n, s in enumerate(statuses)))
    importing.check(draft)
    savepoints: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        savepoints.extend([statement] if statement.startswith("SAVEPOINT") else [])

    event.listen(importing.hub.uow.database.engine, "before_cursor_execute", note)
    operation = run(importing, draft)
    event.remove(importing.hub.uow.database.engine, "before_cursor_execute", note)
    assert (operation.succeeded, operation.failed) == (4, 2)
    assert len(savepoints) == 2, "one for all, and one for their INSERT"
    assert [person.registration_code for person in people(importing)] == ["NEW-0", "NEW-1", "NEW-2", "NEW-4"]
    item = bulk.BulkOperationItem
    query = select(item.reason).where(item.operation_id == operation.id).order_by(item.position)
    with importing.hub.uow.read() as work:
        assert list(work.session.scalars(query)) == [None, None, None, "EventFull", None, "EventFull"]
    assert undo(importing, operation.id).undone == 4


def count(importing: Importing, table: Any, **columns: str) -> int:
    """Return how many rows of a table have these values."""
    query = select(table.id).where(*(getattr(table, name) == value for name, value in columns.items()))
    with importing.hub.uow.read() as work:
        return len(work.session.scalars(query).all())


def test_an_import_registers_and_changes_people_and_is_taken_back(importing: Importing) -> None:
    importing.register(registration_code="OLD-1", first_name="Old", email="old@example.org")
    before = snapshot(people(importing)[0])
    draft = importing.send(
        HEAD + "OLD-1,Older,,old@example.org,Guest\nNEW-1,Ada,Lovelace,ada@example.org,Guest\nbad,,,x,\n"
    )
    summary = importing.check(draft)
    assert summary["counts"] == {"create": 1, "change": 1, "unchanged": 0, "skip": 0, "refuse": 1}
    operation = run(importing, draft)
    assert operation.status is BulkOperationStatus.COMPLETED_WITH_ERRORS
    assert (operation.succeeded, operation.failed) == (2, 1)
    assert [(row.registration_code, row.first_name, row.category) for row in people(importing)] == [
        ("NEW-1", "Ada", "Guest"),
        ("OLD-1", "Older", "Guest"),
    ]
    assert count(importing, StoredDomainEvent, type="ParticipantsImported") == 1
    assert count(importing, AuditLog, action="create_many") == 1
    assert count(importing, DuplicateRun, state=DuplicateRunState.QUEUED) == 1
    undone = undo(importing, operation.id)
    assert (undone.status, undone.undone) == (BulkOperationStatus.UNDONE, 2)
    (back,) = people(importing)
    kept = {name: value for name, value in snapshot(back).items() if name not in ("version", "updated_at")}
    assert kept == {name: value for name, value in before.items() if name not in ("version", "updated_at")}


def test_a_file_that_was_taken_back_can_be_imported_again(importing: Importing) -> None:
    file = HEAD + "NEW-1,Ada,Lovelace,ada@example.org,Guest\n"
    first = importing.send(file)
    importing.check(first)
    undo(importing, run(importing, first).id)
    assert people(importing) == []
    again = importing.send(file.replace("Lovelace", "Byron"))
    assert importing.check(again)["counts"]["create"] == 1
    operation = run(importing, again)
    (ada,) = people(importing)
    assert (ada.last_name, ada.standing) == ("Byron", "")
    undo(importing, operation.id)
    assert people(importing) == []


def test_who_was_changed_since_the_preview_or_the_import_is_left_alone(importing: Importing) -> None:
    importing.register(registration_code="OLD-1", first_name="Old")
    importing.register(registration_code="OLD-2", first_name="Old")
    draft = importing.send(HEAD + "OLD-1,Newer,,,\nOLD-2,Newer,,,\nNEW-1,Ada,,,\n")
    importing.check(draft)
    edit(importing, "OLD-1", "Edited")
    operation = run(importing, draft)
    assert (operation.succeeded, operation.conflicts) == (2, 1)
    assert [row.first_name for row in people(importing)] == ["Ada", "Edited", "Newer"]
    edit(importing, "NEW-1", "Edited, too")
    undone = undo(importing, operation.id)
    assert undone.status is BulkOperationStatus.PARTIALLY_UNDONE
    assert (undone.undone, undone.undo_conflicts) == (1, 1)
    assert [row.first_name for row in people(importing)] == ["Edited, too", "Edited", "Old"]


def test_a_row_whose_code_was_taken_since_the_preview_fails_alone(importing: Importing) -> None:
    draft = importing.send(HEAD + "NEW-1,Ada,,,\nNEW-2,Bob,,,\nNEW-3,Cid,,,\n")
    importing.check(draft)
    importing.register(registration_code="new 2", first_name="Quicker")
    operation = run(importing, draft)
    assert (operation.succeeded, operation.failed) == (2, 1)
    assert [row.first_name for row in people(importing)] == ["Ada", "Cid", "Quicker"]


def test_each_cause_for_which_rows_were_refused_is_counted_by_itself(importing: Importing) -> None:
    long = "x" * 201
    rows = (",,,,Press", "OLD-1,Ada,,,", "OLD-1,Bob,,,", f"L-1,{long},,,", f"L-2,{long},,,")
    draft = importing.send(HEAD + "\n".join(rows) + "\n")
    importing.check(draft)
    operation = run(importing, draft)
    with importing.hub.uow.read() as work:
        reasons = reasons_of(work, importing.key.tenant_id, [operation.id])[operation.id]
    assert {reason.error: reason.count for reason in reasons if reason.reason == ImportRowRefused.code} == {
        "Longer than the 200 characters that can be stored.": 2,
        "A row above has the same.": 1,
        "The row has no name, no e-mail address, no code and no id.": 1,
    }
    assert {labels.sentence_of(reason) for reason in reasons} >= {"A row above has the same."}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_page_of_an_import_offers_nothing_that_only_a_file_can_do(
    importing: Importing, admin: Browser
) -> None:
    """It offered to do the rows again, and the press was refused: there is no action of that name."""
    draft = importing.send(HEAD + "NEW-1,Ada,,,\n,,,,Press\n")
    importing.check(draft)
    path = f"/events/{importing.key.event_id}/bulk-operations/{run(importing, draft).id}"
    assert "/again" not in admin.read(path)
    undo(importing, path.rpartition("/")[2])
    assert "/again" not in admin.read(path)


def edit(importing: Importing, code: str, first_name: str) -> None:
    with importing.hub.uow.begin() as work:
        person = participants.get_by_code(work, *importing.key, code)
        changes = participants.ParticipantChanges(first_name=first_name)
        participants.update(work, *importing.key, person.id, changes)


def test_of_two_who_start_it_at_once_the_first_runs_whole_and_nothing_is_left_of_the_other(
    importing: Importing,
) -> None:
    draft = importing.send(f"{HEAD}C-0001,Ada,Lovelace,,\n")
    importing.check(draft, match_by="none")
    uow = importing.hub.uow
    first = imports.prepare(uow, importing.key, draft.id, REQUESTER, None)

    def start_both() -> None:
        with imports.prepared(uow, importing.key, draft.id, REQUESTER, None) as second:
            for operation_id in (first, second):
                with uow.begin(actor=REQUESTER.actor) as work:
                    imports.start(work, importing.key, draft.id, operation_id, REQUESTER, None)

    with pytest.raises(ImportStarted):
        start_both()
    bulk.forget(importing.hub.uow, importing.key.tenant_id, first)  # by one who saw it before it was started
    assert finish(importing, first).succeeded == 1
    with importing.hub.uow.read() as work:
        assert [each.id for each in work.session.scalars(bulk.of_event(importing.key))] == [first]
    assert len(people(importing)) == 1


def test_what_a_killed_hub_has_prepared_runs_for_nobody_and_is_forgotten(
    importing: Importing, clock: ManualClock
) -> None:
    def operations() -> list[str]:
        with importing.hub.uow.read() as work:
            return [each.id for each in work.session.scalars(bulk.of_event(importing.key))]

    draft, other = (importing.send(f"{HEAD}C-000{number},Ada,Lovelace,,\n") for number in (1, 2))
    importing.check(draft, match_by="none")
    importing.check(other, match_by="none")
    for each in (draft, other):  # the hub is killed before `start`
        left = imports.prepare(importing.hub.uow, importing.key, each.id, REQUESTER, None)
    with importing.hub.uow.begin() as work:
        hash_ = bulk.get(work, importing.key, left).selection_hash or ""
        with pytest.raises(BulkOperationState):
            bulk.run(work, importing.key, left, REQUESTER, hash_)
    clock.advance(timedelta(seconds=LEASE_S, milliseconds=1))
    operation = run(importing, draft)
    assert operation.succeeded == 1
    assert set(operations()) == {operation.id, left}
    assert len(people(importing)) == 1
    forget_old(importing.hub.uow)
    assert left in operations(), "somebody may be about to start it"
    clock.advance(timedelta(hours=PREPARED_HOURS, seconds=1))
    forget_old(importing.hub.uow)
    assert operations() == [operation.id]

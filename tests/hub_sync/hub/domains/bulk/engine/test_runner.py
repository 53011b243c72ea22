"""Runs, undos and what comes between."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import BulkOperationStatus, ParticipantStatus
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.actions.action import BulkAction
from hub_sync.hub.domains.bulk.actions.participant_status import SetParticipantStatus
from hub_sync.hub.domains.bulk.engine.runner import LONGEST_PART_S, OperationRunner
from hub_sync.hub.domains.bulk.errors import BulkOperationState, BulkPreviewChanged, BulkUndoOver
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.tables import BulkItemStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.domains.bulk.conftest import ALL, HUB, BulkHub, ids
from tests.hub_sync.hub.domains.check_in.conftest import make_key

S, Item = BulkOperationStatus, BulkItemStatus


def test_the_frozen_selection_is_done_and_who_matches_later_is_not_touched(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob")
    operation_id = bulk_hub.preview(bulk.Selection(query="filter[status]=PENDING"))
    bulk_hub.register("late")
    operation = bulk_hub.run(operation_id)
    assert (operation.status, operation.total, operation.succeeded) == (S.COMPLETED, 2, 2)
    assert bulk_hub.person("ada").status is ParticipantStatus.APPROVED
    assert bulk_hub.person("late").status is ParticipantStatus.PENDING


def test_who_was_changed_since_the_preview_is_a_conflict(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob", "cleo")
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.set_status("bob", ParticipantStatus.REJECTED)
    with bulk_hub.hub.uow.begin() as work:
        participants.delete(work, *bulk_hub.key, "cleo")
    operation = bulk_hub.run(operation_id)
    assert operation.status is S.COMPLETED_WITH_ERRORS
    assert (operation.succeeded, operation.conflicts) == (1, 2)
    assert bulk_hub.statuses(operation_id) == {"ada": Item.DONE, "bob": Item.CONFLICT, "cleo": Item.CONFLICT}
    assert bulk_hub.person("bob").status is ParticipantStatus.REJECTED


def test_an_undo_restores_all_columns_but_leaves_alone_who_was_edited_since(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob", status=ParticipantStatus.REJECTED)
    before = {id_: snapshot(bulk_hub.person(id_)) for id_ in ("ada", "bob")}
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.run(operation_id)
    bulk_hub.set_status("bob", ParticipantStatus.CANCELLED)
    operation = bulk_hub.undo(operation_id)
    assert (operation.status, operation.undone, operation.undo_conflicts) == (S.PARTIALLY_UNDONE, 1, 1)
    assert bulk_hub.statuses(operation_id) == {"ada": Item.UNDONE, "bob": Item.UNDO_CONFLICT}
    assert snapshot(bulk_hub.person("ada")) == before["ada"] | {"version": 3}
    assert bulk_hub.person("bob").status is ParticipantStatus.CANCELLED


def test_what_a_later_undo_made_again_is_undone_too_but_not_who_was_edited_in_between(
    bulk_hub: BulkHub,
) -> None:
    people = ("ada", "bob", "cleo", "dan")
    bulk_hub.register(*people, category="Speaker")
    before = {id_: snapshot(bulk_hub.person(id_)) for id_ in people}
    first = bulk_hub.preview(ALL)
    bulk_hub.run(first)
    bulk_hub.set_status("bob", ParticipantStatus.REJECTED)
    for action, arguments in (("participant.category", {"category": "Press"}), ("participant.delete", {})):
        later = bulk_hub.preview(ALL, action, arguments)
        bulk_hub.run(later)
        if action == "participant.category":
            bulk_hub.set_status("cleo", ParticipantStatus.REJECTED)
        bulk_hub.undo(later)
    bulk_hub.set_status("dan", ParticipantStatus.REJECTED)
    operation = bulk_hub.undo(first)
    assert bulk_hub.statuses(first) == dict.fromkeys(people, Item.UNDO_CONFLICT) | {"ada": Item.UNDONE}
    assert (operation.undone, operation.undo_conflicts) == (1, 3)
    assert snapshot(bulk_hub.person("ada")) == before["ada"] | {"version": 7}
    assert {bulk_hub.person(id_).status for id_ in people[1:]} == {ParticipantStatus.REJECTED}


def test_what_was_undone_is_done_again_after_a_later_operation_was_undone(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada")
    first = bulk_hub.preview(ALL)
    bulk_hub.run(first)
    bulk_hub.undo(first)
    bulk_hub.undo(bulk_hub.run(bulk_hub.preview(ALL, "participant.category", {"category": "Press"})).id)
    assert bulk_hub.run(bulk_hub.preview(bulk.Selection(items_of=first))).succeeded == 1


def test_a_failed_item_keeps_none_of_its_effects_and_its_neighbours_are_done(
    bulk_hub: BulkHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_hub.register(*(f"p{number}" for number in range(5)))
    apply = SetParticipantStatus.apply

    def fail_after_writing(self: Any, work: Any, operation: Any, item: Any) -> Any:
        outcome = apply(self, work, operation, item)
        if item.target_id == "p2":
            raise Conflict
        if item.target_id == "p3":
            raise ZeroDivisionError
        return outcome

    monkeypatch.setattr(SetParticipantStatus, "apply", fail_after_writing)
    operation_id = bulk_hub.preview(ALL)
    operation = bulk_hub.run(operation_id)
    assert (operation.status, operation.succeeded, operation.failed) == (S.COMPLETED_WITH_ERRORS, 3, 2)
    for id_ in ("p2", "p3"):
        person = bulk_hub.person(id_)
        assert (person.status, person.version) == (ParticipantStatus.PENDING, 1)
    assert bulk_hub.items(operation_id)["p3"].reason == "BulkItemDefect"
    with bulk_hub.hub.uow.read() as work:
        changed = select(AuditLog.entity_id).where(AuditLog.action == "update_status")
        assert sorted(work.session.scalars(changed)) == ["p0", "p1", "p4"]
        emitted = select(StoredDomainEvent.entity_id).where(StoredDomainEvent.type == "ParticipantApproved")
        assert sorted(work.session.scalars(emitted)) == ["p0", "p1", "p4"]


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada")
    operation = bulk_hub.run(bulk_hub.preview(ALL, dry_run=True))
    assert (operation.status, operation.succeeded) == (S.COMPLETED, 1)
    assert not bulk.can_undo(operation)
    person = bulk_hub.person("ada")
    assert (person.status, person.version) == (ParticipantStatus.PENDING, 1)


def test_the_acts_of_an_operation_are_audited_with_it_and_are_one_webhook(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob")
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.run(operation_id)
    with bulk_hub.hub.uow.read() as work:
        of_operation = select(AuditLog.entity_id).where(AuditLog.operation_id == operation_id)
        assert sorted(work.session.scalars(of_operation)) == ["ada", "bob"]
        waiting = select(StoredDomainEvent.type).where(
            StoredDomainEvent.delivered_at.is_(None), StoredDomainEvent.type.like("%Completed")
        )
        assert list(work.session.scalars(waiting)) == ["BulkOperationCompleted"]
        single = select(StoredDomainEvent).where(
            StoredDomainEvent.type == "ParticipantApproved", StoredDomainEvent.delivered_at.is_(None)
        )
        assert not work.session.scalars(single).all()


def test_pause_and_cancel_take_effect_between_two_parts(bulk_hub: BulkHub) -> None:
    bulk_hub.register(*(f"p{number:03}" for number in range(100)))
    ticks = itertools.count()
    bulk_hub.runner = OperationRunner(bulk_hub.hub.uow, part_s=0.5, monotonic=lambda: float(next(ticks)))
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.start(operation_id)
    bulk_hub.work_off(most=1)
    done = bulk_hub.get(operation_id).succeeded
    assert 0 < done < 100
    with bulk_hub.hub.uow.begin() as work:
        bulk.pause(work, bulk_hub.key, operation_id)
    bulk_hub.work_off()
    assert bulk_hub.get(operation_id).succeeded == done
    with bulk_hub.hub.uow.begin() as work:
        bulk.resume(work, bulk_hub.key, operation_id, HUB)
    bulk_hub.work_off(most=1)
    with bulk_hub.hub.uow.begin() as work:
        bulk.cancel(work, bulk_hub.key, operation_id)
    bulk_hub.work_off()
    operation = bulk_hub.get(operation_id)
    assert operation.status is S.CANCELLED
    assert done < operation.succeeded < 100
    undone = bulk_hub.undo(operation_id)
    assert (undone.status, undone.undone) == (S.UNDONE, operation.succeeded)
    assert {bulk_hub.person(f"p{number:03}").status for number in range(100)} == {ParticipantStatus.PENDING}


def test_a_part_goes_on_while_nobody_waits_and_ends_once_somebody_does(bulk_hub: BulkHub) -> None:
    bulk_hub.register(*(f"p{number:03}" for number in range(100)))
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.start(operation_id)
    ticks, answers = itertools.count(step=LONGEST_PART_S / 1_000), iter([False, True])
    bulk_hub.runner = OperationRunner(
        bulk_hub.hub.uow,
        part_s=0,
        monotonic=lambda: next(ticks),
        is_waited_for=lambda: next(answers, True),
    )
    bulk_hub.work_off(most=1)
    alone = bulk_hub.get(operation_id).succeeded  # the second savepoint was begun, and the third not
    assert alone == 2 * BulkAction.at_once
    bulk_hub.work_off(most=1)
    assert bulk_hub.get(operation_id).succeeded - alone <= BulkAction.at_once


def test_a_part_reads_one_page_after_the_other_while_nobody_waits(bulk_hub: BulkHub) -> None:
    bulk_hub.register(*(f"p{number:03}" for number in range(100)))
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.start(operation_id)
    bulk_hub.runner = OperationRunner(
        bulk_hub.hub.uow, monotonic=lambda: 1.0, is_waited_for=lambda: False
    )  # its first page has 50 items
    bulk_hub.work_off(most=1)
    operation = bulk_hub.get(operation_id)
    assert (operation.status, operation.succeeded) == (S.COMPLETED, 100)
    undone = bulk_hub.undo(operation_id)
    assert (undone.status, undone.undone) == (S.UNDONE, 100)


def test_a_key_that_is_revoked_in_the_middle_stops_the_operation(bulk_hub: BulkHub) -> None:
    bulk_hub.register(*(f"p{number:03}" for number in range(100)))
    ticks = itertools.count()
    bulk_hub.runner = OperationRunner(
        bulk_hub.hub.uow, part_s=0.5, rights_s=0, monotonic=lambda: float(next(ticks))
    )
    key_id, _raw = make_key(bulk_hub.hub, bulk_hub.key.tenant_id, "participants:*", "bulk-operations:execute")
    requester = bulk.Requester("key:test", f"key:{key_id}")
    operation_id = bulk_hub.preview(ALL, requester=requester)
    bulk_hub.start(operation_id, requester)
    bulk_hub.work_off(most=1)
    with bulk_hub.hub.uow.begin() as work:
        api_keys.revoke(work, bulk_hub.key.tenant_id, key_id)
    bulk_hub.work_off()
    operation = bulk_hub.get(operation_id)
    assert (operation.status, operation.reason) == (S.FAILED, "BulkRightsLost")
    assert 0 < operation.succeeded < 100


def test_an_operation_pauses_when_bulk_operations_are_switched_off(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada")
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.start(operation_id)
    with bulk_hub.hub.uow.begin() as work:
        feature_flags.switch(work, bulk_hub.key.tenant_id, FF_BULK_OPERATIONS, enabled=False)
    bulk_hub.work_off()
    operation = bulk_hub.get(operation_id)
    assert (operation.status, operation.reason) == (S.PAUSED, "BulkSwitchedOff")


def test_what_runs_is_what_was_previewed(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob")
    operation_id = bulk_hub.preview(ids("ada"))
    with bulk_hub.hub.uow.begin() as work, pytest.raises(BulkPreviewChanged):
        bulk.run(work, bulk_hub.key, operation_id, HUB, "0" * 64)
    bulk_hub.run(operation_id)
    with bulk_hub.hub.uow.begin() as work, pytest.raises(BulkOperationState):
        bulk.run(work, bulk_hub.key, operation_id, HUB, "0" * 64)
    with pytest.raises(BulkOperationState):
        bulk.preview(bulk_hub.hub.uow, bulk_hub.key, operation_id)


def test_an_undo_after_its_time_is_refused(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada")
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.run(operation_id)
    bulk_hub.hub.clock.advance(timedelta(days=31))  # type: ignore[attr-defined]
    with bulk_hub.hub.uow.begin() as work, pytest.raises(BulkUndoOver):
        bulk.undo(work, bulk_hub.key, operation_id, HUB)


def test_what_was_undone_is_done_again_but_for_whom_was_changed_since(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob")
    first = bulk_hub.preview(ALL)
    bulk_hub.run(first)
    bulk_hub.undo(first)
    bulk_hub.set_status("bob", ParticipantStatus.CANCELLED)
    again = bulk_hub.preview(bulk.Selection(items_of=first))
    assert bulk_hub.statuses(again) == {"ada": Item.PENDING, "bob": Item.CONFLICT}
    bulk_hub.run(again)
    assert bulk_hub.person("ada").status is ParticipantStatus.APPROVED
    assert bulk_hub.person("bob").status is ParticipantStatus.CANCELLED

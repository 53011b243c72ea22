"""Operations: create, read, and what people do with them. Each change locks the row, and is audited."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, select

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk.actions.action import BulkAction
from hub_sync.hub.domains.bulk.actions.catalogue import all_actions, find_action
from hub_sync.hub.domains.bulk.engine.selection import check_query
from hub_sync.hub.domains.bulk.errors import (
    BulkActionUnknown,
    BulkArgumentsInvalid,
    BulkNothingToDo,
    BulkNotUndoable,
    BulkOperationNotFound,
    BulkOperationState,
    BulkPreviewChanged,
    BulkUndoOver,
)
from hub_sync.hub.domains.bulk.manifest import (
    BULK_CANCELLED,
    BULK_CREATED,
    BULK_ENDED,
    BULK_PAUSED,
    BULK_RESUMED,
    BULK_STARTED,
    BULK_UNDO_STARTED,
    BulkOperationCompleted,
    BulkOperationQueued,
)
from hub_sync.hub.domains.bulk.schemas import Selection
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.notifier import notify_after_commit
from hub_sync.hub.kit.stored_problems import problem_columns

S = BulkOperationStatus
UNDO_DAYS = 30
"""The days in which an operation can be undone; then what it was before is forgotten."""
LEASE_S = 60.0
"""Who takes longer for the next part of a preview, or to start what they have prepared, has died with their process."""
UNSTARTED = (S.DRAFT, S.PREVIEWED)
ACTIVE = frozenset((S.QUEUED, S.RUNNING, S.UNDOING))
CANCELLABLE = frozenset((S.DRAFT, S.PREVIEWED, S.QUEUED, S.RUNNING, S.PAUSED))
ENDED = frozenset((S.COMPLETED, S.COMPLETED_WITH_ERRORS, S.CANCELLED, S.FAILED))
OVER = ENDED | {S.UNDONE, S.PARTIALLY_UNDONE}


@dataclass(frozen=True, slots=True)
class Requester:
    """Names the person or key that does something with an operation.

    Attributes:
        actor: as the audit log names them.
        owner: `user:ID` or `key:ID`, whose rights are looked at while it runs; empty: whoever runs the hub.
    """

    actor: str
    owner: str = ""


def create(
    work: Work,
    key: FeedKey,
    requester: Requester,
    action_name: str,
    arguments: Mapping[str, Any],
    selection: Selection | None,
    *,
    dry_run: bool = False,
    prepared: bool = False,
) -> BulkOperation:
    """Create an operation, a draft.

    Args:
        work: the unit of work.
        key: the event.
        requester: who does it.
        action_name: the action.
        arguments: those of the action.
        selection: of whom; None: the caller inserts the items by itself (`previews.store_plans`).
        dry_run: True: it is tried, and nothing of it stays.
        prepared: True: the domain that prepares the operation creates it (`BulkAction.is_prepared`); nobody else can.

    Raises:
        EventNotFound, BulkOperationNotFound (of the selection): 404. BadRequest: 400, the selection's query.
        BulkActionUnknown, BulkArgumentsInvalid: 422.
    """
    events.check_exists(work, *key)
    action = get_action(action_name)
    if action.is_prepared and not prepared:
        raise _unknown(action_name)
    values = _parse_arguments(action, arguments)
    if selection is not None:
        check_selection(work, key, selection)
    operation = BulkOperation(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        type=action.type,
        action=action.name,
        status=S.DRAFT,
        filter=selection.model_dump(mode="json", exclude_defaults=True) if selection else {},
        arguments=values,
        dry_run=dry_run,
        requested_by=requester.actor,
        owner=requester.owner,
        origin_id=selection.items_of if selection else None,
    )
    work.session.add(operation)
    work.session.flush()
    _record(work, operation, BULK_CREATED, after=_summary(operation))
    return operation


def check_selection(work: Work, key: FeedKey, selection: Selection) -> None:
    """Check that a selection means something.

    Raises:
        BulkOperationNotFound: 404, the operation whose items are meant. BadRequest: 400, the query.
    """
    if selection.query is not None:
        check_query(selection.query)
    if selection.items_of is not None:
        get(work, key, selection.items_of)


def get_action(name: str) -> BulkAction:
    """Return the action of a name.

    Raises:
        BulkActionUnknown: 422.
    """
    action = find_action(name)
    if action is None:
        raise _unknown(name)
    return action


def _unknown(name: str) -> BulkActionUnknown:
    allowed = sorted(name for name, action in all_actions().items() if not action.is_prepared)
    return BulkActionUnknown(action=name, allowed=allowed)


def get(work: Work, key: FeedKey, operation_id: str) -> BulkOperation:
    """Return an operation of the event.

    Raises:
        BulkOperationNotFound: 404.
    """
    operation = work.session.get(BulkOperation, (key.tenant_id, operation_id))
    if operation is None or operation.event_id != key.event_id:
        raise BulkOperationNotFound
    return operation


def of_event(key: FeedKey) -> Select[BulkOperation]:
    """Return the query of an event's operations."""
    return select(BulkOperation).where(
        BulkOperation.tenant_id == key.tenant_id, BulkOperation.event_id == key.event_id
    )


def find_abandoned(work: Work, key: FeedKey, action_name: str) -> Sequence[BulkOperation]:
    """Return the operations of an action that were never started, and that nobody has been preparing for some time."""
    row = BulkOperation
    query = of_event(key).where(
        row.action == action_name,
        row.status.in_(UNSTARTED),
        row.updated_at < work.now() - timedelta(seconds=LEASE_S),
    )
    return work.session.scalars(query).all()


def get_for_update(work: Work, key: FeedKey, operation_id: str) -> BulkOperation:
    """Lock the operation's row until the transaction ends, and return it.

    Raises:
        BulkOperationNotFound: 404.
    """
    operation = work.session.get(
        BulkOperation, (key.tenant_id, operation_id), with_for_update=True, populate_existing=True
    )
    if operation is None or operation.event_id != key.event_id:
        raise BulkOperationNotFound
    return operation


def run(
    work: Work,
    key: FeedKey,
    operation_id: str,
    requester: Requester,
    selection_hash: str,
    *,
    prepared: bool = False,
) -> BulkOperation:
    """Start what was previewed.

    Args:
        work: the unit of work.
        key: the event.
        operation_id: the operation.
        requester: who starts it.
        selection_hash: that of the preview that they looked at.
        prepared: True: the domain that prepared the operation starts it (`BulkAction.is_prepared`).

    Raises:
        BulkOperationNotFound: 404. BulkOperationState, BulkNothingToDo: 409.
        BulkPreviewChanged: the preview was made anew (412).
    """
    operation = _in_state(work, key, operation_id, (S.PREVIEWED,))
    if get_action(operation.action).is_prepared and not prepared:
        raise BulkOperationState(state=operation.status.value)
    if operation.selection_hash != selection_hash:
        raise BulkPreviewChanged
    if operation.total == operation.skipped + operation.failed + operation.conflicts:
        raise BulkNothingToDo(state=operation.status.value)
    _take_over(operation, requester)
    return _move(work, operation, S.QUEUED, BULK_STARTED)


def pause(work: Work, key: FeedKey, operation_id: str) -> BulkOperation:
    """Pause a run, within the part that is under way.

    Raises:
        BulkOperationNotFound: 404. BulkOperationState: 409.
    """
    operation = _in_state(work, key, operation_id, (S.QUEUED, S.RUNNING))
    return _move(work, operation, S.PAUSED, BULK_PAUSED)


def resume(work: Work, key: FeedKey, operation_id: str, requester: Requester) -> BulkOperation:
    """Go on with a run that was paused.

    Raises:
        BulkOperationNotFound: 404. BulkOperationState: 409.
    """
    operation = _in_state(work, key, operation_id, (S.PAUSED,))
    _take_over(operation, requester)
    return _move(work, operation, S.QUEUED, BULK_RESUMED)


def cancel(work: Work, key: FeedKey, operation_id: str) -> BulkOperation:
    """End an operation, within the part that is under way; what is done stays, and can be undone.

    Raises:
        BulkOperationNotFound: 404. BulkOperationState: 409.
    """
    operation = _in_state(work, key, operation_id, CANCELLABLE)
    has_run = operation.started_at is not None
    _move(work, operation, S.CANCELLED, BULK_CANCELLED)
    _end(work, operation, announce=has_run)
    return operation


def undo(work: Work, key: FeedKey, operation_id: str, requester: Requester) -> BulkOperation:
    """Take back what an operation has done, but for what was changed since.

    Raises:
        BulkOperationNotFound: 404. BulkOperationState, BulkNotUndoable: 409. BulkUndoOver: 410.
    """
    operation = _in_state(work, key, operation_id, ENDED)
    if not can_undo(operation):
        raise BulkNotUndoable(state=operation.status.value)
    if operation.undo_until is None or operation.undo_until <= work.now():
        raise BulkUndoOver(until=operation.undo_until)
    _take_over(operation, requester)
    return _move(work, operation, S.UNDOING, BULK_UNDO_STARTED)


def can_undo(operation: BulkOperation) -> bool:
    """Return True if the operation has done something that can be taken back, whatever the time."""
    action = find_action(operation.action)
    return bool(
        action is not None
        and action.is_undoable
        and not operation.dry_run
        and operation.succeeded
        and operation.status in ENDED
    )


def finish(work: Work, operation: BulkOperation, counts: Mapping[BulkItemStatus, int]) -> None:
    """End a run or an undo whose items are all through.

    Args:
        work: the unit of work.
        operation: its locked row.
        counts: its items by status.
    """
    if operation.status is S.UNDOING:
        conflicts = counts.get(BulkItemStatus.UNDO_CONFLICT, 0)
        operation.status = S.PARTIALLY_UNDONE if conflicts else S.UNDONE
        operation.undone_at = work.now()
    else:
        wrong = operation.failed + operation.conflicts
        operation.status = S.COMPLETED_WITH_ERRORS if wrong else S.COMPLETED
    _end(work, operation)


def stop(work: Work, operation: BulkOperation, error: HubError, *, pause: bool = False) -> None:
    """End a run or an undo that may not go on; `pause`: it may, when somebody lets it."""
    for name, value in problem_columns(error).items():
        setattr(operation, name, value)
    if operation.status is S.UNDOING:
        operation.status, operation.undone_at = S.PARTIALLY_UNDONE, work.now()
    elif pause:
        operation.status = S.PAUSED
        _record(work, operation, BULK_PAUSED, after=_summary(operation))
        _wake(work, operation)
        return
    else:
        operation.status = S.FAILED
    _end(work, operation)


def _end(work: Work, operation: BulkOperation, *, announce: bool = True) -> None:
    now = work.now()
    if operation.ended_at is None:
        operation.ended_at = now
        operation.undo_until = now + timedelta(days=UNDO_DAYS)
    work.session.flush()
    if not announce:
        return
    _record(work, operation, BULK_ENDED, after=_summary(operation))
    if not operation.dry_run:
        domain_events.emit(
            work,
            operation.tenant_id,
            BulkOperationCompleted(
                entity_id=operation.id,
                event_id=operation.event_id,
                kind=operation.type.value,
                action=operation.action,
                status=operation.status.value,
                succeeded=operation.succeeded,
                failed=operation.failed + operation.conflicts,
                skipped=operation.skipped,
                undone=operation.undone,
            ),
        )
    _wake(work, operation)


def _in_state(
    work: Work, key: FeedKey, operation_id: str, states: Collection[BulkOperationStatus]
) -> BulkOperation:
    operation = get_for_update(work, key, operation_id)
    if operation.status not in states:
        raise BulkOperationState(state=operation.status.value)
    return operation


def _take_over(operation: BulkOperation, requester: Requester) -> None:
    operation.requested_by, operation.owner = requester.actor, requester.owner
    operation.reason = operation.error = operation.problem = None


def _move(
    work: Work, operation: BulkOperation, status: BulkOperationStatus, action: AuditAction
) -> BulkOperation:
    before = operation.status.value
    operation.status = status
    work.session.flush()
    _record(work, operation, action, before={"status": before}, after={"status": status.value})
    if status in ACTIVE:
        queued = BulkOperationQueued(entity_id=operation.id, event_id=operation.event_id)
        domain_events.emit(work, operation.tenant_id, queued)
    _wake(work, operation)
    return operation


def _wake(work: Work, operation: BulkOperation) -> None:
    """Have the event's live streams look."""
    notify_after_commit(work.session, FeedKey(operation.tenant_id, operation.event_id))


def _record(work: Work, operation: BulkOperation, action: AuditAction, **values: Any) -> None:
    audit.record(work, operation.tenant_id, action, operation.id, **values)


def _summary(operation: BulkOperation) -> dict[str, Any]:
    names = ("action", "total", "succeeded", "failed", "skipped", "conflicts", "undone", "undo_conflicts")
    return {
        "event_id": operation.event_id,
        "status": operation.status.value,
        **{name: getattr(operation, name) for name in names},
    }


def _parse_arguments(action: BulkAction, arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return action.arguments.model_validate(dict(arguments)).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "arguments"
        raise BulkArgumentsInvalid(action=action.name, problem=f"{place}: {first['msg']}") from None

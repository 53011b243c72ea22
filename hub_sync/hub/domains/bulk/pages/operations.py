"""The console's pages of bulk operations: choose, preview, run, result, undo, history."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import select

from hub_sync.contract.enums import BulkOperationStatus, BulkOperationType
from hub_sync.hub.console import FormInvalid, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.translation import error_message
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine.selection import AGAIN
from hub_sync.hub.domains.bulk.engine.ticket_file import tickets_of
from hub_sync.hub.domains.bulk.errors import (
    BulkOperationState,
    BulkPreviewChanged,
    BulkSelectionInvalid,
)
from hub_sync.hub.domains.bulk.form_selection import read_selection
from hub_sync.hub.domains.bulk.lists import ITEMS, OPERATIONS, reasons_of
from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.pages import choosing, counting, labels
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.tickets.bulk_files import BulkDownload, BulkFormat, send_download
from hub_sync.hub.domains.tickets.errors import NobodyGetsTicket
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery

S = BulkOperationStatus
HERE = "/events/{event_id}/bulk-operations"
_PATH = f"{HERE}/{{operation_id}}"
_ACCESS: dict[str, Any] = {
    "permissions": BULK_OPERATIONS_EXECUTE,
    "also": PARTICIPANTS_READ,
    "flag": FF_BULK_OPERATIONS,
}
_RETRIED = tuple(status for status in AGAIN if status is not BulkItemStatus.UNDONE)

router = PageRouter()


class HashForm(BaseModel):
    """The preview that was on the page."""

    selection_hash: str


@router.get(HERE, **_ACCESS)
def list_operations(
    page: PageCall, event_id: str, query: Annotated[ListQuery, Depends(OPERATIONS.parse_console_query)]
) -> Response:
    """Show the history of operations, the latest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    statement = bulk.of_event(_key(page, event_id)).where(BulkOperation.status != S.DRAFT)
    return page.render(
        "bulk/list.html",
        event=event,
        result=OPERATIONS.page(page.work, statement, query, page.tenant_id),
        words=labels,
        is_active=any_active,
    )


@router.get(f"{HERE}/choose", **_ACCESS)
def return_to_choice(page: PageCall, event_id: str) -> Response:
    """Show the choice again after a sign-in; without a selection, redirect to the list: the address in the browser's bar has none."""
    events.check_exists(page.work, page.tenant_id, event_id)
    if page.restored is not None:
        with suppress(BulkSelectionInvalid):
            return _show_choice(page, event_id, read_selection(page))
    say = _("Tick participants in their list, or filter it, and choose what should happen to all of them.")
    return page.redirect(f"/events/{event_id}/participants", say=say, tone="info")


@router.post(f"{HERE}/choose", **_ACCESS)
def choose(page: PageCall, event_id: str) -> Response:
    """Show what can be done with the selected participants; with a choice, make the preview of it."""
    with page.reading():
        events.check_exists(page.work, page.tenant_id, event_id)
    try:
        selection = read_selection(page)
    except BulkSelectionInvalid as error:
        of_deleted = page.value("act") == choosing.RESTORE
        back = f"/events/{event_id}/{'deleted-participants' if of_deleted else 'participants'}"
        return page.redirect(back, say=error_message(error), tone="bad")
    if not page.value("chosen"):
        return _show_choice(page, event_id, selection)
    try:
        form = page.parse(choosing.ChoiceForm)
        act = choosing.get_act(page, form.act)
        return _create(page, event_id, act.action, choosing.arguments_of(page, act, form), selection)
    except (FormInvalid, BulkSelectionInvalid) as error:
        page.refuse(error)
        return _show_choice(page, event_id, selection)


@router.get(_PATH, **_ACCESS)
def show_operation(
    page: PageCall,
    event_id: str,
    operation_id: str,
    query: Annotated[ListQuery, Depends(ITEMS.parse_console_query)],
) -> Response:
    """Show an operation: its preview, its progress or its result, and its items."""
    event = events.get(page.work, page.tenant_id, event_id)
    operation = bulk.get(page.work, _key(page, event_id), operation_id)
    item = bulk.BulkOperationItem
    statement = select(item).where(item.tenant_id == page.tenant_id, item.operation_id == operation.id)
    result = ITEMS.page(page.work, statement, query, page.tenant_id)
    reasons = reasons_of(page.work, page.tenant_id, [operation.id])[operation.id]
    counts: dict[BulkItemStatus, int] = {}
    for reason in reasons:
        counts[reason.status] = counts.get(reason.status, 0) + reason.count
    is_preview = operation.status in bulk.UNSTARTED
    again = counts.get(BulkItemStatus.UNDONE, 0)
    retry = sum(counts.get(status, 0) for status in _RETRIED)
    return page.render(
        "bulk/operation.html",
        event=event,
        operation=operation,
        title=labels.title_of(operation),
        words=labels,
        result=result,
        names=counting.names_of(page.work, operation, result.rows),
        counts=[(status, counts[status]) for status in labels.ITEM_STATUSES if status in counts],
        reasons=[reason for reason in reasons if reason.reason],
        to_do=counts.get(BulkItemStatus.PENDING, 0),
        is_preview=is_preview,
        is_active=operation.status in bulk.ACTIVE,
        is_watched=not is_preview and operation.status not in bulk.OVER,
        through=_through(operation),
        redoable=counting.count_redoable(page.work, operation) if operation.status is S.PREVIEWED else 0,
        may_act=_may_act(page, operation) and not (is_preview and _is_prepared(operation)),
        can_undo=bulk.can_undo(operation)
        and bool(operation.undo_until and operation.undo_until > page.work.now()),
        can_retry=operation.status in bulk.OVER
        and not operation.dry_run
        and not _is_prepared(operation)
        and bool(retry or again),
        retry=retry,
        has_tickets=operation.type is BulkOperationType.TICKET_ISSUE
        and bool(operation.succeeded)
        and not operation.dry_run,
        actor=_actor(operation),
    )


@router.post(f"{_PATH}/preview", **_ACCESS)
def preview_again(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Freeze the selection anew."""
    return _do(page, event_id, operation_id, None, _("The preview is made anew."))


@router.post(f"{_PATH}/run", **_ACCESS)
def run_operation(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Start what was previewed."""
    hash_ = page.parse(HashForm).selection_hash
    return _do(
        page,
        event_id,
        operation_id,
        lambda work, key: bulk.run(work, key, operation_id, _requester(page), hash_),
        "",
    )


@router.post(f"{_PATH}/try", **_ACCESS)
def try_operation(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Run a trial of what was previewed: everything is done to the same participants, and nothing of it stays."""
    key, path = _key(page, event_id), f"/events/{event_id}/bulk-operations"
    with page.hub.uow.read() as work:
        operation = bulk.get(work, key, operation_id)
    if operation.status is not S.PREVIEWED:
        error = BulkOperationState(state=operation.status.value)
        return page.redirect(f"{path}/{operation_id}", say=error_message(error), tone="bad")
    bulk.require_rights(page.caller, bulk.get_action(operation.action))
    selection = bulk.Selection(items_of=operation_id)
    with page.begin() as work:
        trial = bulk.create(
            work, key, _requester(page), operation.action, operation.arguments, selection, dry_run=True
        )
    hash_ = bulk.preview(page.hub.uow, key, trial.id)
    return _do(
        page, event_id, trial.id, lambda work, key: bulk.run(work, key, trial.id, _requester(page), hash_), ""
    )


@router.post(f"{_PATH}/pause", **_ACCESS)
def pause_operation(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Pause a run."""
    return _do(
        page, event_id, operation_id, lambda work, key: bulk.pause(work, key, operation_id), _("Paused.")
    )


@router.post(f"{_PATH}/resume", **_ACCESS)
def resume_operation(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Go on with a run."""
    return _do(
        page,
        event_id,
        operation_id,
        lambda work, key: bulk.resume(work, key, operation_id, _requester(page)),
        _("It goes on."),
    )


@router.post(f"{_PATH}/cancel", **_ACCESS)
def cancel_operation(page: PageCall, event_id: str, operation_id: str) -> Response:
    """End an operation."""
    return _do(
        page,
        event_id,
        operation_id,
        lambda work, key: bulk.cancel(work, key, operation_id),
        _("Cancelled. What is done stays done."),
    )


@router.get(f"{_PATH}/undo", **_ACCESS)
def ask_to_undo(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Show what an undo would take back, and what not."""
    event = events.get(page.work, page.tenant_id, event_id)
    operation = bulk.get(page.work, _key(page, event_id), operation_id)
    return page.render(
        "bulk/undo.html",
        event=event,
        operation=operation,
        title=labels.title_of(operation),
        figures=counting.undo_figures(page.work, operation),
    )


@router.post(f"{_PATH}/undo", **_ACCESS)
def undo_operation(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Take an operation back."""
    return _do(
        page,
        event_id,
        operation_id,
        lambda work, key: bulk.undo(work, key, operation_id, _requester(page)),
        "",
    )


@router.post(f"{_PATH}/again", **_ACCESS)
def do_again(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Make a new operation of the items that were not done, or were taken back, and preview it."""
    with page.hub.uow.read() as work:
        operation = bulk.get(work, _key(page, event_id), operation_id)
    selection = bulk.Selection(items_of=operation_id)
    return _create(page, event_id, operation.action, operation.arguments, selection)


@router.get(f"{_PATH}/tickets.pdf", **_ACCESS)
def download_ticket_pages(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Download the tickets of an operation as one PDF."""
    return _download(page, event_id, operation_id, BulkFormat.PDF)


@router.get(f"{_PATH}/tickets.zip", **_ACCESS)
def download_ticket_files(page: PageCall, event_id: str, operation_id: str) -> Response:
    """Download the tickets of an operation as an archive of PDF files."""
    return _download(page, event_id, operation_id, BulkFormat.PDF_FILES)


def any_active(operations: list[BulkOperation]) -> bool:
    """Return True if one of the operations moves."""
    return any(operation.status in bulk.ACTIVE for operation in operations)


def _show_choice(page: PageCall, event_id: str, selection: bulk.Selection) -> Response:
    with page.reading():
        everybody = selection.ids is None
        allowed = choosing.allowed_acts(page)
        choices = choosing.choices_of(page, _key(page, event_id), allowed)
        return page.render(
            "bulk/choose.html",
            event=events.get(page.work, page.tenant_id, event_id),
            acts=[act for act in allowed if all(choices[act.choice_field(name)] for name in act.chosen)],
            choices=choices,
            chosen_labels=choosing.CHOSEN_LABELS,
            count=len(selection.ids or ()),
            everybody=everybody,
            query=selection.query or "",
            ids=" ".join(selection.ids or ()),
            categories=participants.categories(page.work, page.tenant_id, event_id),
        )


def _create(
    page: PageCall, event_id: str, action: str, arguments: dict[str, Any], selection: bulk.Selection
) -> Response:
    """Create an operation, preview it, and show the preview.

    Raises:
        PermissionMissing: 403. BulkSelectionInvalid: 422.
    """
    key = _key(page, event_id)
    bulk.require_rights(page.caller, bulk.get_action(action))
    with page.begin() as work:
        operation = bulk.create(work, key, _requester(page), action, arguments, selection)
    bulk.preview(page.hub.uow, key, operation.id)
    return page.redirect(f"/events/{event_id}/bulk-operations/{operation.id}")


def _do(
    page: PageCall,
    event_id: str,
    operation_id: str,
    act: Callable[[Work, FeedKey], BulkOperation] | None,
    say: str,
) -> Response:
    """Do something with an operation and show it; None: preview it anew. What can't be done is said on its page."""
    key, path = _key(page, event_id), f"/events/{event_id}/bulk-operations/{operation_id}"
    with page.hub.uow.read() as work:
        operation = bulk.get(work, key, operation_id)
    bulk.require_rights(page.caller, bulk.get_action(operation.action))
    try:
        if act is None:
            bulk.preview(page.hub.uow, key, operation_id)
        else:
            with page.begin() as work:
                act(work, key)
    except (BulkPreviewChanged, BulkOperationState) as error:
        return page.redirect(path, say=error_message(error), tone="bad")
    return page.redirect(path, say=say)


def _download(page: PageCall, event_id: str, operation_id: str, file_format: BulkFormat) -> Response:
    key = _key(page, event_id)
    operation = bulk.get(page.work, key, operation_id)
    bulk.require_rights(page.caller, bulk.get_action(operation.action))
    download = BulkDownload(page.hub, key, tickets_of(operation), page.speech, page.work.now())
    try:
        return send_download(page.work, page.caller, download, file_format)
    except NobodyGetsTicket as error:
        path = f"/events/{event_id}/bulk-operations/{operation_id}"
        return page.redirect(path, say=error_message(error), tone="bad")


def _may_act(page: PageCall, operation: BulkOperation) -> bool:
    try:
        bulk.require_rights(page.caller, bulk.get_action(operation.action))
    except HubError:
        return False
    return True


def _is_prepared(operation: BulkOperation) -> bool:
    action = bulk.find_action(operation.action)
    return action is not None and action.is_prepared


def _through(operation: BulkOperation) -> int:
    """Return how many items of an operation are through, or taken back while it is undone."""
    if operation.status is S.UNDOING:
        return operation.total - operation.succeeded + operation.undone + operation.undo_conflicts
    return operation.succeeded + operation.failed + operation.skipped + operation.conflicts


def _actor(operation: BulkOperation) -> str:
    return operation.requested_by.partition(":")[2] or operation.requested_by


def _key(page: PageCall, event_id: str) -> FeedKey:
    return FeedKey(page.tenant_id, event_id)


def _requester(page: PageCall) -> bulk.Requester:
    return bulk.Requester(page.caller.actor, page.caller.bounds.owner)

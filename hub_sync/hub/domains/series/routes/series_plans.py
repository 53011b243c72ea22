"""Recurrences and changes with a scope over REST: each with its plan, and the way back."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.manifest import CHECKPOINTS_UPDATE
from hub_sync.hub.domains.events.errors import (
    DoorsReversed,
    EventExists,
    EventNotFound,
    EventTemplateStatusFixed,
)
from hub_sync.hub.domains.events.manifest import EVENTS_READ, EVENTS_UPDATE
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.editions.lists import SERIES_OPERATIONS
from hub_sync.hub.domains.series.editions.plan_schemas import (
    ChangeOptions,
    ChangePlan,
    RecurrenceOptions,
    RecurrencePlan,
    RunChange,
    RunRecurrence,
    SeriesOperationResponse,
)
from hub_sync.hub.domains.series.editions.rights import (
    require_change_rights,
    require_recurrence_rights,
    require_resume_rights,
)
from hub_sync.hub.domains.series.editions_manifest import SERIES_MANAGE, SERIES_READ
from hub_sync.hub.domains.series.errors import (
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    ClonePartUnknown,
    CloneTimeZoneUnknown,
    EditionNotFound,
    NamePatternInvalid,
    RecurrenceEmpty,
    RecurrenceTooLong,
    ScopeEmpty,
    ScopeUnconfirmed,
    SeriesBusy,
    SeriesNotFound,
    SeriesNothingLeft,
    SeriesOperationNotFound,
    SeriesOperationUndone,
    SeriesPlanBlocked,
    SeriesPlanChanged,
    SeriesUndoBlocked,
)
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/series/{series_id}", tags=["series"], flag=FF_EVENT_CLONE)
_RECURRENCE = {"permissions": SERIES_MANAGE, "also": (EVENT_CLONE_EXECUTE, EVENTS_READ)}
_CHANGE = {"permissions": SERIES_MANAGE, "also": (EVENTS_UPDATE, EVENTS_READ)}
_RECURRENCE_ERRORS = (
    SeriesNotFound,
    EventNotFound,
    EventExists,
    RecurrenceEmpty,
    RecurrenceTooLong,
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    ClonePartUnknown,
    CloneTimeZoneUnknown,
)
_CHANGE_ERRORS = (
    SeriesNotFound,
    EditionNotFound,
    ScopeEmpty,
    NamePatternInvalid,
    CloneDatesOutOfRange,
    EventTemplateStatusFixed,
)


@router.post("/edition-plans", **_RECURRENCE, schema=RecurrencePlan, errors=_RECURRENCE_ERRORS)
def plan_editions(call: Call, series_id: Id, options: RecurrenceOptions) -> Response:
    """Say which editions a recurrence would make: number, name, start, end and what to look at. Nothing is made.

    `edition-runs` takes the same options and the `plan_hash`.
    """
    require_recurrence_rights(call.caller, options)
    call.replay_if_stored()
    with call.hub.uow.read() as work:
        plan = service.plan_recurrence(work, call.tenant_id, series_id, options)
    with call.begin():
        return call.ok(plan)


@router.post(
    "/edition-runs",
    **_RECURRENCE,
    schema=SeriesOperationResponse,
    status=201,
    errors=(*_RECURRENCE_ERRORS, SeriesBusy, SeriesPlanChanged, SeriesPlanBlocked),
)
def run_editions(call: Call, series_id: Id, request: RunRecurrence) -> Response:
    """Make the editions that were planned.

    A few are there with the answer. Many are made in the background, some at a time: `status` says how far it is, and `total` and `done`
    count them. If it can't go on it is FAILED, and can be resumed or taken back; meanwhile nothing else changes the series.
    """
    options = request.options()
    require_recurrence_rights(call.caller, options)
    with call.begin() as work:
        operation = service.run_recurrence(
            work, call.tenant_id, series_id, options, request.plan_hash, call.caller.bounds.owner
        )
        location = f"{API}/series/{series_id}/operations/{operation.id}"
        return call.created(SeriesOperationResponse.model_validate(operation), location)


@router.post("/change-plans", **_CHANGE, schema=ChangePlan, errors=_CHANGE_ERRORS)
def plan_edition_changes(call: Call, series_id: Id, options: ChangeOptions) -> Response:
    """Say what a change of this edition, of it and later ones, or of all would change. Nothing is changed.

    What is over, and what somebody has changed by hand, is left alone unless it is `chosen`. `changes` takes the same options and the
    `plan_hash`. Opening hours need `checkpoints:update`.
    """
    require_change_rights(call.caller, options)
    call.replay_if_stored()
    with call.hub.uow.read() as work:
        plan = service.plan_change(work, call.tenant_id, series_id, options)
    with call.begin():
        return call.ok(plan)


@router.post(
    "/changes",
    **_CHANGE,
    schema=SeriesOperationResponse,
    status=201,
    errors=(
        *_CHANGE_ERRORS,
        SeriesBusy,
        SeriesPlanChanged,
        SeriesPlanBlocked,
        ScopeUnconfirmed,
        DoorsReversed,
    ),
)
def change_editions(call: Call, series_id: Id, request: RunChange) -> Response:
    """Change the editions as planned. Where people are registered, it has to be confirmed; they are written to at most once.

    A few are changed with the answer; many in the background, as with `edition-runs`.
    """
    options = request.options()
    require_change_rights(call.caller, options)
    with call.begin() as work:
        operation = service.run_change(
            work,
            call.tenant_id,
            series_id,
            options,
            request.plan_hash,
            confirmed=request.confirmed,
            notifies=request.notifies,
            owner=call.caller.bounds.owner,
        )
        location = f"{API}/series/{series_id}/operations/{operation.id}"
        return call.created(SeriesOperationResponse.model_validate(operation), location)


@router.get("/operations", permissions=SERIES_READ, listing=SERIES_OPERATIONS, errors=(SeriesNotFound,))
def list_series_operations(
    call: Call, series_id: Id, query: Annotated[ListQuery, Depends(SERIES_OPERATIONS.parse_query)]
) -> Response:
    """List what was done to many editions at once."""
    service.get_series(call.work, call.tenant_id, series_id)
    return SERIES_OPERATIONS.list_response(call, query, service.operations_of(call.tenant_id, series_id))


@router.get(
    "/operations/{series_operation_id}",
    permissions=SERIES_READ,
    schema=SeriesOperationResponse,
    listing=SERIES_OPERATIONS,
    errors=(SeriesOperationNotFound,),
)
def get_series_operation(
    call: Call,
    series_id: Id,
    series_operation_id: Id,
    selection: Annotated[FieldSelection, Depends(SERIES_OPERATIONS.parse_selection)],
) -> Response:
    """Return what was done to many editions at once."""
    operation = service.get_operation(call.work, call.tenant_id, series_id, series_operation_id)
    return SERIES_OPERATIONS.item_response(call, selection, operation)


@router.post(
    "/operations/{series_operation_id}/undo",
    permissions=SERIES_MANAGE,
    also=(EVENT_CLONE_EXECUTE, EVENTS_UPDATE, CHECKPOINTS_UPDATE),
    schema=SeriesOperationResponse,
    errors=(SeriesNotFound, SeriesBusy, SeriesOperationNotFound, SeriesOperationUndone, SeriesUndoBlocked),
)
def undo_series_operation(call: Call, series_id: Id, series_operation_id: Id) -> Response:
    """Take it back as a whole, as long as nothing was added or changed since; also while it runs. Nobody is written to.

    Many editions are taken back in the background: UNDOING, then UNDONE. If something was changed, nothing is taken back, and `error`
    says where.
    """
    with call.begin() as work:
        operation = service.undo_operation(
            work, call.tenant_id, series_id, series_operation_id, call.caller.bounds.owner
        )
        return call.ok(SeriesOperationResponse.model_validate(operation))


@router.post(
    "/operations/{series_operation_id}/resume",
    permissions=SERIES_MANAGE,
    also=(EVENT_CLONE_EXECUTE, EVENTS_UPDATE, CHECKPOINTS_UPDATE),
    schema=SeriesOperationResponse,
    errors=(
        *_RECURRENCE_ERRORS,
        SeriesBusy,
        SeriesOperationNotFound,
        SeriesNothingLeft,
        SeriesPlanBlocked,
    ),
)
def resume_series_operation(call: Call, series_id: Id, series_operation_id: Id) -> Response:
    """Go on with what has stopped in the middle: with the event that is copied, or the editions, as they are now."""
    with call.begin() as work:
        require_resume_rights(
            call.caller, service.get_operation(work, call.tenant_id, series_id, series_operation_id)
        )
        operation = service.resume_operation(
            work, call.tenant_id, series_id, series_operation_id, call.caller.bounds.owner
        )
        return call.ok(SeriesOperationResponse.model_validate(operation))

"""The console's pages of recurrences and of changes with a scope: the form, the plan, and the way back."""

from collections.abc import Sequence
from typing import Any

from babel.dates import get_day_names
from fastapi.responses import Response

from hub_sync.hub.console import N_, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.translation import spoken
from hub_sync.hub.console.local_times import time_zones
from hub_sync.hub.console.submissions.confirmations import WITHDRAWN_FIELD
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.manifest import CHECKPOINTS_UPDATE
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.events.manifest import EVENTS_READ, EVENTS_UPDATE, LIVE_STATUSES, STATUSES
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.cloning.dates import local_wall
from hub_sync.hub.domains.series.editions.recurrence import Frequency, Weekday
from hub_sync.hub.domains.series.editions.rights import (
    require_change_rights,
    require_recurrence_rights,
    require_resume_rights,
)
from hub_sync.hub.domains.series.editions.settings import HOURS, SETTINGS
from hub_sync.hub.domains.series.editions_manifest import OPERATION_STATUSES, SERIES_MANAGE
from hub_sync.hub.domains.series.errors import (
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    NamePatternInvalid,
    RecurrenceEmpty,
    RecurrenceTooLong,
    ScopeEmpty,
)
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.domains.series.pages.notes import name_text, sentence_of
from hub_sync.hub.domains.series.pages.operation_words import OPERATION_TONES
from hub_sync.hub.domains.series.pages.series_forms import (
    FREQUENCIES,
    SCOPES,
    WEEKS,
    ChangeForm,
    RecurrenceForm,
    all_event_options,
)
from hub_sync.hub.domains.series.tables import ACTIVE, state_of
from hub_sync.hub.domains.series.tables import SeriesOperationStatus as Status
from hub_sync.hub.kit.stored_problems import problem_sentence
from hub_sync.hub.kit.text_types import Id

_ONE = "/series/{series_id}"
_RECURRENCE = f"{_ONE}/recurrence"
_CHANGE = f"{_ONE}/change"
_MORE_SETTINGS = {"name_pattern": N_("Names"), "move_days": N_("Days later")}
"""The labels of what a change sets by a rule, for all editions alike."""

router = PageRouter()


@router.get(
    _RECURRENCE, permissions=SERIES_MANAGE, also=(EVENTS_READ, EVENT_CLONE_EXECUTE), flag=FF_EVENT_CLONE
)
def ask_recurrence(page: PageCall, series_id: Id) -> Response:
    """Show the form of a recurrence. It proposes to go on weekly after the last edition."""
    series = service.get_series(page.work, page.tenant_id, series_id)
    editions = service.list_editions(page.work, page.tenant_id, series_id)
    last = editions[-1] if editions else None
    today = local_wall(page.hub.clock.now(), series.time_zone).date()
    proposed = max(today, local_wall(last.starts_at, last.time_zone).date()) if last else today
    day_names = get_day_names("wide", locale=spoken().language)
    return page.render(
        "series/recurrence.html",
        series=series,
        sources=all_event_options(page),
        source_id=last.event_id if last else "",
        start_on=proposed.isoformat(),
        frequencies=[(key, _(label)) for key, label in FREQUENCIES.items()],
        frequency=Frequency.WEEKLY.value,
        weeks=[(key, _(label)) for key, label in WEEKS.items()],
        weekdays=[(day.value, day_names[n]) for n, day in enumerate(Weekday)],
    )


_BESIDE_RECURRENCE = {
    CloneHolidaysUnknown: "holidays",
    CloneDatesOutOfRange: "start_on",
    RecurrenceEmpty: "start_on",
    RecurrenceTooLong: "until",
    EventNotFound: "source_event_id",
}


@router.post(
    f"{_RECURRENCE}/plan",
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENT_CLONE_EXECUTE),
    flag=FF_EVENT_CLONE,
    on_error=ask_recurrence,
    beside=_BESIDE_RECURRENCE,
)
def show_recurrence_plan(page: PageCall, series_id: Id) -> Response:
    """Show the plan of a recurrence; nothing is made."""
    options = page.parse(RecurrenceForm).options()
    require_recurrence_rights(page.caller, options)
    with page.reading() as work:
        return page.render(
            "series/recurrence_plan.html",
            series=service.get_series(work, page.tenant_id, series_id),
            plan=service.plan_recurrence(work, page.tenant_id, series_id, options),
            sentence=sentence_of,
            name_text=name_text,
            sent=_sent(page, RecurrenceForm),
            withdrawn=WITHDRAWN_FIELD,
        )


@router.post(
    f"{_RECURRENCE}/run",
    creates=True,
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENT_CLONE_EXECUTE),
    flag=FF_EVENT_CLONE,
    on_error=ask_recurrence,
    beside=_BESIDE_RECURRENCE,
)
def run_recurrence(page: PageCall, series_id: Id) -> Response:
    """Make the editions that were looked at."""
    options = page.parse(RecurrenceForm).options()
    require_recurrence_rights(page.caller, options)
    with page.begin() as work:
        owner = page.caller.bounds.owner
        operation = service.run_recurrence(
            work, page.tenant_id, series_id, options, page.value("plan_hash"), owner
        )
        number, is_over = operation.total, operation.status is Status.COMPLETED
        progress = _operation_path(operation)
    if not is_over:
        return page.redirect(progress, say=_("The editions are being made."))
    return page.redirect(f"/series/{series_id}", say=_("%(number)s editions were made.") % {"number": number})


@router.get(_CHANGE, permissions=SERIES_MANAGE, also=(EVENTS_READ, EVENTS_UPDATE), flag=FF_EVENT_CLONE)
def ask_change(page: PageCall, series_id: Id) -> Response:
    """Show the form of a change with a scope; `edition` chooses the edition from which it begins."""
    series = service.get_series(page.work, page.tenant_id, series_id)
    editions = service.list_editions(page.work, page.tenant_id, series_id)
    now = page.hub.clock.now()
    upcoming = next((each.id for each in editions if each.ends_at >= now), "")
    chosen = page.value("edition_id") or page.request.query_params.get("edition", "") or upcoming
    anchor = next((each for each in editions if each.id == chosen), editions[0] if editions else None)
    checkpoints = (
        check_in.list_checkpoints(page.work, page.tenant_id, anchor.event_id)
        if anchor and page.caller.has_permission(CHECKPOINTS_UPDATE)
        else []
    )
    return page.render(
        "series/change.html",
        series=series,
        anchor=anchor,
        editions=[(each.id, f"{each.number} · {each.name}") for each in editions],
        scopes=[(key, _(label)) for key, label in SCOPES.items()],
        statuses=[("", _("Stays as it is")), *((key, _(label)) for key, label in LIVE_STATUSES.items())],
        zones=[("", _("Stays as it is")), *time_zones(series.time_zone)],
        checkpoints=[("", "—"), *((each.name, each.name) for each in checkpoints)],
    )


_BESIDE_CHANGE = {ScopeEmpty: "", NamePatternInvalid: "name_pattern", CloneDatesOutOfRange: "move_days"}


@router.post(
    f"{_CHANGE}/plan",
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENTS_UPDATE),
    flag=FF_EVENT_CLONE,
    on_error=ask_change,
    beside=_BESIDE_CHANGE,
)
def show_change_plan(page: PageCall, series_id: Id) -> Response:
    """Show the plan of a change; nothing is changed."""
    chosen = page.values("chosen")
    options = page.parse(ChangeForm).options(chosen)
    require_change_rights(page.caller, options)
    with page.reading() as work:
        return page.render(
            "series/change_plan.html",
            series=service.get_series(work, page.tenant_id, series_id),
            plan=service.plan_change(work, page.tenant_id, series_id, options),
            scope=SCOPES[options.scope],
            sentence=sentence_of,
            name_text=name_text,
            shown=_shown,
            sent=_sent(page, ChangeForm),
            chosen=chosen,
            withdrawn=WITHDRAWN_FIELD,
        )


@router.post(
    f"{_CHANGE}/run",
    creates=True,
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENTS_UPDATE),
    flag=FF_EVENT_CLONE,
    on_error=ask_change,
    beside=_BESIDE_CHANGE,
)
def run_change(page: PageCall, series_id: Id) -> Response:
    """Change the editions that were looked at."""
    options = page.parse(ChangeForm).options(page.values("chosen"))
    require_change_rights(page.caller, options)
    with page.begin() as work:
        operation = service.run_change(
            work,
            page.tenant_id,
            series_id,
            options,
            page.value("plan_hash"),
            confirmed=bool(page.value("confirmed")),
            notifies=bool(page.value("notifies")),
            owner=page.caller.bounds.owner,
        )
        number, is_over = operation.total, operation.status is Status.COMPLETED
        progress = _operation_path(operation)
    if not is_over:
        return page.redirect(progress, say=_("The editions are being changed."))
    return page.redirect(
        f"/series/{series_id}", say=_("%(number)s editions were changed.") % {"number": number}
    )


@router.get(
    f"{_ONE}/operations/{{series_operation_id}}",
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENT_CLONE_EXECUTE, EVENTS_UPDATE, CHECKPOINTS_UPDATE),
    flag=FF_EVENT_CLONE,
)
def show_operation(page: PageCall, series_id: Id, series_operation_id: Id) -> Response:
    """Show what is done to many editions: how far it is, why it has stopped, and the way back."""
    operation = service.get_operation(page.work, page.tenant_id, series_id, series_operation_id)
    series = service.get_series(page.work, page.tenant_id, series_id)
    settings = operation.options.get("settings", {})
    labels = {name: setting.label for name, setting in SETTINGS.items()} | _MORE_SETTINGS
    return page.render(
        "series/operation.html",
        series=series,
        operation=operation,
        badge=(_(OPERATION_STATUSES[operation.status]), OPERATION_TONES[operation.status]),
        is_active=operation.status in ACTIVE,
        problem=problem_sentence(operation.problem, operation.error, _),
        can_resume=service.can_resume(operation),
        can_undo=operation.status not in (Status.UNDOING, Status.UNDONE),
        state_of=state_of,
        settings=[_shown(name, labels[name], value) for name, value in settings.items() if name in labels],
    )


@router.post(
    f"{_ONE}/operations/{{series_operation_id}}/undo",
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENT_CLONE_EXECUTE, EVENTS_UPDATE, CHECKPOINTS_UPDATE),
    flag=FF_EVENT_CLONE,
    on_error=show_operation,
)
def undo_operation(page: PageCall, series_id: Id, series_operation_id: Id) -> Response:
    """Take it back."""
    with page.begin() as work:
        operation = service.undo_operation(
            work, page.tenant_id, series_id, series_operation_id, page.caller.bounds.owner
        )
        is_over, progress = operation.status is Status.UNDONE, _operation_path(operation)
    if not is_over:
        return page.redirect(progress, say=_("It is being taken back."))
    return page.redirect(f"/series/{series_id}", say=_("It was taken back."))


@router.post(
    f"{_ONE}/operations/{{series_operation_id}}/resume",
    permissions=SERIES_MANAGE,
    also=(EVENTS_READ, EVENT_CLONE_EXECUTE, EVENTS_UPDATE, CHECKPOINTS_UPDATE),
    flag=FF_EVENT_CLONE,
    on_error=show_operation,
)
def resume_operation(page: PageCall, series_id: Id, series_operation_id: Id) -> Response:
    """Go on with what has stopped in the middle."""
    with page.begin() as work:
        require_resume_rights(
            page.caller, service.get_operation(work, page.tenant_id, series_id, series_operation_id)
        )
        operation = service.resume_operation(
            work, page.tenant_id, series_id, series_operation_id, page.caller.bounds.owner
        )
        progress = _operation_path(operation)
    return page.redirect(progress, say=_("It goes on."))


def _operation_path(operation: service.SeriesOperation) -> str:
    return f"/series/{operation.series_id}/operations/{operation.id}"


def _sent(page: Page, form: Any) -> Sequence[tuple[str, str]]:
    """Return the fields of a form as they were sent, for the buttons of its plan."""
    return [(name, value) for name in form.model_fields for value in page.values(name)]


def _shown(field: str, label: str, value: object) -> tuple[str, str]:
    """Return what a setting and its value are called on the page."""
    name = field.removeprefix(HOURS) if field.startswith(HOURS) else _(label)
    if value is None:
        return name, "—"
    return name, _(STATUSES[str(value)]) if field == "status" else str(value)

"""The console's pages of series: the list, a series with its editions on a line of time, and the forms."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.local_times import time_zones
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.manifest import CHECKPOINTS_UPDATE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EVENTS_READ, EVENTS_UPDATE
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.editions.lists import SERIES
from hub_sync.hub.domains.series.editions.schemas import EditionChanges, NewEdition
from hub_sync.hub.domains.series.editions_manifest import OPERATION_STATUSES, SERIES_MANAGE, SERIES_READ
from hub_sync.hub.domains.series.editions_manifest import SERIES as SERIES_ENTITY
from hub_sync.hub.domains.series.errors import (
    EditionNumberTaken,
    EventInSeries,
    NamePatternInvalid,
    SeriesChanged,
    SeriesExists,
)
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.domains.series.pages import public_series
from hub_sync.hub.domains.series.pages.operation_words import OPERATION_TONES
from hub_sync.hub.domains.series.pages.series_forms import (
    EditionForm,
    EditionNumberForm,
    SeriesEditForm,
    SeriesForm,
    all_event_options,
    series_values,
)
from hub_sync.hub.domains.series.service import EditionSummary
from hub_sync.hub.domains.series.tables import ACTIVE, DEFAULT_NAME_PATTERN
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.stored_problems import problem_sentence
from hub_sync.hub.kit.text_types import Id

_PATH = "/series"
_ONE = f"{_PATH}/{{series_id}}"
_EDITION = f"{_ONE}/editions/{{edition_id}}"
_MOST_OPERATIONS = 10
_BESIDE = {SeriesExists: "slug", NamePatternInvalid: "name_pattern", SeriesChanged: ""}

router = PageRouter()


@router.get(_PATH, permissions=SERIES_READ, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def list_series(page: PageCall, query: Annotated[ListQuery, Depends(SERIES.parse_console_query)]) -> Response:
    """List the series, each with its next edition."""
    result = SERIES.page(page.work, service.all_series(page.tenant_id), query, page.tenant_id)
    now = page.hub.clock.now()
    editions = {row.id: service.list_editions(page.work, page.tenant_id, row.id) for row in result.rows}
    upcoming = {
        series_id: next((each for each in rows if each.ends_at >= now), None)
        for series_id, rows in editions.items()
    }
    return page.render("series/series_list.html", result=result, editions=editions, upcoming=upcoming)


@router.get(f"{_PATH}/new", permissions=SERIES_MANAGE, flag=FF_EVENT_CLONE)
def new_series(page: PageCall) -> Response:
    """Show the form of a new series."""
    zone = page.speech.time_zone
    values = {
        "name": "",
        "slug": "",
        "description": "",
        "time_zone": zone,
        "name_pattern": DEFAULT_NAME_PATTERN,
        "is_public": False,
    }
    return page.render("series/series_new.html", values=values, zones=time_zones(zone))


@router.post(
    f"{_PATH}/new",
    creates=True,
    permissions=SERIES_MANAGE,
    flag=FF_EVENT_CLONE,
    on_error=new_series,
    beside=_BESIDE,
)
def create_series(page: PageCall) -> Response:
    """Create the series."""
    form = page.parse(SeriesForm)
    with page.begin() as work:
        path = f"{_PATH}/{service.create_series(work, page.tenant_id, form.new_series()).id}"
    say = _("“%(name)s” was created. Add an event, or make editions by a recurrence.")
    return page.redirect(path, say=say % {"name": isolated(form.name)})


@router.get(_ONE, permissions=SERIES_READ, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def show_series(page: PageCall, series_id: Id) -> Response:
    """Show a series with its editions on a line of time, and what was done to many of them."""
    series = service.get_series(page.work, page.tenant_id, series_id)
    editions = service.list_editions(page.work, page.tenant_id, series_id, counts_people=True)
    query = service.operations_of(page.tenant_id, series_id).order_by(
        service.SeriesOperation.created_at.desc()
    )
    operations = page.work.session.scalars(query.limit(_MOST_OPERATIONS)).all()
    actors = [actor for each in operations for actor in (each.requested_by, each.undone_by) if actor]
    names = audit.names_of_actors(page.work, page.tenant_id, actors)
    now = page.hub.clock.now()
    may_make = all(map(page.caller.has_permission, (SERIES_MANAGE, EVENT_CLONE_EXECUTE)))
    may_change = all(map(page.caller.has_permission, (SERIES_MANAGE, EVENTS_UPDATE)))
    may_go_on = may_make and may_change and page.caller.has_permission(CHECKPOINTS_UPDATE)
    return page.render(
        "series/series.html",
        series=series,
        editions=editions,
        next_id=next((each.id for each in editions if each.ends_at >= now), ""),
        now=now,
        phase_of=lambda edition: events.phase_of(edition, now),
        operations=operations,
        operation_statuses=OPERATION_STATUSES,
        operation_tones=OPERATION_TONES,
        active=next((each for each in operations if each.status in ACTIVE), None),
        stopped=[each for each in operations if may_go_on and service.can_resume(each)],
        problem_of=lambda each: problem_sentence(each.problem, each.error, _),
        actor_of=lambda actor: names.get(actor) or audit.actor_name(actor),
        events=_other_events(page, editions) if page.caller.has_permission(SERIES_MANAGE) else [],
        may_make=may_make,
        may_change=may_change,
        may_go_on=may_go_on,
        public_page=public_series.PATH.format(
            tenant_slug=tenants.get(page.work, page.tenant_id).slug, series_slug=series.slug
        ),
    )


@router.get(f"{_ONE}/edit", permissions=SERIES_MANAGE, flag=FF_EVENT_CLONE)
def edit_series(page: PageCall, series_id: Id) -> Response:
    """Show the form of a series, with its history."""
    series = service.get_series(page.work, page.tenant_id, series_id)
    entries = audit.entries_of(page.work, page.tenant_id, SERIES_ENTITY.name, series_id)
    return page.render(
        "series/series_edit.html",
        series=series,
        values=series_values(series),
        zones=time_zones(series.time_zone),
        history=audit.history(page.work, entries[-20:][::-1], series.time_zone),
    )


@router.post(
    f"{_ONE}/edit", permissions=SERIES_MANAGE, flag=FF_EVENT_CLONE, on_error=edit_series, beside=_BESIDE
)
def update_series(page: PageCall, series_id: Id) -> Response:
    """Update the series."""
    with page.begin() as work:
        series = service.get_series(work, page.tenant_id, series_id)
        audit.merge_form(page, work, SERIES_ENTITY.name, series, series_values(series), page.speech.time_zone)
        changes = page.parse(SeriesEditForm).changes()
        service.update_series(work, page.tenant_id, series_id, changes, series.version)
    return page.redirect(f"{_PATH}/{series_id}", say=_("The changes are saved."))


@router.post(f"{_ONE}/delete", permissions=SERIES_MANAGE, flag=FF_EVENT_CLONE, on_error=edit_series)
def delete_series(page: PageCall, series_id: Id) -> Response:
    """Delete the series; its events stay."""
    with page.begin() as work:
        name = service.get_series(work, page.tenant_id, series_id).name
        service.delete_series(work, page.tenant_id, series_id)
    return page.redirect(_PATH, say=_("“%(name)s” was deleted. Its events stay.") % {"name": isolated(name)})


@router.post(
    f"{_ONE}/editions",
    permissions=SERIES_MANAGE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=show_series,
    beside={EditionNumberTaken: "number", EventInSeries: "event_id"},
)
def add_edition(page: PageCall, series_id: Id) -> Response:
    """Make an event an edition."""
    form = page.parse(EditionForm)
    with page.begin() as work:
        new = NewEdition(event_id=form.event_id, number=form.number)
        number = service.add_edition(work, page.tenant_id, series_id, new).number
    return page.redirect(f"{_PATH}/{series_id}", say=_("It is edition %(number)s now.") % {"number": number})


@router.get(_EDITION, permissions=SERIES_MANAGE, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def edit_edition(page: PageCall, series_id: Id, edition_id: Id) -> Response:
    """Show the form of an edition: its number, and the way out of the series."""
    series = service.get_series(page.work, page.tenant_id, series_id)
    edition = service.get_edition(page.work, page.tenant_id, series_id, edition_id)
    event = events.get(page.work, page.tenant_id, edition.event_id)
    return page.render("series/edition.html", series=series, edition=edition, event=event)


@router.post(
    _EDITION,
    permissions=SERIES_MANAGE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=edit_edition,
    beside={EditionNumberTaken: "number"},
)
def renumber_edition(page: PageCall, series_id: Id, edition_id: Id) -> Response:
    """Give the edition another number."""
    changes = EditionChanges(number=page.parse(EditionNumberForm).number)
    with page.begin() as work:
        service.renumber_edition(work, page.tenant_id, series_id, edition_id, changes)
    return page.redirect(f"{_PATH}/{series_id}", say=_("The changes are saved."))


@router.post(
    f"{_EDITION}/remove",
    permissions=SERIES_MANAGE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=edit_edition,
)
def remove_edition(page: PageCall, series_id: Id, edition_id: Id) -> Response:
    """Take the event out of the series."""
    with page.begin() as work:
        service.remove_edition(work, page.tenant_id, series_id, edition_id)
    return page.redirect(f"{_PATH}/{series_id}", say=_("The event is of no series any more."))


def _other_events(page: Page, editions: list[EditionSummary]) -> list[tuple[str, str]]:
    """Return the events that could become an edition, as options of a list."""
    own = {each.event_id for each in editions}
    return [(id_, name) for id_, name in all_event_options(page) if id_ not in own]

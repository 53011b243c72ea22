"""Business calendars over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.workflows.calendars import calendars as service
from hub_sync.hub.domains.workflows.calendars.errors import (
    BusinessCalendarChanged,
    BusinessCalendarExists,
    BusinessCalendarInUse,
    BusinessCalendarNotFound,
    BusinessHoursInvalid,
    CalendarNeverOpens,
    HolidayRegionUnknown,
    TooManyHolidays,
)
from hub_sync.hub.domains.workflows.calendars.lists import CALENDARS
from hub_sync.hub.domains.workflows.calendars.schemas import (
    BusinessCalendarChanges,
    BusinessCalendarResponse,
    NewBusinessCalendar,
    PublicHolidays,
)
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.sla_tables import BusinessCalendar
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/business-calendars", tags=["business-calendars"])


@router.get("", permissions=WORKFLOWS_READ, listing=CALENDARS)
def list_business_calendars(
    call: Call, query: Annotated[ListQuery, Depends(CALENDARS.parse_query)]
) -> Response:
    """List the business hours of the organisation."""
    return CALENDARS.list_response(call, query, service.all_of(call.tenant_id))


@router.get(
    "/{calendar_id}",
    permissions=WORKFLOWS_READ,
    schema=BusinessCalendarResponse,
    listing=CALENDARS,
    errors=(BusinessCalendarNotFound,),
)
def get_business_calendar(
    call: Call, calendar_id: Id, selection: Annotated[FieldSelection, Depends(CALENDARS.parse_selection)]
) -> Response:
    """Return business hours with their holidays. A change takes the ETag as `If-Match`."""
    return CALENDARS.item_response(call, selection, service.get(call.work, call.tenant_id, calendar_id))


@router.post(
    "",
    permissions=WORKFLOWS_MANAGE,
    schema=BusinessCalendarResponse,
    status=201,
    errors=(BusinessCalendarExists, BusinessHoursInvalid, CalendarNeverOpens),
)
def create_business_calendar(call: Call, new: NewBusinessCalendar) -> Response:
    """Create business hours, by which the time of a step can count."""
    with call.begin() as work:
        calendar = service.create(work, call.tenant_id, new)
        location = f"{API}/business-calendars/{calendar.id}"
        return call.created(
            BusinessCalendarResponse.model_validate(calendar), location, version=calendar.version
        )


@router.put(
    "/{calendar_id}",
    permissions=WORKFLOWS_MANAGE,
    schema=BusinessCalendarResponse,
    errors=(
        BusinessCalendarNotFound,
        BusinessCalendarChanged,
        BusinessCalendarExists,
        BusinessHoursInvalid,
        CalendarNeverOpens,
    ),
)
def update_business_calendar(call: Call, calendar_id: Id, changes: BusinessCalendarChanges) -> Response:
    """Change the members of the body; the others stay. Deadlines that run keep their hours. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        return _answer(call, service.update(work, call.tenant_id, calendar_id, changes, version))


@router.post(
    "/{calendar_id}/public-holidays",
    permissions=WORKFLOWS_MANAGE,
    schema=BusinessCalendarResponse,
    errors=(BusinessCalendarNotFound, HolidayRegionUnknown, TooManyHolidays),
)
def add_public_holidays(call: Call, calendar_id: Id, wanted: PublicHolidays) -> Response:
    """Add the public holidays of a country or region in a year. A day that is there already keeps its name."""
    with call.begin() as work:
        return _answer(call, service.add_public_holidays(work, call.tenant_id, calendar_id, wanted))


@router.delete(
    "/{calendar_id}",
    permissions=WORKFLOWS_MANAGE,
    errors=(BusinessCalendarNotFound, BusinessCalendarChanged, BusinessCalendarInUse),
)
def delete_business_calendar(call: Call, calendar_id: Id) -> Response:
    """Delete business hours that no workflow names. Deadlines that run by them keep them. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.remove(work, call.tenant_id, calendar_id, version)
        return call.no_content()


def _answer(call: Call, calendar: BusinessCalendar) -> Response:
    return call.ok(BusinessCalendarResponse.model_validate(calendar), version=calendar.version)

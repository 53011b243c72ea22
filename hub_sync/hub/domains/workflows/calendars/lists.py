"""The list of business calendars."""

from hub_sync.hub.domains.workflows.calendars.schemas import BusinessCalendarResponse
from hub_sync.hub.domains.workflows.sla_tables import BusinessCalendar
from hub_sync.hub.kit.lists.result_pages import Listing

CALENDARS = Listing(
    row=BusinessCalendar,
    schema=BusinessCalendarResponse,
    sorts={
        "name": BusinessCalendar.name,
        "created_at": BusinessCalendar.created_at,
        "updated_at": BusinessCalendar.updated_at,
    },
    default_sort="name",
    filters={"name": BusinessCalendar.name},
)

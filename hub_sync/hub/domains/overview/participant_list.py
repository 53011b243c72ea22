"""The list of participants. It is here and not in `participants`, since it says who is inside."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.console import N_, PageCall, PageRouter
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import PresenceStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, STATUS_TONES, STATUSES
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.filters import escape_value, split_values
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

PRESENCES: dict[PresenceStatus, str] = {
    PresenceStatus.INSIDE: N_("Inside"),
    PresenceStatus.LEFT: N_("Left"),
    PresenceStatus.ABSENT: N_("Not arrived"),
}
NEWEST_FIRST = (("id", True),)

router = PageRouter()


@router.get("/events/{event_id}/participants", permissions=PARTICIPANTS_READ)
def list_participants(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(PARTICIPANTS.parse_console_query)]
) -> Response:
    """List the participants of an event, by default the newest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    if not any(name == "sort" for name, _value in query.parameters):
        query = replace(query, sort=NEWEST_FIRST)
    statement = participants.of_event(page.tenant_id, event_id)
    exact = participants.find_exact(page.work, page.tenant_id, event_id, query.search) if query.search else []
    if exact:
        query, statement = replace(query, search=""), statement.where(participants.Participant.id.in_(exact))
    column = participants.Participant.id
    statement = check_in.narrow_to_presence(statement, column, key, page.request.query_params)
    result = PARTICIPANTS.page(page.work, statement, query, page.tenant_id)
    counts = participants.count_by_status(page.work, page.tenant_id, event_id)
    return page.render(
        "overview/participants.html",
        event=event,
        result=result,
        counts=counts,
        total=sum(counts.values()),
        inside=check_in.counts(page.work, page.tenant_id, event_id)[0].current,
        categories=[
            (escape_value(name), name)
            for name in participants.categories(page.work, page.tenant_id, event_id)
        ],
        whereabouts=check_in.whereabouts_of(page.work, key, [row.id for row in result.rows]),
        presences=PRESENCES,
        statuses=STATUSES,
        tones=STATUS_TONES,
        filters=page.request.url.query,
        group=", ".join(split_values(page.request.query_params.get("filter[group_ref]", ""))),
        name_of=participants.display_name,
        instant=from_epoch_ms,
    )

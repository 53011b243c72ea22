"""The reports of turnstiles, over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.check_in.lists import PASSAGES, select_passages
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.redaction import conceal_text
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/passages", tags=["check-in"])


@router.get("", permissions="access-logs:read", listing=PASSAGES, errors=(EventNotFound,))
def list_passages(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(PASSAGES.parse_query)]
) -> Response:
    """List what stations reported of passages at their turnstiles, the latest first.

    A late turn may follow a report that nobody passed: the admission's own `passage` in the access log is what counts.
    Admissions of which nothing is reported yet are in the access log with `filter[passage]=GRANTED`. Without
    `participants:read`, “…” stands for a note, which may hold a name.
    """
    events.get(call.work, call.tenant_id, event_id)
    rows = select_passages(call.tenant_id, event_id)
    return PASSAGES.list_response(call, query, rows, conceal_text(call.caller, "note"))

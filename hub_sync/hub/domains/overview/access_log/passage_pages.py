"""The console's list of passages: what stations reported of their turnstiles."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.lists import PASSAGES, select_passages
from hub_sync.hub.domains.check_in.manifest import ACCESS_LOGS_READ, PASSAGE_CAUSES
from hub_sync.hub.domains.check_in.manifest import PASSAGES as PASSAGE_WORDS
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview.access_log.names import person_names
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.lists.query_parameters import ListQuery
from hub_sync.hub.kit.text_types import Id

DOUBTFUL = "doubtful"
"""The tab of passages that somebody should look into, as its address names it."""

router = PageRouter()


@router.get("/events/{event_id}/access-log/passages", permissions=ACCESS_LOGS_READ)
def list_passages(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(PASSAGES.parse_console_query)]
) -> Response:
    """List what stations reported of passages, the latest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    query.raise_if_invalid()
    view = DOUBTFUL if page.request.query_params.get("view") == DOUBTFUL else ""
    statement = select_passages(*key)
    if view:
        statement = statement.where(check_in.doubtful_condition())
    result = PASSAGES.page(page.work, statement, query, page.tenant_id, Cursors(page.hub.secret_box))
    scans = [row.access_log_id for row in result.rows if row.access_log_id]
    people = check_in.participants_of(page.work, page.tenant_id, scans)
    names = person_names(page, key, people.values())
    device_ids = {row.device_id for row in result.rows}
    return page.render(
        "access_log/passages.html",
        event=event,
        result=result,
        view=view,
        doubtful=DOUBTFUL,
        is_filtered=bool(query.conditions),
        checkpoints=check_in.checkpoint_names(page.work.session, key),
        stations=[
            (device.id, device.name)
            for device in devices.list_in_service(page.work, page.tenant_id, event_id, with_former=True)
        ],
        scanners=audit.names_of(page.work, page.tenant_id, "kiosk_device", device_ids),
        causes=PASSAGE_CAUSES,
        outcomes=PASSAGE_WORDS,
        names={scan: names[person] for scan, person in people.items() if person in names},
        operator_name=audit.actor_name,
        instant=from_epoch_ms,
    )

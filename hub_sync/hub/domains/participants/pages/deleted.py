"""The page of deleted participants, from which they are brought back: one, or many by a bulk operation."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import error_message
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    EventFull,
    ExternalIdTaken,
    ParticipantChanged,
    ParticipantNotFound,
)
from hub_sync.hub.domains.participants.forms import DeleteParticipantForm
from hub_sync.hub.domains.participants.lists import DELETED
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_DELETE, PARTICIPANTS_READ
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

HERE = "/events/{event_id}/deleted-participants"

router = PageRouter()


@router.get(HERE, permissions=PARTICIPANTS_DELETE, also=PARTICIPANTS_READ)
def list_deleted(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(DELETED.parse_console_query)]
) -> Response:
    """List the deleted participants of an event, the latest deletion first."""
    event = events.get(page.work, page.tenant_id, event_id)
    statement = participants.deleted_of_event(page.tenant_id, event_id)
    return page.render(
        "participants/deleted.html",
        event=event,
        result=DELETED.page(page.work, statement, query, page.tenant_id),
        name_of=participants.display_name,
    )


@router.post(f"{HERE}/{{participant_id}}/restore", permissions=PARTICIPANTS_DELETE, also=PARTICIPANTS_READ)
def restore_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Bring a deleted participant back."""
    form = page.parse(DeleteParticipantForm)
    path = f"/events/{event_id}/deleted-participants"
    try:
        with page.begin() as work:
            events.check_exists(work, page.tenant_id, event_id)
            person = participants.restore(work, page.tenant_id, event_id, participant_id, form.version)
            name = participants.display_name(person)
    except (ParticipantNotFound, ParticipantChanged, ExternalIdTaken, EventFull) as error:
        return page.redirect(path, say=error_message(error), tone="bad")
    return page.redirect(
        path, say=_("%(name)s is back. Gates admit from their next pull on.") % {"name": isolated(name)}
    )

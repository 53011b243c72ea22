"""The pages of participants: the list, registering, changing, deciding, deleting.

The page of one person stands in `overview`: it tells of scans too, which participants know nothing of.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants import statistics
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
)
from hub_sync.hub.domains.participants.forms import (
    TONES,
    DeleteParticipantForm,
    NewParticipantForm,
    ParticipantForm,
    StatusForm,
    display_name,
    form_values,
)
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANTS_CREATE,
    PARTICIPANTS_DELETE,
    PARTICIPANTS_READ,
    PARTICIPANTS_UPDATE,
    STATUSES,
)
from hub_sync.hub.kit.lists.listing import ListQuery
from hub_sync.hub.kit.lists.pagination import Cursors
from hub_sync.hub.kit.text_types import Id

_PLACE = "/events/{event_id}/participants"
_ONE = f"{_PLACE}/{{participant_id}}"
_BESIDE = {
    RegistrationCodeTaken: "registration_code",
    RegistrationCodeUnusable: "registration_code",
    ParticipantChanged: "",
}
NEWEST_FIRST = (("id", True),)

router = PageRouter()


@router.get(_PLACE, permissions=PARTICIPANTS_READ)
def list_participants(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(PARTICIPANTS.parse_console_query)]
) -> Response:
    """Everybody of an event, the newest first unless asked otherwise."""
    event = events.get(page.work, page.tenant_id, event_id)
    if not any(name == "sort" for name, _value in query.parameters):
        query = replace(query, sort=NEWEST_FIRST)
    statement = participants.of_event(page.tenant_id, event_id)
    exact = statistics.find_exact(page.work, page.tenant_id, event_id, query.search) if query.search else []
    if exact:
        query, statement = replace(query, search=""), statement.where(participants.Participant.id.in_(exact))
    found = PARTICIPANTS.page(page.work, statement, query, page.tenant_id, Cursors(page.hub.secret_box))
    counts = statistics.count_by_status(page.work, page.tenant_id, event_id)
    return page.render(
        "participants/list.html",
        event=event,
        found=found,
        counts=counts,
        total=sum(counts.values()),
        categories=[(one, one) for one in statistics.categories(page.work, page.tenant_id, event_id)],
        statuses=STATUSES,
        tones=TONES,
        name_of=display_name,
    )


@router.get(f"{_PLACE}/new", permissions=PARTICIPANTS_CREATE)
def new_participant(page: PageCall, event_id: Id) -> Response:
    """The form for a new registration."""
    return page.render(
        "participants/new.html",
        event=events.get(page.work, page.tenant_id, event_id),
        categories=statistics.categories(page.work, page.tenant_id, event_id),
    )


@router.post(f"{_PLACE}/new", permissions=PARTICIPANTS_CREATE, on_error=new_participant, beside=_BESIDE)
def create_participant(page: PageCall, event_id: Id) -> Response:
    """Register somebody."""
    asked = page.parse(NewParticipantForm)
    with page.begin() as work:
        events.get(work, page.tenant_id, event_id)
        made = participants.create(work, page.tenant_id, event_id, asked.new_participant())
        made_id, name = made.id, display_name(made)
    return page.redirect(
        f"/events/{event_id}/participants/{made_id}", say=_("%(name)s is registered.") % {"name": name}
    )


@router.get(f"{_ONE}/edit", permissions=PARTICIPANTS_UPDATE)
def edit_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """The form of a registration; where somebody was quicker, with what they changed."""
    event = events.get(page.work, page.tenant_id, event_id)
    person = participants.get(page.work, page.tenant_id, event_id, participant_id)
    entries = audit.entries_of(page.work, page.tenant_id, "participant", participant_id)
    meanwhile = audit.since_version(entries, page.value("version", person.version))
    return page.render(
        "participants/edit.html",
        event=event,
        person=person,
        name=display_name(person),
        filled=form_values(person),
        categories=statistics.categories(page.work, page.tenant_id, event_id),
        meanwhile=audit.history(meanwhile, event.time_zone),
    )


@router.post(f"{_ONE}/edit", permissions=PARTICIPANTS_UPDATE, on_error=edit_participant, beside=_BESIDE)
def change_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Change it."""
    asked = page.parse(ParticipantForm)
    with page.begin() as work:
        events.get(work, page.tenant_id, event_id)
        participants.update(work, page.tenant_id, event_id, participant_id, asked.changes(), asked.version)
    return page.redirect(_page_of(event_id, participant_id), say=_("The changes are saved."))


@router.post(f"{_ONE}/status", permissions=PARTICIPANTS_UPDATE)
def decide(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Approve, reject, cancel, or put back to pending; not where somebody was quicker."""
    asked = page.parse(StatusForm)
    try:
        with page.begin() as work:
            events.get(work, page.tenant_id, event_id)
            participants.update_status(
                work, page.tenant_id, event_id, participant_id, asked.status, asked.version
            )
    except ParticipantChanged:
        return page.redirect(
            _page_of(event_id, participant_id),
            say=_("Somebody changed this registration meanwhile. Look again, then decide."),
            tone="bad",
        )
    say = {
        ParticipantStatus.APPROVED: _("Approved. Gates admit from their next pull on."),
        ParticipantStatus.REJECTED: _("Rejected. Gates refuse from their next pull on."),
        ParticipantStatus.CANCELLED: _("Cancelled. Gates refuse from their next pull on."),
        ParticipantStatus.PENDING: _("Pending again. Gates refuse from their next pull on."),
    }
    return page.redirect(_page_of(event_id, participant_id), say=say[asked.status])


@router.get(f"{_ONE}/delete", permissions=PARTICIPANTS_DELETE)
def ask_to_delete(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Whether it is meant."""
    person = participants.get(page.work, page.tenant_id, event_id, participant_id)
    event = events.get(page.work, page.tenant_id, event_id)
    return page.render("participants/delete.html", event=event, person=person, name=display_name(person))


@router.post(f"{_ONE}/delete", permissions=PARTICIPANTS_DELETE, on_error=ask_to_delete, beside=_BESIDE)
def delete_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Delete the registration."""
    asked = page.parse(DeleteParticipantForm)
    with page.begin() as work:
        events.get(work, page.tenant_id, event_id)
        name = display_name(participants.get(work, page.tenant_id, event_id, participant_id))
        participants.delete(work, page.tenant_id, event_id, participant_id, asked.version)
    return page.redirect(
        f"/events/{event_id}/participants", say=_("The registration of %(name)s is deleted.") % {"name": name}
    )


def _page_of(event_id: str, participant_id: str) -> str:
    return f"/events/{event_id}/participants/{participant_id}"

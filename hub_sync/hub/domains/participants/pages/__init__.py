"""The console's pages to register, edit and delete participants and to set their status.

The list and the page of one participant are in `overview`: they show scans too, and this domain does not know scans.
"""

from fastapi.responses import Response

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import N_, Page, PageCall, PageRouter, Question, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import (
    EventFull,
    ExternalIdTaken,
    ParticipantChanged,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
    RegistrationRefused,
)
from hub_sync.hub.domains.participants.forms import (
    DeleteParticipantForm,
    NewParticipantForm,
    ParticipantForm,
    StatusForm,
    form_values,
)
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANTS_CREATE,
    PARTICIPANTS_DELETE,
    PARTICIPANTS_READ,
    PARTICIPANTS_UPDATE,
)
from hub_sync.hub.domains.participants.pages import deleted
from hub_sync.hub.kit.http.routing import include_routes
from hub_sync.hub.kit.text_types import Id

_LIST_PATH = "/events/{event_id}/participants"
_PATH = f"{_LIST_PATH}/{{participant_id}}"
_BESIDE = {
    RegistrationCodeTaken: "registration_code",
    ExternalIdTaken: "external_id",
    RegistrationCodeUnusable: "registration_code",
    ParticipantChanged: "",
    RegistrationRefused: "",
    EventFull: "",
}

router = PageRouter()
include_routes(router, deleted.router)


@router.get(f"{_LIST_PATH}/new", permissions=PARTICIPANTS_CREATE)
def new_participant(page: PageCall, event_id: Id) -> Response:
    """Show the form to register a participant."""
    return page.render(
        "participants/new.html",
        event=events.get(page.work, page.tenant_id, event_id),
        categories=participants.categories(page.work, page.tenant_id, event_id),
    )


@router.post(
    f"{_LIST_PATH}/new",
    creates=True,
    permissions=PARTICIPANTS_CREATE,
    on_error=new_participant,
    beside=_BESIDE,
)
def create_participant(page: PageCall, event_id: Id) -> Response:
    """Register a participant."""
    form = page.parse(NewParticipantForm)
    with page.begin() as work:
        events.get(work, page.tenant_id, event_id)
        participant = participants.create(work, page.tenant_id, event_id, form.new_participant())
        participant_id, name = participant.id, participants.display_name(participant)
    return page.redirect(
        _page_of(event_id, participant_id), say=_("%(name)s is registered.") % {"name": isolated(name)}
    )


@router.get(f"{_PATH}/edit", permissions=PARTICIPANTS_UPDATE, also=PARTICIPANTS_READ)
def edit_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Show the form of a participant."""
    event = events.get(page.work, page.tenant_id, event_id)
    participant = participants.get(page.work, page.tenant_id, event_id, participant_id)
    return page.render(
        "participants/edit.html",
        event=event,
        participant=participant,
        name=participants.display_name(participant),
        values=form_values(participant),
        categories=participants.categories(page.work, page.tenant_id, event_id),
    )


@router.post(
    f"{_PATH}/edit",
    permissions=PARTICIPANTS_UPDATE,
    also=PARTICIPANTS_READ,
    on_error=edit_participant,
    beside=_BESIDE,
)
def update_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Update the participant."""
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        participant = participants.get(work, page.tenant_id, event_id, participant_id)
        audit.merge_form(page, work, "participant", participant, form_values(participant), event.time_zone)
        changes = page.parse(ParticipantForm).changes()
        participants.update(work, page.tenant_id, event_id, participant_id, changes, participant.version)
    return page.redirect(_page_of(event_id, participant_id), say=_("The changes are saved."))


@router.post(f"{_PATH}/status", permissions=PARTICIPANTS_UPDATE, also=PARTICIPANTS_READ)
def update_status(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Set the status of the participant, unless the participant was changed after the page was loaded."""
    form = page.parse(StatusForm)
    try:
        with page.begin() as work:
            events.get(work, page.tenant_id, event_id)
            _ask_before_gates_refuse(
                page, participants.get(work, page.tenant_id, event_id, participant_id), form
            )
            participants.update_status(
                work, page.tenant_id, event_id, participant_id, form.status, form.version
            )
    except ParticipantChanged:
        return page.redirect(
            _page_of(event_id, participant_id),
            say=_("Another user changed this registration in the meantime. Check it, then decide again."),
            tone="bad",
        )
    except EventFull as error:
        return page.redirect(_page_of(event_id, participant_id), say=_(error.template), tone="bad")
    say = {
        ParticipantStatus.APPROVED: _("Approved. Gates admit from their next pull on."),
        ParticipantStatus.REJECTED: _("Rejected. Gates refuse from their next pull on."),
        ParticipantStatus.CANCELLED: _("Cancelled. Gates refuse from their next pull on."),
        ParticipantStatus.PENDING: _("Pending again. Gates refuse from their next pull on."),
    }
    return page.redirect(_page_of(event_id, participant_id), say=say[form.status])


@router.get(f"{_PATH}/delete", permissions=PARTICIPANTS_DELETE, also=PARTICIPANTS_READ)
def ask_to_delete(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    participant = participants.get(page.work, page.tenant_id, event_id, participant_id)
    event = events.get(page.work, page.tenant_id, event_id)
    return page.render(
        "participants/delete.html",
        event=event,
        participant=participant,
        name=participants.display_name(participant),
    )


@router.post(
    f"{_PATH}/delete",
    permissions=PARTICIPANTS_DELETE,
    also=PARTICIPANTS_READ,
    on_error=ask_to_delete,
    beside=_BESIDE,
)
def delete_participant(page: PageCall, event_id: Id, participant_id: Id) -> Response:
    """Delete the participant."""
    form = page.parse(DeleteParticipantForm)
    with page.begin() as work:
        events.get(work, page.tenant_id, event_id)
        name = participants.display_name(participants.get(work, page.tenant_id, event_id, participant_id))
        participants.delete(work, page.tenant_id, event_id, participant_id, form.version)
    return page.redirect(
        f"/events/{event_id}/participants",
        say=_("The registration of %(name)s was deleted.") % {"name": isolated(name)},
    )


def _ask_before_gates_refuse(page: Page, participant: participants.Participant, form: StatusForm) -> None:
    """Ask before an approved participant becomes somebody whom gates refuse.

    Raises:
        ConfirmationNeeded: 409.
    """
    if participant.status is not ParticipantStatus.APPROVED or form.version != participant.version:
        return
    questions = {
        ParticipantStatus.REJECTED: (N_("Reject the registration of %(name)s?"), N_("Reject")),
        ParticipantStatus.CANCELLED: (
            N_("Cancel the registration of %(name)s?"),
            N_("Cancel the registration"),
        ),
        ParticipantStatus.PENDING: (
            N_("Set the registration of %(name)s back to pending?"),
            N_("Back to pending"),
        ),
    }
    if form.status in questions:
        title, label = questions[form.status]
        name = isolated(participants.display_name(participant))
        consequences = (
            _("Gates refuse the ticket, from their next pull on. Whoever is inside stays inside."),
            _(
                "The participant hears of it only where an automatic message is switched on for that; otherwise write yourself."
            ),
        )
        page.ask_first(Question("status", _(title) % {"name": name}, consequences, _(label)))


def _page_of(event_id: str, participant_id: str) -> str:
    return f"/events/{event_id}/participants/{participant_id}"

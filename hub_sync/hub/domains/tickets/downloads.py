"""Render tickets as files to download, for REST and the console."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi.responses import Response

from hub_sync.contract.enums import CheckpointDirection, CheckpointType
from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets import service
from hub_sync.hub.domains.tickets.ticket_details import TicketDetails
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.security.access import Caller, PermissionMissing

_MAX_ENTRANCES = 3


class TicketFormat(StrEnum):
    """The formats of a ticket file."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    TEXT = "text"


MEDIA_TYPES = {
    TicketFormat.PNG: "image/png",
    TicketFormat.SVG: "image/svg+xml",
    TicketFormat.PDF: "application/pdf",
    TicketFormat.TEXT: "text/plain",
}
_EXTENSIONS = {file_format: file_format.value for file_format in TicketFormat} | {TicketFormat.TEXT: "txt"}


@dataclass(frozen=True, slots=True)
class TicketFile:
    """The bytes of a ticket with format and file name."""

    body: bytes
    file_format: TicketFormat
    name: str

    def response(self) -> Response:
        """Return the file as an attachment that no cache may store: a ticket admits whoever has it."""
        headers = {
            "Content-Disposition": f'attachment; filename="{self.name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(self.body, headers=headers, media_type=MEDIA_TYPES[self.file_format])


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """The participant to issue a ticket for, and the format."""

    tenant_id: str
    event_id: str
    participant_id: str
    file_format: TicketFormat
    validity: service.TicketValidity = service.UNLIMITED


def issue(hub: HubContext, work: Work, request: TicketRequest, speech: Speech, caller: Caller) -> TicketFile:
    """Render the file from the snapshot of `work`, and record in a separate transaction that it was issued.

    A download is a GET, so that a plain link works and no CSRF token is needed. The only change is the entry in the
    audit log, which RFC 9110, 9.2.1, allows for a safe method. It is committed before the first byte is sent.

    Raises:
        EventNotFound, ParticipantNotFound, TicketNotIssued, TicketKeyMissing: as `service.ticket_text`.
        PermissionMissing: a page to print has the participant's name and code, which the caller may not read (403).
        DatabaseBusy: the audit log can't be written now; there is no ticket without an entry.
    """
    may_read = caller.has_permission(PARTICIPANTS_READ)
    if request.file_format is TicketFormat.PDF and not may_read:
        raise PermissionMissing(permissions=[str(PARTICIPANTS_READ)])
    file = _render(hub, work, request, speech, named_by_code=may_read)
    with hub.uow.begin(actor=caller.actor) as write:
        service.record_issued(
            write, request.tenant_id, request.event_id, request.participant_id, request.file_format.value
        )
    return file


def _render(
    hub: HubContext, work: Work, request: TicketRequest, speech: Speech, *, named_by_code: bool
) -> TicketFile:
    tenant_id, event_id, participant_id = request.tenant_id, request.event_id, request.participant_id
    text = service.ticket_text(work, hub.secret_box, tenant_id, event_id, participant_id, request.validity)
    participant = participants.get(work, tenant_id, event_id, participant_id)
    match request.file_format:
        case TicketFormat.TEXT:
            body = text.encode("ascii")
        case TicketFormat.PNG:
            body = qr_codes.png(qr_codes.ticket_code(text))
        case TicketFormat.SVG:
            body = qr_codes.svg(qr_codes.ticket_code(text))
        case TicketFormat.PDF:
            body = _render_pdf(work, participant, text, speech)
    stem = file_stem(participant.registration_code if named_by_code else participant_id, "code")
    return TicketFile(body, request.file_format, f"ticket-{stem}.{_EXTENSIONS[request.file_format]}")


def _render_pdf(work: Work, participant: participants.Participant, text: str, speech: Speech) -> bytes:
    from hub_sync.hub.domains.tickets.pdf_ticket import render_ticket  # noqa: PLC0415 - fpdf takes 0.3 s

    return render_ticket(ticket_details(work, participant, text), speech, work.now())


def ticket_details(work: Work, participant: participants.Participant, text: str) -> TicketDetails:
    """Return what stands on the ticket of a participant; `text` is that of its code."""
    event = events.get(work, participant.tenant_id, participant.event_id)
    return TicketDetails(
        text=text,
        organiser=tenants.get(work, participant.tenant_id).name,
        event=event.name,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        time_zone=event.time_zone,
        name=f"{participant.first_name} {participant.last_name}".strip(),
        registration_code=participant.registration_code,
        category=participant.category,
        entrances=_list_entrances(work, participant),
    )


def _list_entrances(work: Work, participant: participants.Participant) -> list[str]:
    """Return the gates that admit this participant, by name and zone; [] if there are more than `_MAX_ENTRANCES`."""
    gates = [
        checkpoint
        for checkpoint in check_in.list_checkpoints(work, participant.tenant_id, participant.event_id)
        if checkpoint.active
        and checkpoint.type is CheckpointType.GATE
        and checkpoint.direction is not CheckpointDirection.EXIT
        and (checkpoint.allowed_categories is None or participant.category in checkpoint.allowed_categories)
    ]
    if len(gates) > _MAX_ENTRANCES:
        return []
    return [f"{gate.name} ({gate.zone})" if gate.zone else gate.name for gate in gates]

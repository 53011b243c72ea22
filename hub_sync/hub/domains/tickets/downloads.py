"""A ticket as something to download: the same for the REST surface, the console and whoever sends it on."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi.responses import Response

from hub_sync.contract.enums import CheckpointDirection, CheckpointType
from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets import service
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.file_names import file_stem

_ENTRANCES = 3


class TicketFormat(StrEnum):
    """What a ticket is wanted as."""

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
_ENDINGS = {form: form.value for form in TicketFormat} | {TicketFormat.TEXT: "txt"}


@dataclass(frozen=True, slots=True)
class TicketFile:
    """A ticket's bytes, and what they are."""

    body: bytes
    form: TicketFormat
    name: str

    def response(self) -> Response:
        """To be saved, and kept by no cache: whoever has it gets in."""
        headers = {
            "Content-Disposition": f'attachment; filename="{self.name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(self.body, headers=headers, media_type=MEDIA_TYPES[self.form])


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """Whose ticket, and as what."""

    tenant_id: str
    event_id: str
    participant_id: str
    form: TicketFormat


def issue(hub: HubContext, work: Work, wanted: TicketRequest, speech: Speech, actor: str) -> TicketFile:
    """Make the file from the snapshot of `work`, and write down in a transaction of its own that it was handed out.

    A download is a GET, so that a link is enough for it and the browser asks for no proof; what changes is the trail
    alone (RFC 9110, 9.2.1, holds such an entry for no breach of safety). The row is there before the first byte is.

    Raises:
        EventNotFound, ParticipantNotFound, TicketNotIssued, TicketKeyMissing: in words.
        DatabaseBusy: the trail can't be written now; there is no ticket without it.
    """
    made = _render(hub, work, wanted, speech)
    with hub.uow.begin(actor=actor) as writing:
        service.record_issued(
            writing, wanted.tenant_id, wanted.event_id, wanted.participant_id, wanted.form.value
        )
    return made


def _render(hub: HubContext, work: Work, wanted: TicketRequest, speech: Speech) -> TicketFile:
    tenant_id, event_id, participant_id = wanted.tenant_id, wanted.event_id, wanted.participant_id
    text = service.ticket_text(work, hub.secret_box, tenant_id, event_id, participant_id)
    participant = participants.get(work, tenant_id, event_id, participant_id)
    match wanted.form:
        case TicketFormat.TEXT:
            body = text.encode("ascii")
        case TicketFormat.PNG:
            body = qr_codes.png(qr_codes.qr_code(text))
        case TicketFormat.SVG:
            body = qr_codes.svg(qr_codes.qr_code(text))
        case TicketFormat.PDF:
            body = _render_pdf(work, participant, text, speech)
    stem = file_stem(participant.registration_code, "code")
    return TicketFile(body, wanted.form, f"ticket-{stem}.{_ENDINGS[wanted.form]}")


def _render_pdf(work: Work, participant: participants.Participant, text: str, speech: Speech) -> bytes:
    from hub_sync.hub.domains.tickets.pdf_ticket import TicketDetails, render_ticket  # noqa: PLC0415 - fpdf takes 0.3 s

    event = events.get(work, participant.tenant_id, participant.event_id)
    facts = TicketDetails(
        text=text,
        organiser=tenants.get(work, participant.tenant_id).name,
        event=event.name,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        time_zone=event.time_zone,
        name=f"{participant.first_name} {participant.last_name}".strip(),
        registration_code=participant.registration_code,
        category=participant.category,
        entrances=_entrances(work, participant),
    )
    return render_ticket(facts, speech, work.now())


def _entrances(work: Work, participant: participants.Participant) -> list[str]:
    """Where this person may go in, by name and zone; nothing where there are too many to be a help."""
    open_to = [
        checkpoint
        for checkpoint in check_in.list_checkpoints(work, participant.tenant_id, participant.event_id)
        if checkpoint.active
        and checkpoint.type is CheckpointType.GATE
        and checkpoint.direction is not CheckpointDirection.EXIT
        and (checkpoint.allowed_categories is None or participant.category in checkpoint.allowed_categories)
    ]
    if len(open_to) > _ENTRANCES:
        return []
    return [f"{one.name} ({one.zone})" if one.zone else one.name for one in open_to]

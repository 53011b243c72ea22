"""The ticket of one participant as files of a message: a page to print, and the code as an image."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.tickets import service
from hub_sync.hub.domains.tickets.downloads import ticket_details
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.security.encryption import SecretBox


@dataclass(frozen=True, slots=True)
class MailedTicket:
    """A ticket for a message.

    Attributes:
        name: the file name of the page.
        pdf: the page; None: it was not asked for.
        image: the code as PNG; None: it was not asked for.
    """

    name: str
    pdf: bytes | None
    image: bytes | None


SAMPLE = "DOORWARD SAMPLE - NOT A TICKET"
"""What the code of a sample says; no gate takes it for a ticket."""


def mailed_ticket(
    work: Work,
    secret_box: SecretBox | None,
    person: Participant,
    speech: Speech,
    *,
    with_pdf: bool,
    with_image: bool,
    others: Sequence[Participant] = (),
) -> MailedTicket:
    """Return a ticket that is issued now. The caller has recorded that it is (`service.record_issued`).

    Args:
        work: a reading one is enough.
        secret_box: None: a sample, whose code opens no gate.
        person: whose ticket it is.
        speech: the language of the page.
        with_pdf: True: the page to print is made.
        with_image: True: the code is made as an image.
        others: those whose tickets are further pages.

    Raises:
        EventNotFound, ParticipantNotFound, TicketNotIssued, TicketUnfit, TicketKeyMissing: as `service.ticket_text`.
    """
    text = _text(work, secret_box, person)
    pdf = None
    if with_pdf:
        from hub_sync.hub.domains.tickets.pdf_ticket import render_tickets  # noqa: PLC0415 - fpdf takes 0.3 s

        further = [ticket_details(work, each, _text(work, secret_box, each)) for each in others]
        pdf = render_tickets([ticket_details(work, person, text), *further], speech, work.now())
    image = qr_codes.png(qr_codes.ticket_code(text)) if with_image else None
    return MailedTicket(f"ticket-{file_stem(person.registration_code, 'code')}.pdf", pdf, image)


def _text(work: Work, secret_box: SecretBox | None, person: Participant) -> str:
    if secret_box is None:
        return SAMPLE
    return service.ticket_text(work, secret_box, person.tenant_id, person.event_id, person.id)

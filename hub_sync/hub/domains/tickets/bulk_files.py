"""Tickets of many participants as one PDF or a ZIP archive, made while they are sent: their number takes no memory.

Participants are read by some dozens, each time in a transaction of its own: a download of an hour holds none open.
"""

import zipfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from fastapi.responses import Response

from hub_sync.hub.console.i18n.translation import Speech
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tickets import bulk_selection, service
from hub_sync.hub.domains.tickets.bulk_selection import Statement, read_in_parts
from hub_sync.hub.domains.tickets.downloads import ticket_details
from hub_sync.hub.domains.tickets.errors import NobodyGetsTicket, TicketUnfit
from hub_sync.hub.domains.tickets.pdf_stream import join_documents
from hub_sync.hub.domains.tickets.ticket_details import TicketDetails
from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.file_names import file_stem
from hub_sync.hub.kit.lists.exports import attachment_response
from hub_sync.hub.kit.security.access import Caller
from hub_sync.rules.evidence.archive import PieceSink

PART = 50
PARTS_OF_FILES = 4
"""So many parts of an archive's files share their fonts: to take a part's letters out of a font takes as long as some tickets."""
_EARLIEST_YEAR = 1980  # of a ZIP archive
_log = structlog.get_logger(__name__)


class BulkFormat(StrEnum):
    """The form of a download of many tickets: one document with a page for each, or an archive with a file for each."""

    PDF = "pdf"
    PDF_FILES = "pdf-files"
    PNG_FILES = "png-files"


_EXTENSIONS = {BulkFormat.PDF_FILES: "pdf", BulkFormat.PNG_FILES: "png"}


@dataclass(frozen=True, slots=True)
class BulkDownload:
    """The tickets to download: of whom, in which language, and when."""

    hub: HubContext
    key: FeedKey
    statement: Statement
    speech: Speech
    at: datetime

    def parts(self, together: int = 1) -> Iterator[list[TicketDetails]]:
        """Yield the tickets, `together` parts at a time, in the order of registration. Each is issued now."""
        size = together * PART
        last = ""
        while True:
            with self.hub.uow.read() as work:
                people = read_in_parts(work, self.statement, last, size)
                tickets = [each for person in people if (each := self._ticket(work, person)) is not None]
            if tickets:
                yield tickets
            if len(people) < size:
                return
            last = people[-1].id

    def _ticket(self, work: Work, person: participants.Participant) -> TicketDetails | None:
        try:
            text = service.ticket_text(work, self.hub.secret_box, *self.key, person.id)
        except (TicketUnfit, service.TicketNotIssued, participants.ParticipantNotFound) as error:
            _log.warning("ticket_left_out", participant=person.id, why=type(error).__name__)
            return None
        return ticket_details(work, person, text)


def send_download(
    work: Work,
    caller: Caller,
    download: BulkDownload,
    file_format: BulkFormat,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that streams the tickets. That they are issued is recorded before its first byte, as for a single ticket.

    Raises:
        NobodyGetsTicket: nobody is selected who gets one (409); nothing is recorded.
        ExportRunning: as many exports as the hub takes are running (429); nothing is recorded.
        DatabaseBusy: the audit log can't be written now.
    """
    chosen = bulk_selection.count(work, download.statement)
    if not chosen:
        raise NobodyGetsTicket
    slot = download.hub.export_slots.take(caller)
    with download.hub.uow.begin(actor=caller.actor) as write:
        service.record_all_issued(write, *download.key, file_format.value, chosen)
    stem = f"tickets-{file_stem(events.get(work, *download.key).slug, 'event')}"
    if file_format is BulkFormat.PDF:
        return attachment_response(slot, write_pdf(download), "application/pdf", f"{stem}.pdf", headers)
    pieces = write_zip(download, file_format)
    return attachment_response(slot, pieces, "application/zip", f"{stem}.zip", headers)


def write_pdf(download: BulkDownload) -> Generator[bytes]:
    """Yield one PDF with a page for each ticket."""
    from hub_sync.hub.domains.tickets.pdf_ticket import render_tickets  # noqa: PLC0415 - fpdf takes 0.3 s

    documents = (render_tickets(part, download.speech, download.at) for part in download.parts())
    yield from join_documents(documents)


def write_zip(download: BulkDownload, file_format: BulkFormat) -> Generator[bytes]:
    """Yield a ZIP archive with a file for each ticket, named by the registration code."""
    sink = PieceSink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for part in download.parts(PARTS_OF_FILES):
            for ticket, body in zip(part, _files(part, file_format, download), strict=True):
                archive.writestr(_entry(ticket, _EXTENSIONS[file_format], download.at), body)
                yield sink.take()
    yield sink.take()


def _files(part: list[TicketDetails], file_format: BulkFormat, download: BulkDownload) -> Iterator[bytes]:
    """Yield the file of each ticket."""
    if file_format is BulkFormat.PNG_FILES:
        return (qr_codes.png(qr_codes.ticket_code(ticket.text)) for ticket in part)
    from hub_sync.hub.domains.tickets.pdf_ticket import render_each  # noqa: PLC0415 - fpdf takes 0.3 s

    return render_each(part, download.speech, download.at)


def _entry(ticket: TicketDetails, extension: str, at: datetime) -> zipfile.ZipInfo:
    name = f"ticket-{file_stem(ticket.registration_code, 'code')}.{extension}"
    date_time = (max(at.year, _EARLIEST_YEAR), at.month, at.day, at.hour, at.minute, at.second)
    return zipfile.ZipInfo(name, date_time)

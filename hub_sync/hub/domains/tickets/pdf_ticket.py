"""Render tickets as A4 pages to print. All content is in the upper half, which folds to A6 with the code in front."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format, get_timezone_location
from fpdf.enums import Align

from hub_sync.hub.console.i18n.translation import Speech, _, speaking, spoken
from hub_sync.hub.domains.tickets.pdf_sheet import PdfSheet
from hub_sync.hub.domains.tickets.shared_fonts import SharedFonts, shared_fonts, usual_fonts
from hub_sync.hub.domains.tickets.ticket_details import TicketDetails
from hub_sync.hub.kit import qr_codes
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

QR_MM = 79.0
"""The width with the quiet zone. The code itself is 71 mm wide for a usual ticket and 74 mm for the largest one."""
_MARGIN, _QUARTER, _HALF = 12.0, 105.0, 148.5
_COLUMN = _QUARTER - 2 * _MARGIN
_RIGHT = _QUARTER + _MARGIN
_GROUP = 4
_TO = "\N{EN DASH}"


def render_ticket(details: TicketDetails, speech: Speech, created_at: datetime) -> bytes:
    """Return the ticket as PDF in the language of `speech`. The same details and time give the same bytes."""
    return render_tickets((details,), speech, created_at)


def render_each(tickets: Sequence[TicketDetails], speech: Speech, created_at: datetime) -> Iterator[bytes]:
    """Yield a PDF for each of some tickets of one event: several times as fast as `render_ticket` for each."""
    with speaking(speech):
        texts = [text for style_texts in _texts(tickets) for text in style_texts]
    with shared_fonts(texts) as shared:
        for details in tickets:
            yield render_tickets((details,), speech, created_at, shared)


def render_tickets(
    tickets: Sequence[TicketDetails],
    speech: Speech,
    created_at: datetime,
    shared: SharedFonts | None = None,
) -> bytes:
    """Return tickets as a PDF of as many pages; they share their fonts. At least one ticket; the first one's event is its title."""
    with speaking(speech):
        regular, bold = _texts(tickets)
        title = f"{_('Ticket')}: {tickets[0].event}"
        sheet = PdfSheet(
            language=speech.language,
            title=title,
            created_at=created_at,
            right_to_left=speech.direction == "rtl",
            shared=shared or usual_fonts((*regular, *bold)),
        )
        sheet.load_fonts(" ".join(regular), " ".join(bold))
        for number, details in enumerate(tickets):
            if number:
                sheet.next_page()
            if not number or _event_of(details) != _event_of(tickets[number - 1]):
                time_lines = _describe_time(details)
            _draw_page(sheet, details, time_lines)
    return sheet.output()


def _draw_page(sheet: PdfSheet, details: TicketDetails, time_lines: Sequence[str]) -> None:
    _draw_front(sheet, details)
    _draw_back(sheet, details, time_lines)
    sheet.draw_fold_line(0, _HALF, sheet.WIDTH, _HALF)
    sheet.draw_fold_line(_QUARTER, _MARGIN, _QUARTER, _HALF)
    box = (_MARGIN, _HALF + 4, sheet.WIDTH - 2 * _MARGIN, 5)
    sheet.write(_("Fold along the dashed lines."), box, (8,), grey=110)


def group_code(code: str) -> str:
    """Split a code into groups of three and four to read it aloud; a code with other marks stays as it is.

    >>> group_code("7K2QP-XH4MT"), group_code("REG00123456"), group_code("AB12")
    ('7K2QP-XH4MT', 'REG 0012 3456', 'AB12')
    """
    if len(code) <= _GROUP + 2 or not code.isalnum():
        return code
    groups = -(-len(code) // _GROUP)
    cuts = [len(code) * number // groups for number in range(groups + 1)]
    return " ".join(code[start:end] for start, end in pairwise(cuts))


def _draw_front(sheet: PdfSheet, details: TicketDetails) -> None:
    """Draw the front quarter, for the gate: the QR code, the name and the registration code to type."""
    sheet.draw_image(
        qr_codes.png(qr_codes.ticket_code(details.text)),
        (_QUARTER - QR_MM) / 2,
        9,
        QR_MM,
        alt_text=_("Ticket code"),
    )
    top = 9 + QR_MM + 2
    sheet.write(details.name, (_MARGIN, top, _COLUMN, 27), (20, 16, 13, 11, 9), style="B", align=Align.C)
    sheet.write(_("Registration code"), (_MARGIN, 122, _COLUMN, 4), (8,), grey=90, align=Align.C)
    sheet.write(
        group_code(details.registration_code),
        (_MARGIN, 126, _COLUMN, 15),
        (18, 14, 11, 8),
        style="B",
        align=Align.C,
    )


def _draw_back(sheet: PdfSheet, details: TicketDetails, time_lines: Sequence[str]) -> None:
    """Draw the quarter behind it, for the participant: organiser, event, time, place and category."""
    y = sheet.write(details.organiser, (_RIGHT, 14, _COLUMN, 8), (9, 8), grey=90) + 1
    y = sheet.write(details.event, (_RIGHT, y, _COLUMN, 40), (22, 18, 15, 12, 10), style="B") + 3
    for line in time_lines:
        y = sheet.write(line, (_RIGHT, y, _COLUMN, 12), (11, 10, 9))
    y += 3
    sheet.draw_rule(_RIGHT, y, _COLUMN)
    y += 3
    for label, value in ((_("Category"), details.category), (_("Entrance"), ", ".join(details.entrances))):
        if value:
            y = sheet.write(label, (_RIGHT, y, _COLUMN, 4), (8,), grey=90)
            y = sheet.write(value, (_RIGHT, y, _COLUMN, 12), (12, 10, 8)) + 2
    sheet.write(_how_to_use(), (_RIGHT, 126, _COLUMN, 16), (9, 8), grey=60)


def _texts(tickets: Sequence[TicketDetails]) -> tuple[list[str], list[str]]:
    """Return the texts in regular and in bold letters."""
    regular = _labels()
    for times in {_event_of(details): details for details in tickets}.values():
        regular += _describe_time(times)
    for details in tickets:
        regular += [details.organiser, details.category, *details.entrances]
    return regular, [f"{each.name} {each.event} {each.registration_code}" for each in tickets]


def _event_of(details: TicketDetails) -> tuple[Any, ...]:
    """Return what tickets of one event have in common."""
    return details.event, details.starts_at, details.ends_at, details.time_zone


def _describe_time(details: TicketDetails) -> list[str]:
    """Return the lines that say when the event is, in its time zone."""
    zone, locale = load_time_zone_or_utc(details.time_zone), spoken().locale
    starts, ends = details.starts_at.astimezone(zone), details.ends_at.astimezone(zone)
    location = str(get_timezone_location(zone, locale=locale))
    if starts.date() == ends.date():
        return [
            str(format_date(starts, "full", locale=locale)),
            f"{_hour(starts, locale)} {_TO} {_hour(ends, locale)}",
            location,
        ]
    pattern = str(get_datetime_format("medium", locale=locale))
    begins, closes = (
        pattern.format(_hour(time, locale), format_date(time, "full", locale=locale))
        for time in (starts, ends)
    )
    return [f"{begins} {_TO}", closes, location]


def _hour(at: datetime, locale: Locale) -> str:
    return str(format_time(at, "short", locale=locale))


def _how_to_use() -> str:
    return _("Show the code at the entrance, on paper or on a screen. It admits one person.")


def _labels() -> list[str]:
    """Return the fixed texts of the page, for the choice of fonts."""
    return [
        _("Registration code"),
        _("Category"),
        _("Entrance"),
        _("Fold along the dashed lines."),
        _how_to_use(),
    ]

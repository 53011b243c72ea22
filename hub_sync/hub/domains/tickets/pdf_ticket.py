"""The ticket as a page to print: A4, all that matters in the upper half, which folds to A6 with the code in front."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format, get_timezone_location
from fpdf.enums import Align

from hub_sync.hub.console.i18n.translation import Speech, _, speaking, spoken
from hub_sync.hub.domains.tickets.pdf_sheet import PdfSheet
from hub_sync.hub.kit import qr_codes

QR_MM = 79.0
"""With its quiet zone; the code of a usual ticket is then 71 mm wide, and the largest there can be still 74."""
_MARGIN, _QUARTER, _HALF = 12.0, 105.0, 148.5
_COLUMN = _QUARTER - 2 * _MARGIN
_RIGHT = _QUARTER + _MARGIN
_GROUP = 4
_TO = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class TicketDetails:
    """What stands on a ticket's page."""

    text: str
    organiser: str
    event: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    name: str
    registration_code: str
    category: str
    entrances: Sequence[str]


def render_ticket(details: TicketDetails, speech: Speech, created_at: datetime) -> bytes:
    """The PDF, in a language; the same bytes for the same facts and time."""
    with speaking(speech):
        sheet = PdfSheet(
            language=speech.language,
            title=f"{_('Ticket')}: {details.event}",
            made_at=created_at,
            right_to_left=speech.direction == "rtl",
        )
        told = _describe_time(details)
        regular = [details.organiser, details.category, *details.entrances, *told, *_labels()]
        sheet.letters_for(" ".join(regular), f"{details.name} {details.event} {details.registration_code}")
        _draw_front(sheet, details)
        _draw_back(sheet, details, told)
        sheet.dashes(0, _HALF, sheet.WIDTH, _HALF)
        sheet.dashes(_QUARTER, _MARGIN, _QUARTER, _HALF)
        sheet.write(
            _("Fold along the dotted lines."),
            (_MARGIN, _HALF + 4, sheet.WIDTH - 2 * _MARGIN, 5),
            (8,),
            grey=110,
        )
    return sheet.output()


def group_code(code: str) -> str:
    """A code as it is read aloud; one without any mark of its own is parted into threes and fours.

    >>> in_groups("7K2QP-XH4MT"), in_groups("REG00123456"), in_groups("AB12")
    ('7K2QP-XH4MT', 'REG 0012 3456', 'AB12')
    """
    if len(code) <= _GROUP + 2 or not code.isalnum():
        return code
    groups = -(-len(code) // _GROUP)
    cuts = [len(code) * number // groups for number in range(groups + 1)]
    return " ".join(code[start:end] for start, end in pairwise(cuts))


def _draw_front(sheet: PdfSheet, facts: TicketDetails) -> None:
    """The quarter that lies in front: what the gate needs, and by what it is typed where it can't be read."""
    sheet.picture(
        qr_codes.png(qr_codes.qr_code(facts.text)), (_QUARTER - QR_MM) / 2, 9, QR_MM, says=_("Ticket code")
    )
    below = 9 + QR_MM + 2
    below = sheet.write(
        facts.name, (_MARGIN, below, _COLUMN, 27), (20, 16, 13, 11, 9), style="B", align=Align.C
    )
    sheet.write(_("Registration code"), (_MARGIN, 122, _COLUMN, 4), (8,), grey=90, align=Align.C)
    sheet.write(
        group_code(facts.registration_code),
        (_MARGIN, 126, _COLUMN, 15),
        (18, 14, 11, 8),
        style="B",
        align=Align.C,
    )


def _draw_back(sheet: PdfSheet, facts: TicketDetails, told: Sequence[str]) -> None:
    """The quarter behind it: what the person needs."""
    y = sheet.write(facts.organiser, (_RIGHT, 14, _COLUMN, 8), (9, 8), grey=90) + 1
    y = sheet.write(facts.event, (_RIGHT, y, _COLUMN, 40), (22, 18, 15, 12, 10), style="B") + 3
    for line in told:
        y = sheet.write(line, (_RIGHT, y, _COLUMN, 12), (11, 10, 9))
    y += 3
    sheet.rule(_RIGHT, y, _COLUMN)
    y += 3
    for label, value in ((_("Category"), facts.category), (_("Entrance"), ", ".join(facts.entrances))):
        if value:
            y = sheet.write(label, (_RIGHT, y, _COLUMN, 4), (8,), grey=90)
            y = sheet.write(value, (_RIGHT, y, _COLUMN, 12), (12, 10, 8)) + 2
    sheet.write(_how_to_use(), (_RIGHT, 126, _COLUMN, 16), (9, 8), grey=60)


def _describe_time(facts: TicketDetails) -> list[str]:
    """When it is, in the event's own time."""
    zone, locale = ZoneInfo(facts.time_zone), spoken().locale
    starts, ends = facts.starts_at.astimezone(zone), facts.ends_at.astimezone(zone)
    where = str(get_timezone_location(zone, locale=locale))
    if starts.date() == ends.date():
        return [
            str(format_date(starts, "full", locale=locale)),
            f"{_hour(starts, locale)} {_TO} {_hour(ends, locale)}",
            where,
        ]
    pattern = str(get_datetime_format("medium", locale=locale))
    begins, closes = (
        pattern.format(_hour(one, locale), format_date(one, "full", locale=locale)) for one in (starts, ends)
    )
    return [f"{begins} {_TO}", closes, where]


def _hour(at: datetime, locale: Locale) -> str:
    return str(format_time(at, "short", locale=locale))


def _how_to_use() -> str:
    return _("Show the code at the entrance, on paper or on a screen. It lets in one person.")


def _labels() -> list[str]:
    """All that the page says of itself, so that its letters are loaded."""
    return [
        _("Registration code"),
        _("Category"),
        _("Entrance"),
        _("Fold along the dotted lines."),
        _how_to_use(),
    ]

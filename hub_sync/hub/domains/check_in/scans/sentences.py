"""Verdicts in words, for the person who scans with the console."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.hub.console import N_, _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.rules.admission import KEY_ENDED
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.times.time_zones import load_time_zone_or_utc
from hub_sync.rules.verdict_cues import VerdictColour, colour_of

_UPDATE = N_("The hub does not understand a rule that applies here. It needs an update.")
_BY_STATION = N_("A station refused this. Ask its operator.")
SENTENCES: dict[ReasonCode, str] = {
    ReasonCode.ADMITTED: N_("Let in."),
    ReasonCode.ADMITTED_UNKNOWN: N_(
        "Genuine ticket, but nobody of this registration is listed. Let in and marked."
    ),
    ReasonCode.EXITED: N_("Scanned out."),
    ReasonCode.EXIT_WITHOUT_ENTRY: N_("Scanned out. No entry was on record."),
    ReasonCode.NOT_A_TICKET: N_("This code is not a ticket."),
    ReasonCode.TICKET_DAMAGED: N_("The code is damaged or was not read whole. Hold it still and try again."),
    ReasonCode.TICKET_FORGED: N_("This ticket was not issued for this event. Please send to the help desk."),
    ReasonCode.TICKET_UNSUPPORTED: N_("This ticket is of a newer kind. The hub needs an update."),
    ReasonCode.TICKET_MALFORMED: N_("This ticket cannot be read. Please send to the help desk."),
    ReasonCode.UNKNOWN_CODE: N_("No registration has this code. Check it letter by letter."),
    ReasonCode.WRONG_TENANT: N_("This is a ticket of another organiser."),
    ReasonCode.WRONG_EVENT: N_("This is a ticket for another event."),
    ReasonCode.UNKNOWN_PARTICIPANT: N_(
        "Genuine ticket, but its registration is not listed. Please check at the help desk."
    ),
    ReasonCode.PARTICIPANT_CANCELLED: N_("The registration was cancelled. Please send to the help desk."),
    ReasonCode.PARTICIPANT_REJECTED: N_("The registration was turned down. Please send to the help desk."),
    ReasonCode.PARTICIPANT_PENDING: N_("The registration is not approved yet. Please send to the help desk."),
    ReasonCode.PARTICIPANT_DELETED: N_("The registration was withdrawn. Please send to the help desk."),
    ReasonCode.BLACKLISTED: N_("Entry is not permitted. Please call the supervisor."),
    ReasonCode.PARTICIPANT_UNCLEAR: _UPDATE,
    ReasonCode.SEAT_GIVEN_AWAY: N_(
        "The person came late, and the seat was given to the waitlist. A supervisor may let them in."
    ),
    ReasonCode.TICKET_REPLACED: N_("This ticket was replaced by a newer one. Please ask for the new ticket."),
    ReasonCode.TICKET_OUTDATED: N_(
        "This ticket is out of date, or not of this event. Ask for the newest ticket, or type the registration code."
    ),
    ReasonCode.TICKET_NOT_YET_VALID: N_("Too early. This ticket is valid from: %(detail)s"),
    ReasonCode.TICKET_EXPIRED: N_("This ticket was valid until: %(detail)s"),
    ReasonCode.EVENT_DRAFT: N_("The event is not published yet, so nobody is let in."),
    ReasonCode.EVENT_OVER: N_("The event has ended: %(detail)s"),
    ReasonCode.DOORS_CLOSED: N_("Entry has ended: %(detail)s"),
    ReasonCode.EVENT_NOT_STARTED: N_("Too early. Entry begins: %(detail)s"),
    ReasonCode.EVENT_CANCELLED: N_("The event was cancelled."),
    ReasonCode.CLOCK_UNSURE: _BY_STATION,
    ReasonCode.RULE_UNCLEAR: _UPDATE,
    ReasonCode.STATION_LOCKED: _BY_STATION,
    ReasonCode.STATION_REVOKED: _BY_STATION,
    ReasonCode.STATION_OFFLINE: _BY_STATION,
    ReasonCode.UNKNOWN_TIME_ZONE: _UPDATE,
    ReasonCode.CHECKPOINT_INACTIVE: N_("This checkpoint is switched off."),
    ReasonCode.CHECKPOINT_CLOSED: N_("This checkpoint is closed now. It is open: %(detail)s"),
    ReasonCode.CATEGORY_NOT_ALLOWED: N_("This checkpoint does not admit “%(detail)s”."),
    ReasonCode.WRONG_DIRECTION: N_("This checkpoint does not admit in this direction."),
    ReasonCode.ROSTER_STALE: _BY_STATION,
    ReasonCode.ALREADY_INSIDE: N_("Already inside since: %(detail)s"),
    ReasonCode.ALREADY_USED: N_("This ticket was used before: %(detail)s"),
    ReasonCode.STATION_FAILED: _BY_STATION,
    ReasonCode.ENTRIES_USED_UP: N_("All entries of this ticket are used: %(detail)s"),
    ReasonCode.REENTRY_TOO_SOON: N_("Came in a short time ago. The next entry is possible: %(detail)s"),
}
_WORDS: dict[ReasonCode, str] = {
    ReasonCode.ALREADY_INSIDE: N_("Already in"),
    ReasonCode.ALREADY_USED: N_("Already used"),
    ReasonCode.ENTRIES_USED_UP: N_("Already used"),
    ReasonCode.REENTRY_TOO_SOON: N_("Too early"),
    ReasonCode.EVENT_NOT_STARTED: N_("Too early"),
    ReasonCode.TICKET_NOT_YET_VALID: N_("Too early"),
    ReasonCode.TICKET_EXPIRED: N_("Too late"),
    ReasonCode.EVENT_OVER: N_("Too late"),
    ReasonCode.DOORS_CLOSED: N_("Too late"),
    ReasonCode.EVENT_CANCELLED: N_("Event cancelled"),
}
"""The words of amber verdicts."""
_TIMED = frozenset(
    {
        ReasonCode.ALREADY_INSIDE,
        ReasonCode.ALREADY_USED,
        ReasonCode.REENTRY_TOO_SOON,
        ReasonCode.EVENT_OVER,
        ReasonCode.DOORS_CLOSED,
        ReasonCode.EVENT_NOT_STARTED,
        ReasonCode.TICKET_NOT_YET_VALID,
        ReasonCode.TICKET_EXPIRED,
    }
)
"""Reasons whose detail is an instant."""
MARKS: dict[Mark, str] = {
    Mark.UNKNOWN_PARTICIPANT: N_("Not listed"),
    Mark.CLOCK_UNSURE: N_("Clock not sure"),
    Mark.ROSTER_STALE: N_("List is old"),
    Mark.OVERRIDE_NOT_NEEDED: N_("An override was not needed"),
    Mark.OVERRIDE_NOT_ALLOWED: N_("An override is not possible here"),
    Mark.BLACKLIST_FLAG: N_("Flagged: check the person"),
    Mark.ENTERED_AGAIN: N_("No exit was scanned"),
    Mark.TIME_IMPOSSIBLE: N_("Time not possible"),
    Mark.IN_GROUP: N_("Admitted with the group"),
    Mark.CHECKPOINT_DIFFERS: N_("Another zone or direction than the checkpoint has"),
}
SECONDARY_MARKS = frozenset({Mark.OVERRIDE_NOT_NEEDED, Mark.ENTERED_AGAIN, Mark.IN_GROUP})
"""Marks that nobody at the door has to act on."""


def word_of(decision: Decision) -> str:
    """Return the large word of a verdict."""
    colour = colour_of(decision)
    if colour is VerdictColour.GREEN:
        return _("Welcome") if decision.direction is Direction.ENTRY else _("Goodbye")
    return _("Stop") if colour is VerdictColour.RED else _(_WORDS.get(decision.reason, N_("Check")))


def sentence_of(decision: Decision, time_zone: str, now: datetime) -> str:
    """Return the reason in one sentence; times are in the event's zone."""
    if decision.result is ScanResult.MANUAL_OVERRIDE:
        reason = decision.override.reason if decision.override else ""
        return _("Let in against the verdict. Reason: %(reason)s") % {"reason": isolated(reason)}
    detail = decision.detail
    if decision.reason in _TIMED:
        detail = _time_text(detail, time_zone, now)
    if decision.reason is ReasonCode.TICKET_OUTDATED and detail == KEY_ENDED:
        return _("This ticket is out of date. Ask for the newest ticket, or type the registration code.")
    return _(SENTENCES[decision.reason]) % {"detail": isolated(detail or "—")}


def _time_text(text: str, time_zone: str, now: datetime) -> str:
    """Return an instant as a time, with its day unless that is today."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone: ZoneInfo = load_time_zone_or_utc(time_zone)
    local = at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)
    if local.date() == now.astimezone(zone).date():
        return formats.clock_time(local, time_zone)
    return formats.moment(local, time_zone)

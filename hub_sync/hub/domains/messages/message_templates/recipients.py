"""The values of a template's variables for one participant."""

from dataclasses import dataclass

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.translation import LANGUAGES, Speech, speaking
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import Event
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets.ticket_languages import TicketLanguage, speech_of
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.times.time_zones import UnknownTimeZone, load_time_zone

LANGUAGE_FIELD = "language"
"""The member of a participant's `extra` that names the language of messages, as a registration page stores it."""
ZONE_FIELD = "time_zone"
PUSH_FIELD = "push"


@dataclass(frozen=True, slots=True)
class Occasion:
    """The event and the organisation that messages are about; read once for an audience."""

    event: Event
    organiser: str


def occasion_of(work: Work, key: FeedKey) -> Occasion:
    """Return the occasion of an event.

    Raises:
        EventNotFound: 404.
    """
    return Occasion(events.get(work, *key), tenants.get(work, key.tenant_id).name)


def language_of(person: Participant, usual: str) -> str:
    """Return the code of the language in which somebody is written to."""
    chosen = str(person.extra.get(LANGUAGE_FIELD, "")).lower()[:2]
    return chosen if chosen in LANGUAGES else usual


def time_zone_of(person: Participant, event: Event) -> str:
    """Return the zone whose nights are quiet for somebody: their own if it is known, else the event's."""
    zone = str(person.extra.get(ZONE_FIELD, ""))
    try:
        load_time_zone(zone)
    except UnknownTimeZone:
        return event.time_zone
    return zone


def speech_for(language: str, time_zone: str = "UTC") -> Speech:
    """Return a language for messages."""
    speech = speech_of(TicketLanguage(language))
    return Speech(speech.language, speech.catalogue, time_zone)


def address_of(person: Participant, channel: MessageChannel) -> str:
    """Return the address of somebody on a channel; empty: there is none."""
    match channel:
        case MessageChannel.EMAIL:
            return person.email or ""
        case MessageChannel.SMS:
            return person.phone or ""
        case MessageChannel.PUSH:
            return str(person.extra.get(PUSH_FIELD, ""))
        case MessageChannel.KIOSK:  # stands on stations' screens, not in somebody's hand
            return ""


def values_of(occasion: Occasion, person: Participant, speech: Speech) -> dict[str, str]:
    """Return the values that every message has, in the language of `speech`."""
    event = occasion.event
    with speaking(speech):
        dates = {
            "event.starts": formats.moment(event.starts_at, event.time_zone),
            "event.ends": formats.moment(event.ends_at, event.time_zone),
            "event.day": formats.day(event.starts_at, event.time_zone),
            "event.doors_open": formats.moment(event.doors_open_at or event.starts_at, event.time_zone),
        }
    return dates | {
        "participant.first_name": person.first_name,
        "participant.last_name": person.last_name,
        "participant.name": participants.display_name(person),
        "participant.email": person.email or "",
        "participant.phone": person.phone or "",
        "participant.code": person.registration_code,
        "participant.category": person.category,
        "participant.group": person.group_ref,
        "event.name": event.name,
        "event.time_zone": event.time_zone,
        "organiser.name": occasion.organiser,
    }

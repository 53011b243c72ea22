"""Guests: the participants who have the seats of a party beside its own person. Without them, a gate would admit one of the party.

A party waits as one participant with several seats. As soon as seats are accepted, in whatever way, each of them but the first becomes a
participant with a ticket, named by whoever joined, or after them (“Ada Lovelace, guest 2”). All share a group, which gates may let in together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from hub_sync.contract.enums import ParticipantStatus, WaitlistStatus
from hub_sync.hub.console.i18n.translation import DEFAULT, LANGUAGES, Speech, _, speaking
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import RegistrationRefused
from hub_sync.hub.domains.participants.service import (
    SEATED,
    NewParticipant,
    Participant,
    ParticipantChanges,
)
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.errors import TicketNotIssued
from hub_sync.hub.domains.tickets.mail_files import MailedTicket, mailed_ticket
from hub_sync.hub.domains.tickets.ticket_languages import TicketLanguage, speech_of
from hub_sync.hub.domains.waitlist.entries import find_of_participant, get, hand_over_seats
from hub_sync.hub.domains.waitlist.errors import TooManyNames, WaitlistPageUnknown
from hub_sync.hub.domains.waitlist.places import PageOwner
from hub_sync.hub.domains.waitlist.seats import lock
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry, WaitlistGuest
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.text_normalization import first_and_last

COMPANIONS = "companions"
"""The member of a participant's `extra` that names who waits with them."""
TICKET_FORMAT = "waitlist page"
"""How the audit log calls a ticket that was downloaded there."""
_MAY_COME = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)
_E, _G, _P = WaitlistEntry, WaitlistGuest, Participant
_GUESTS: Any = (
    select(_P)
    .join(_G, (_G.tenant_id == _P.tenant_id) & (_G.participant_id == _P.id))
    .where(
        _G.tenant_id == bindparam("t"),
        _G.entry_id == bindparam("entry"),
        _P.deleted_at.is_(None),
        _P.status.in_(sorted(SEATED)),
    )
    .order_by(_G.number)
)


@dataclass(frozen=True, slots=True)
class Party:
    """The people of an entry.

    Attributes:
        person: whose entry it is; None: nobody comes.
        guests: those who have a seat beside them.
        waiting_names: the names of those who wait with them, as far as they were given.
        most_names: how many may be named.
    """

    person: Participant | None = None
    guests: Sequence[Participant] = ()
    waiting_names: Sequence[str] = ()
    most_names: int = 0

    @property
    def names(self) -> list[str]:
        """A name for each guest, and those of people who wait."""
        return [*map(participants.display_name, self.guests), *self.waiting_names]

    @property
    def ticket_holders(self) -> list[Participant]:
        """Those who have a ticket."""
        if self.person is None or self.person.status is not ParticipantStatus.APPROVED:
            return []
        return [self.person, *self.guests]


def guests_of(work: Work, key: FeedKey, entry_id: str) -> Sequence[Participant]:
    """Return the guests of an entry who come, in the order of their seats."""
    query = _GUESTS.params(t=key.tenant_id, entry=entry_id)
    guests: Sequence[Participant] = work.session.scalars(
        query.execution_options(populate_existing=not work.is_reading)
    ).all()
    return guests


def guests_with(work: Work, key: FeedKey, participant_id: str) -> Sequence[Participant]:
    """Return the guests of a participant who was on the list; none for others."""
    entry = find_of_participant(work, key, participant_id)
    return () if entry is None else guests_of(work, key, entry.id)


def seat_guests(work: Work, key: FeedKey, entry_id: str, *, is_inside: bool = False) -> int:
    """Register a participant for each accepted seat but the person's own, and hand the seats over: the sum stays. Return how many.

    Args:
        work: the transaction; the caller has locked the party's person, and the seats.
        key: tenant and event.
        entry_id: the entry.
        is_inside: the party was let in at the door: somebody whom the organiser refuses is a guest without a name.

    Raises:
        RegistrationRefused: the organiser does not take somebody who was named (409).
    """
    entry = get(work, key, entry_id)
    count = entry.seats_accepted - 1
    person = participants.get(work, *key, entry.participant_id)
    if count < 1 or person.status is not ParticipantStatus.APPROVED:
        return 0
    names, first = names_of(person), _last_number(work, key, entry_id) + 1
    group = person.group_ref or f"W-{entry.id[-12:].upper()}"
    for number in range(first, first + count):
        name = names[number - first] if number - first < len(names) else ""
        try:
            guest = _register(work, key, person, _name(person, entry, number, name), group)
        except RegistrationRefused:
            if not is_inside:
                raise
            guest = _register(work, key, person, _name(person, entry, number), group)
        work.session.add(
            WaitlistGuest(
                tenant_id=key.tenant_id,
                id=work.new_id(),
                event_id=key.event_id,
                entry_id=entry_id,
                participant_id=guest.id,
                number=number,
            )
        )
    changes: dict[str, Any] = {"group_ref": group}
    if COMPANIONS in person.extra:
        changes["extra"] = {**person.extra, COMPANIONS: names[count:]}
    participants.update(work, *key, person.id, ParticipantChanges.model_validate(changes))
    hand_over_seats(work, key, entry_id, count, guests=first - 2)
    return count


def names_of(person: Participant) -> list[str]:
    """Return the names of those who wait with somebody, as far as they were given."""
    names = person.extra.get(COMPANIONS)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def party_of(work: Work, key: FeedKey, entry: WaitlistEntry) -> Party:
    """Return the people of an entry; without its person, who may have been deleted, nobody."""
    person = participants.find_many(work, *key, [entry.participant_id]).get(entry.participant_id)
    if person is None or person.deleted_at is not None or person.status not in SEATED:
        return Party()
    guests = guests_of(work, key, entry.id)
    waiting = entry.party_size - max(1, entry.seats_accepted) if entry.status in _MAY_COME else 0
    return Party(person, guests, names_of(person) if waiting else (), len(guests) + waiting)


def rename(work: Work, key: FeedKey, entry_id: str, names: Sequence[str]) -> None:
    """Name the guests of an entry in the order of their seats, and then those who wait with it. Who has no name keeps theirs.

    Raises:
        WaitlistEntryNotFound, ParticipantNotFound: 404.
        TooManyNames: there are fewer seats (422).
        RegistrationRefused: the organiser does not take one of them (409).
    """
    entry = get(work, key, entry_id)
    people = guests_of(work, key, entry_id)
    participants.lock_many(work, *key, [entry.participant_id, *(each.id for each in people)])
    lock(work, key)
    entry = get(work, key, entry_id)
    guests = guests_of(work, key, entry_id)
    waiting = entry.party_size - max(1, entry.seats_accepted) if entry.status in _MAY_COME else 0
    if len(names) > len(guests) + waiting:
        raise TooManyNames(limit=len(guests) + waiting)
    for guest, name in zip(guests, names, strict=False):
        if name and name != participants.display_name(guest):
            first_name, last_name = first_and_last(name)
            renamed = ParticipantChanges(first_name=first_name, last_name=last_name)
            participants.update(work, *key, guest.id, renamed)
            participants.require_unblocked(work, key, guest.id)
    person = participants.get(work, *key, entry.participant_id)
    extra = {**person.extra, COMPANIONS: list(names[len(guests) :])}
    if extra[COMPANIONS] != names_of(person):
        participants.update(work, *key, person.id, ParticipantChanges(extra=extra))


def cancel_guests(work: Work, key: FeedKey, participant_id: str) -> int:
    """Cancel the guests of a participant whose own registration is over, and return how many: their seats are free."""
    entry = find_of_participant(work, key, participant_id)
    person = work.session.get(Participant, (key.tenant_id, participant_id), populate_existing=True)
    if entry is None or person is None or participants.is_merged(person.standing):
        return 0
    if person.deleted_at is None and person.status in SEATED:
        return 0
    guests = [each.id for each in guests_of(work, key, entry.id)]
    participants.lock_many(work, *key, guests)
    for id_ in guests:
        participants.update_status(work, *key, id_, ParticipantStatus.CANCELLED)
    return len(guests)


def seat_older_parties(uow: UnitOfWork) -> int:
    """Register the guests of parties that accepted their seats before there were guests; return how many.

    A party whose named guest is refused by now stays as it is, for a person to look at.
    """
    with uow.look_up() as work:
        query = select(_E.tenant_id, _E.event_id, _E.id, _E.participant_id).where(_E.seats_accepted > 1)
        rows = work.session.execute(query.order_by(_E.id)).all()
    count = 0
    for tenant_id, event_id, entry_id, participant_id in rows:
        key = FeedKey(tenant_id, event_id)
        with uow.begin() as work:
            participants.lock_many(work, *key, [participant_id])
            lock(work, key)
            count += seat_guests(work, key, entry_id, is_inside=True)
    return count


def issue_ticket(
    work: Work, secret_box: SecretBox, owner: PageOwner, participant_id: str, speech: Speech
) -> MailedTicket:
    """Return the ticket of one of a party's people as a page to print, and record that it is issued.

    Raises:
        WaitlistPageUnknown: the participant isn't one of them (404).
        TicketNotIssued: nobody of the party has a seat (409). As `tickets.service.ticket_text`.
    """
    party = party_of(work, owner.key, get(work, owner.key, owner.entry_id))
    person = next((each for each in party.ticket_holders if each.id == participant_id), None)
    if person is None:
        raise WaitlistPageUnknown if party.ticket_holders else TicketNotIssued
    ticket = mailed_ticket(work, secret_box, person, speech, with_pdf=True, with_image=False)
    tickets.record_issued(work, *owner.key, person.id, TICKET_FORMAT)
    return ticket


def _register(
    work: Work, key: FeedKey, person: Participant, name: tuple[str, str], group: str
) -> Participant:
    guest = NewParticipant(
        first_name=name[0],
        last_name=name[1],
        category=person.category,
        status=ParticipantStatus.APPROVED,
        group_ref=group,
    )
    return participants.create(work, *key, guest, takes_seat=False)


def _name(person: Participant, entry: WaitlistEntry, number: int, name: str = "") -> tuple[str, str]:
    """Return first and last name of a guest; without a name, those of the party's person with a number."""
    if name:
        return first_and_last(name)
    chosen = (entry.language, str(person.extra.get("language", "")))
    language = next((each for each in chosen if each in LANGUAGES), DEFAULT)
    of_whom = person.last_name or participants.display_name(person)
    with speaking(speech_of(TicketLanguage(language))):
        last_name = _("%(name)s, guest %(number)s") % {"name": of_whom, "number": number}
    return person.first_name if person.last_name else "", last_name


def _last_number(work: Work, key: FeedKey, entry_id: str) -> int:
    """Return the highest number of a party's seats; that of its person is 1."""
    query = select(func.max(_G.number)).where(_G.tenant_id == key.tenant_id, _G.entry_id == entry_id)
    return work.session.scalar(query) or 1

"""The own registration: its state, and the changes that somebody may make: the data, the consent to news, the cancellation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.service import Participant, ParticipantChanges
from hub_sync.hub.domains.registration.configuration import read_settings
from hub_sync.hub.domains.registration.errors import RegistrationOver, RegistrationPageUnknown
from hub_sync.hub.domains.registration.manifest import (
    FF_REGISTRATION_PAGE,
    REGISTRATION_CANCELLED,
    REGISTRATION_CONSENT,
)
from hub_sync.hub.domains.registration.submissions import get, registrations_of
from hub_sync.hub.domains.registration.tables import Registration
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.mail_files import MailedTicket, mailed_ticket
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.hub.kit.security.page_tokens import LONGEST_TOKEN, token_hash

TICKET_FORMAT = "registration page"
"""How the audit log calls a ticket that was downloaded there."""
_STANDING = frozenset((ParticipantStatus.PENDING, ParticipantStatus.APPROVED))


@dataclass(frozen=True, slots=True)
class RegistrationOwner:
    """The registration of a page's token. `digest` is what the hub stores of the token."""

    key: FeedKey
    registration_id: str
    language: str
    digest: str


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """Content of the page of a registration.

    Attributes:
        registration: what was sent.
        event: the columns of the event.
        people: the participants, the person who registered first; empty until it is confirmed.
        waitlist_path: the path of the place on the waitlist; "": there is none.
        may_change: True while the registration stands and the event is not over.
        marketing_text: what may be agreed to beside the registration.
    """

    registration: Registration
    event: Any
    people: Sequence[Participant]
    waitlist_path: str
    may_change: bool
    marketing_text: str

    @property
    def person(self) -> Participant | None:
        """The person who registered; None until it is confirmed."""
        return self.people[0] if self.people else None

    @property
    def has_tickets(self) -> bool:
        """True if there are tickets to download."""
        return self.person is not None and self.person.status is ParticipantStatus.APPROVED


def find_owner(work: Work, token: str) -> RegistrationOwner:
    """Return the registration of a token.

    Raises:
        RegistrationPageUnknown: 404.
    """
    r, digest = Registration, token_hash(token)
    query = select(r.tenant_id, r.event_id, r.id, r.language).where(r.token_hash == digest)
    row: Any = work.session.execute(query).one_or_none() if len(token) <= LONGEST_TOKEN else None
    if row is None or not feature_flags.is_on(work, row.tenant_id, FF_REGISTRATION_PAGE):
        raise RegistrationPageUnknown
    return RegistrationOwner(FeedKey(row.tenant_id, row.event_id), row.id, row.language, digest)


def read_own(work: Work, owner: RegistrationOwner) -> OwnRegistration:
    """Return what the page of a registration shows.

    Raises:
        RegistrationPageUnknown: the event or the participant was deleted, or nobody confirmed it in time (404).
    """
    key = owner.key
    registration = get(work, key, owner.registration_id)
    if registration.confirmed_at is None and (registration.expires_at or work.now()) < work.now():
        raise RegistrationPageUnknown
    try:
        event = events.read(work, *key)
        people = _people(work, key, registration)
    except (EventNotFound, ParticipantNotFound):
        raise RegistrationPageUnknown from None
    path = ""
    if people:
        entry = waitlist.find_of_participant(work, key, people[0].id)
        if entry is not None and entry.status in waitlist.ON_LIST and not entry.seats_accepted:
            path = waitlist.page_path(work, key, entry.id)
    is_over = event.status is EventStatus.CANCELLED or event.ends_at <= work.now()
    return OwnRegistration(
        registration=registration,
        event=event,
        people=people,
        waitlist_path=path,
        may_change=bool(people) and people[0].status in _STANDING and not is_over,
        marketing_text=registration.marketing_text or read_settings(work, key).marketing_text,
    )


def change(work: Work, owner: RegistrationOwner, changes: ParticipantChanges, *, marketing: bool) -> None:
    """Change the person's own data, and the consent to news.

    Raises:
        RegistrationPageUnknown: 404. RegistrationOver: 409.
    """
    own = _require_changeable(work, owner)
    if own.person is not None:
        participants.update(work, *owner.key, own.person.id, changes)
    registration = own.registration
    if own.marketing_text and marketing is not (registration.marketing_at is not None):
        registration.marketing_at = work.now() if marketing else None
        registration.marketing_text = own.marketing_text if marketing else ""
        work.session.flush()
        after = {"event_id": owner.key.event_id, "marketing": marketing}
        audit.record(work, owner.key.tenant_id, REGISTRATION_CONSENT, registration.id, after=after)


def cancel(work: Work, owner: RegistrationOwner) -> None:
    """Cancel the registration with those who came with it; their seats are free. Cancelling it again changes nothing.

    Raises:
        RegistrationPageUnknown: 404. RegistrationOver: 409.
    """
    own = read_own(work, owner)
    if own.person is not None and own.person.status is ParticipantStatus.CANCELLED:
        return
    own = _require_changeable(work, owner)
    for person in own.people:
        if person.status in _STANDING:
            participants.update_status(work, *owner.key, person.id, ParticipantStatus.CANCELLED)
    after = {"event_id": owner.key.event_id, "participant_id": own.registration.participant_id}
    audit.record(work, owner.key.tenant_id, REGISTRATION_CANCELLED, owner.registration_id, after=after)


def party_of(work: Work, key: FeedKey, person: Participant) -> Sequence[Participant]:
    """Return a participant and those who came with them, by the registration page or from the waitlist."""
    query = registrations_of(key).where(
        Registration.participant_id == person.id, Registration.group_ref != ""
    )
    registration = work.session.scalars(query.limit(1)).first()
    if registration is None:
        return (person, *waitlist.guests_with(work, key, person.id))
    return _people(work, key, registration)


def issue_ticket(
    work: Work, secret_box: SecretBox, owner: RegistrationOwner, participant_id: str, speech: Any
) -> MailedTicket:
    """Return the ticket of one of the registration's people as a page to print, and record that it is issued.

    Raises:
        RegistrationPageUnknown: the participant isn't one of them (404).
        RegistrationOver: the registration isn't approved (409). As `tickets.service.ticket_text`.
    """
    own = read_own(work, owner)
    person = next((each for each in own.people if each.id == participant_id), None)
    if person is None:
        raise RegistrationPageUnknown
    if person.status is not ParticipantStatus.APPROVED:
        raise RegistrationOver
    ticket = mailed_ticket(work, secret_box, person, speech, with_pdf=True, with_image=False)
    tickets.record_issued(work, *owner.key, person.id, TICKET_FORMAT)
    return ticket


def _require_changeable(work: Work, owner: RegistrationOwner) -> OwnRegistration:
    participants.lock_many(work, *owner.key, [each.id for each in read_own(work, owner).people])
    waitlist.lock(work, owner.key)  # after the participants, as everybody who changes them does
    work.session.expire_all()
    own = read_own(work, owner)
    if not own.may_change:
        raise RegistrationOver
    return own


def _people(work: Work, key: FeedKey, registration: Registration) -> Sequence[Participant]:
    if registration.participant_id is None:
        return ()
    person = participants.get(work, *key, registration.participant_id)
    if not registration.group_ref:
        return (person, *waitlist.guests_with(work, key, person.id))
    group = participants.of_event(*key).where(
        Participant.group_ref == registration.group_ref, Participant.id != person.id
    )
    return (person, *work.session.scalars(group.order_by(Participant.created_at, Participant.id)))

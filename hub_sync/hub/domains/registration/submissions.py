"""Registrations by the page: what somebody sends, the confirmation of the address, and the participants that they become.

Whoever sends the form learns nothing about others: the answer is the same whether the address is registered or not, and only the owner
of the address hears more, by mail. All runs under the lock of the event's seats, so that of two that are sent at once only one counts.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import EventFull
from hub_sync.hub.domains.registration.configuration import read_settings
from hub_sync.hub.domains.registration.errors import (
    RegistrationCategoryUnknown,
    RegistrationClosed,
    RegistrationConsentMissing,
    RegistrationFull,
    RegistrationPageUnknown,
    RegistrationPartyTooLarge,
    RegistrationPhoneMissing,
)
from hub_sync.hub.domains.registration.manifest import (
    REGISTRATION_CONFIRMED,
    REGISTRATION_RECEIVED,
    RegistrationReceived,
    RegistrationRepeated,
    RegistrationRequested,
)
from hub_sync.hub.domains.registration.places import require_seats
from hub_sync.hub.domains.registration.rules import RegistrationWindow, window_at
from hub_sync.hub.domains.registration.schemas import NewRegistration
from hub_sync.hub.domains.registration.tables import Registration, RegistrationSettings
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.page_tokens import page_token, token_hash

LABEL = "registration-pages"
PATH = "/r/"
UNCONFIRMED_LASTS = timedelta(days=2)
MOST_UNCONFIRMED = 3
"""Requests of one address that wait for a confirmation: whoever mistyped a name may send it again, and nobody fills a mailbox."""
_R = Registration


def window_of(work: Work, key: FeedKey, settings: RegistrationSettings) -> RegistrationWindow:
    """Return whether the page takes registrations now.

    Raises:
        EventNotFound: 404.
    """
    return window_at(
        work.now(),
        is_active=settings.is_active,
        opens_at=settings.opens_at,
        closes_at=settings.closes_at,
        ends_at=events.read(work, *key).ends_at,
    )


def submit(work: Work, key: FeedKey, new: NewRegistration) -> None:
    """Take a registration; what becomes of it is written to the address alone.

    Raises:
        EventNotFound: 404.
        RegistrationClosed, RegistrationFull, RegistrationRefused, WaitlistOff, WaitlistFull: 409.
        RegistrationConsentMissing, RegistrationCategoryUnknown, RegistrationPhoneMissing, RegistrationPartyTooLarge: 422.
        PartyTooLarge: more than the waitlist takes (422).
    """
    waitlist.lock(work, key)
    settings = read_settings(work, key)
    _check(work, key, settings, new)
    if not new.on_waitlist:
        require_seats(work, key, settings, new.person.category, new.party_size)
    registered = _registered(work, key, new.person.email or "")
    if registered:
        _repeat(work, key, registered[0], new.language)
    elif settings.confirms_email:
        _request(work, key, settings, new)
    else:
        registration = _store(work, key, settings, new)
        _register(work, key, settings, registration, new)
        _announce(work, registration, new)


def confirm(work: Work, key: FeedKey, registration_id: str, *, on_waitlist: bool = False) -> None:
    """Let a registration count: its link was opened. Confirming it again changes nothing.

    Raises:
        RegistrationPageUnknown: its time is over (404).
        RegistrationClosed, RegistrationFull, RegistrationRefused, WaitlistOff, WaitlistFull: 409.
    """
    waitlist.lock(work, key)
    registration = get(work, key, registration_id)
    if registration.confirmed_at is not None:
        return
    if registration.expires_at is None or registration.expires_at < work.now():
        raise RegistrationPageUnknown
    settings = read_settings(work, key)
    new = NewRegistration.model_validate(registration.content)
    new = new.model_copy(update={"on_waitlist": new.on_waitlist or on_waitlist})
    registered = _registered(work, key, new.person.email or "")
    if registered:
        _empty(work, registration, registered[0])
        return
    if window_of(work, key, settings) is RegistrationWindow.CLOSED:
        raise RegistrationClosed
    if not new.on_waitlist:
        require_seats(work, key, settings, new.person.category, new.party_size)
    _register(work, key, settings, registration, new)
    others = (_R.tenant_id == key.tenant_id, _R.event_id == key.event_id, _R.email == _email_of(new))
    work.session.execute(delete(_R).where(*others, _R.id != registration.id))
    _empty(work, registration, registration.participant_id or "")
    audit.record(
        work, key.tenant_id, REGISTRATION_CONFIRMED, registration.id, after=_audited(registration, new)
    )
    _announce(work, registration, new)


def get(work: Work, key: FeedKey, registration_id: str) -> Registration:
    """Return a registration by the page.

    Raises:
        RegistrationPageUnknown: 404.
    """
    query = registrations_of(key).where(_R.id == registration_id)
    registration = work.session.scalar(query.execution_options(populate_existing=not work.is_reading))
    if registration is None:
        raise RegistrationPageUnknown
    return registration


def registrations_of(key: FeedKey) -> Select[Registration]:
    """Return the query of an event's registrations by the page."""
    return select(_R).where(_R.tenant_id == key.tenant_id, _R.event_id == key.event_id)


def page_path(work: Work, key: FeedKey, registration_id: str) -> str:
    """Return the path of the page of a registration, below the hub's address."""
    return PATH + page_token(work, LABEL, key.tenant_id, registration_id)


def find_page_path(work: Work, key: FeedKey, participant_id: str) -> str | None:
    """Return the path of the page of a participant who registered on the page, None for others."""
    query = registrations_of(key).where(_R.participant_id == participant_id).order_by(_R.created_at.desc())
    registration = work.session.scalars(query.limit(1)).first()
    return None if registration is None else page_path(work, key, registration.id)


def recipient_of(work: Work, key: FeedKey, registration_id: str) -> participants.Participant:
    """Return who registered, for messages; until the address is confirmed it is a participant that is not stored.

    Raises:
        RegistrationPageUnknown, ParticipantNotFound: 404.
    """
    registration = get(work, key, registration_id)
    if registration.participant_id is not None:
        return participants.get(work, *key, registration.participant_id)
    person = NewRegistration.model_validate(registration.content).person
    values = person.model_dump(exclude={"id", "registration_code"})
    return participants.Participant(
        tenant_id=key.tenant_id, id="", event_id=key.event_id, registration_code="", **values
    )


def delete_expired(work: Work) -> int:
    """Delete what nobody confirmed in time, of all tenants, and return how many there were."""
    result: Any = work.session.execute(
        delete(_R).where(_R.confirmed_at.is_(None), _R.expires_at < work.now())
    )
    return int(result.rowcount)


def _check(work: Work, key: FeedKey, settings: RegistrationSettings, new: NewRegistration) -> None:
    if window_of(work, key, settings) is not RegistrationWindow.OPEN:
        raise RegistrationClosed
    if settings.categories and new.person.category not in settings.categories:
        raise RegistrationCategoryUnknown
    if settings.needs_phone and not new.person.phone:
        raise RegistrationPhoneMissing
    if new.party_size > settings.largest_party:
        raise RegistrationPartyTooLarge(limit=settings.largest_party)
    if settings.consent_text and not new.consent:
        raise RegistrationConsentMissing


def _registered(work: Work, key: FeedKey, email: str) -> Sequence[str]:
    """Return the participants with this address whose registration stands."""
    return [
        id_
        for id_ in participants.ids_with_email(work, *key, email)
        if participants.get(work, *key, id_).status is not ParticipantStatus.CANCELLED
    ]


def _email_of(new: NewRegistration) -> str:
    return participants.email_key(new.person.email or "")


def _request(work: Work, key: FeedKey, settings: RegistrationSettings, new: NewRegistration) -> None:
    """Store a registration that counts once its address is confirmed. The same sent twice is one."""
    waiting = work.session.scalars(
        registrations_of(key).where(
            _R.email == _email_of(new), _R.confirmed_at.is_(None), _R.expires_at >= work.now()
        )
    ).all()
    content = new.model_dump(mode="json")
    if len(waiting) >= MOST_UNCONFIRMED or any(each.content == content for each in waiting):
        return
    registration = _store(work, key, settings, new)
    registration.content, registration.email = content, _email_of(new)
    registration.expires_at = work.now() + UNCONFIRMED_LASTS
    work.session.flush()
    requested = RegistrationRequested(entity_id=registration.id, event_id=key.event_id)
    domain_events.emit(work, key.tenant_id, requested)


def _store(work: Work, key: FeedKey, settings: RegistrationSettings, new: NewRegistration) -> Registration:
    registration = _new_row(work, key, new.language)
    registration.party_size = new.party_size
    if settings.consent_text:
        registration.consent_version, registration.consent_text = (
            settings.consent_version,
            settings.consent_text,
        )
        registration.consented_at = work.now()
    if settings.marketing_text and new.marketing:
        registration.marketing_text, registration.marketing_at = settings.marketing_text, work.now()
    return registration


def _new_row(work: Work, key: FeedKey, language: str) -> Registration:
    id_ = work.new_id()
    registration = Registration(
        tenant_id=key.tenant_id,
        id=id_,
        event_id=key.event_id,
        content={},
        party_size=1,
        group_ref="",
        language=language,
        consent_text="",
        marketing_text="",
    )
    registration.token_hash = token_hash(page_token(work, LABEL, key.tenant_id, id_))
    work.session.add(registration)
    return registration


def _register(
    work: Work,
    key: FeedKey,
    settings: RegistrationSettings,
    registration: Registration,
    new: NewRegistration,
) -> None:
    """Make participants of a registration, who take seats or wait for them."""
    extra: dict[str, Any] = {"language": new.language} if new.language else {}
    if new.on_waitlist:
        if new.companions:
            extra[waitlist.COMPANIONS] = [" ".join(name).strip() for name in new.companions]
        entry = waitlist.register_and_join(
            work,
            key,
            new.person.model_copy(update={"extra": extra}),
            party_size=new.party_size,
            category=new.person.category,
            language=new.language,
        )
        if entry is None:  # nobody of this address was registered a moment ago, under the same lock
            raise RuntimeError("somebody registered beside the lock of the event's seats")
        registration.participant_id = entry.participant_id
    else:
        registration.participant_id = _create_party(work, key, settings, registration, new, extra)
    registration.confirmed_at, registration.expires_at = work.now(), None
    work.session.flush()


def _create_party(
    work: Work,
    key: FeedKey,
    settings: RegistrationSettings,
    registration: Registration,
    new: NewRegistration,
    extra: dict[str, Any],
) -> str:
    status = ParticipantStatus.APPROVED if settings.approves else ParticipantStatus.PENDING
    if new.companions:
        registration.group_ref = group_of(registration)
    shared = {"status": status, "group_ref": registration.group_ref}
    try:
        person = participants.create(work, *key, new.person.model_copy(update={**shared, "extra": extra}))
        for first_name, last_name in new.companions:
            companion = participants.NewParticipant(
                first_name=first_name, last_name=last_name, category=new.person.category, **shared
            )
            participants.create(work, *key, companion)
    except EventFull:
        raise RegistrationFull from None
    return person.id


def group_of(registration: Registration) -> str:
    """Return the group of those who are registered with one form."""
    return f"R-{registration.id[-12:].upper()}"


def _announce(work: Work, registration: Registration, new: NewRegistration) -> None:
    tenant_id, participant_id = registration.tenant_id, registration.participant_id or ""
    audit.record(work, tenant_id, REGISTRATION_RECEIVED, registration.id, after=_audited(registration, new))
    received = RegistrationReceived(
        entity_id=registration.id, event_id=registration.event_id, participant_id=participant_id
    )
    domain_events.emit(work, tenant_id, received)


def _audited(registration: Registration, new: NewRegistration) -> dict[str, Any]:
    return {
        "event_id": registration.event_id,
        "participant_id": registration.participant_id,
        "party_size": registration.party_size,
        "on_waitlist": new.on_waitlist,
        "consent_version": registration.consent_version,
        "marketing": registration.marketing_at is not None,
    }


def _empty(work: Work, registration: Registration, participant_id: str) -> None:
    """Remove what was typed from a registration: the participant has it."""
    registration.participant_id = participant_id
    registration.content, registration.email, registration.expires_at = {}, None, None
    registration.confirmed_at = registration.confirmed_at or work.now()
    work.session.flush()


def _repeat(work: Work, key: FeedKey, participant_id: str, language: str) -> None:
    """Have the owner of an address know that it is registered already, with the page of that registration."""
    query = registrations_of(key).where(_R.participant_id == participant_id).limit(1)
    registration = work.session.scalars(query).first()
    if registration is None:  # registered by the organiser
        registration = _new_row(work, key, language)
        registration.participant_id, registration.confirmed_at = participant_id, work.now()
        work.session.flush()
    repeated = RegistrationRepeated(
        entity_id=registration.id, event_id=key.event_id, participant_id=participant_id
    )
    domain_events.emit(work, key.tenant_id, repeated)

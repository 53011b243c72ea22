"""Register participants, one or many at once, and generate their registration codes."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import NewId
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import screens
from hub_sync.hub.domains.participants.errors import (
    EventFull,
    ExternalIdTaken,
    ParticipantExists,
    RegistrationCodesTaken,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
)
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANT_CREATED,
    PARTICIPANTS_IMPORTED,
    ParticipantApproved,
    ParticipantCancelled,
    ParticipantRegistered,
    ParticipantRejected,
    ParticipantsImported,
    ParticipantStatusChanged,
)
from hub_sync.hub.domains.participants.schemas import NewParticipant
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.bulk import insert_many as insert_rows
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.search_column import fold_search_text
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.text_normalization import count_code_characters, normalize_code

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L, so that a code can be read aloud without mistakes."""
_CODE_LENGTH = 10
_SHORTEST_CODE, _LONGEST_NORMAL = 4, 64
_CHUNK = 5_000
_BY_CODE = select(Participant.id).where(
    Participant.tenant_id == bindparam("t"),
    Participant.event_id == bindparam("e"),
    Participant.code_normal == bindparam("code"),
)

_BY_EXTERNAL_ID = select(Participant.id).where(
    Participant.tenant_id == bindparam("t"),
    Participant.event_id == bindparam("e"),
    Participant.external_id == bindparam("external_id"),
    Participant.deleted_at.is_(None),
)
_TABLE = cast("Table", Participant.__table__)
_INSERT = insert(_TABLE)


def new_code() -> str:
    """Return a random registration code in two groups of five characters.

    It has a letter and a digit: a code of letters alone looks like a name that is typed for a search, and one of digits
    alone like a number. About 31^10 codes are possible.
    """
    base = len(_ALPHABET)
    while True:
        number = secrets.randbelow(base**_CODE_LENGTH)
        code = "".join(_ALPHABET[number // base**place % base] for place in range(_CODE_LENGTH))
        if not code.isalpha() and not code.isdigit():
            return f"{code[:5]}-{code[5:]}"


def create(
    work: Work, tenant_id: str, event_id: str, new: NewParticipant, *, takes_seat: bool = True
) -> Participant:
    """Register a participant.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        new: the registration.
        takes_seat: False: they join the waitlist in the same transaction.

    Raises:
        EventNotFound: 404.
        RegistrationCodeTaken: the event has a participant with this code (409).
        ExternalIdTaken: the event has a participant with this external id (409).
        RegistrationCodeUnusable: the code has too few letters and digits (422).
        ParticipantExists: the id is taken (409).
        RegistrationRefused: the organiser does not take this person (409).
        EventFull: the event keeps a waitlist and has no seat for somebody who isn't on it (409).
    """
    key = FeedKey(tenant_id, event_id)
    number = events.advance_feed(work, key, 1)
    values = _values(new, work.new_id)
    taken = RegistrationCodeTaken(registration_code=values["registration_code"])
    if new.id and work.session.get(Participant, (tenant_id, new.id)):
        raise ParticipantExists
    if new.registration_code and code_is_taken(work, tenant_id, event_id, values["code_normal"]):
        raise taken  # a generated code is free (31^10); if it were not, the INSERT would fail
    if new.external_id:
        require_free_external_id(work, tenant_id, event_id, new.external_id)
    (screening,) = screens.screen_new(work, key, [screens.data_of(new)])
    if takes_seat and new.status in screens.SEATED:
        screens.require_seats(work, key, [new.category])
    row = {**values, **_common(work, tenant_id, event_id), "feed_seq": number, "standing": screening.standing}
    with refuse_doubles(taken):
        work.write(_INSERT, row)
    participant = Participant()
    vars(participant).update(
        row
    )  # as it would be loaded; setting one column after the other takes ten times as long
    make_transient_to_detached(participant)
    work.session.add(participant)
    screens.record(work, key, {participant.id: screening})
    audit.record(work, tenant_id, PARTICIPANT_CREATED, participant.id, after=snapshot(participant))
    registered = ParticipantRegistered(
        entity_id=participant.id,
        event_id=event_id,
        status=participant.status,
        category=participant.category,
    )
    domain_events.emit(work, tenant_id, registered, *status_events(participant, None))
    return participant


def create_many(work: Work, tenant_id: str, event_id: str, new: Iterable[NewParticipant]) -> Sequence[str]:
    """Register many participants at once and return their ids.

    The rows are inserted by the thousand; there is one audit entry and one domain event for all of them.

    Raises:
        RegistrationCodesTaken: a code occurs twice or is taken; nobody is registered (409).
        RegistrationCodeUnusable: a code has too few letters and digits (422).
        RegistrationRefused: the organiser does not take one of these people; nobody is registered (409).
        EventFull: the event keeps a waitlist and has too few seats; nobody is registered (409).
    """
    ids = insert_many(work, tenant_id, event_id, new)
    if ids:
        announce_import(work, tenant_id, event_id, len(ids))
    return ids


def announce_import(
    work: Work, tenant_id: str, event_id: str, count: int, operation_id: str | None = None
) -> None:
    """Record that participants were registered at once: one audit entry and one domain event for all of them.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        count: how many.
        operation_id: the bulk operation whose items they are, or None.
    """
    after = {"event_id": event_id, "count": count}
    audit.record(work, tenant_id, PARTICIPANTS_IMPORTED, event_id, after=after)
    imported = ParticipantsImported(
        entity_id=event_id, event_id=event_id, count=count, import_operation_id=operation_id
    )
    domain_events.emit(work, tenant_id, imported)


def insert_many(work: Work, tenant_id: str, event_id: str, new: Iterable[NewParticipant]) -> Sequence[str]:
    """Register participants as `create_many` does, a part of those that are announced together (`announce_import`).

    Raises:
        RegistrationCodesTaken: a code occurs twice, or a code or an external id is taken; nobody is registered (409).
        RegistrationCodeUnusable: a code has too few letters and digits (422).
        RegistrationRefused: the organiser does not take one of these people; nobody is registered (409).
        EventFull: the event keeps a waitlist and has too few seats; nobody is registered (409).
    """
    return [id_ for id_ in _insert(work, tenant_id, event_id, list(new), may_leave_out=False) if id_]


def insert_seated(
    work: Work, tenant_id: str, event_id: str, new: Iterable[NewParticipant]
) -> Sequence[str | None]:
    """Register participants as `insert_many` does, but only those for whom the event has a seat, in their order.

    Returns:
        The id of each; None: there is no seat for this one.

    Raises:
        RegistrationCodesTaken, RegistrationCodeUnusable, RegistrationRefused: as `insert_many`; nobody is registered.
    """
    return _insert(work, tenant_id, event_id, list(new), may_leave_out=True)


def _insert(
    work: Work, tenant_id: str, event_id: str, people: Sequence[NewParticipant], *, may_leave_out: bool
) -> Sequence[str | None]:
    rows = [_values(participant, work.new_id) for participant in people]
    if not rows:
        return []
    codes = {row["code_normal"] for row in rows}
    if len(codes) != len(rows):
        raise RegistrationCodesTaken
    key = FeedKey(tenant_id, event_id)
    first = events.advance_feed(work, key, len(rows))
    common = _common(work, tenant_id, event_id)
    screenings = screens.screen_new(work, key, [screens.data_of(person) for person in people])
    seats = iter(
        screens.find_seats(
            work, key, [person.category for person in people if person.status in screens.SEATED]
        )
    )
    registered = [person.status not in screens.SEATED or next(seats) for person in people]
    if not may_leave_out and not all(registered):
        raise EventFull
    ids = [row["id"] if is_registered else None for row, is_registered in zip(rows, registered, strict=True)]
    rows, screenings = list(compress(rows, registered)), list(compress(screenings, registered))
    for number, (row, screening) in enumerate(zip(rows, screenings, strict=True), start=first):
        searched = fold_search_text(map(row.get, Participant.__searched_by__))
        row.update(feed_seq=number, standing=screening.standing, searched=searched)
    try:
        with work.session.begin_nested():
            for start in range(0, len(rows), _CHUNK):
                insert_rows(work.session, _TABLE, rows[start : start + _CHUNK], common)
    except IntegrityError as error:
        raise RegistrationCodesTaken from error
    results = {row["id"]: screening for row, screening in zip(rows, screenings, strict=True)}
    screens.record(work, key, results)
    return ids


def parse_code(code: str) -> str:
    """Return the normal form of a code, by which it is looked up.

    Raises:
        RegistrationCodeUnusable: the code has fewer than four letters and digits, or its normal form has more than 64
            characters (422).
    """
    normal = normalize_code(code)
    if count_code_characters(normal) < _SHORTEST_CODE or len(normal) > _LONGEST_NORMAL:
        raise RegistrationCodeUnusable(registration_code=code)
    return normal


def code_is_taken(work: Work, tenant_id: str, event_id: str, normal: str) -> bool:
    """Return True if a participant of the event has a code of this normal form. Deleted ones keep their codes."""
    work.session.flush()
    return work.fetch_one(_BY_CODE, {"t": tenant_id, "e": event_id, "code": normal}) is not None


def require_free_external_id(work: Work, tenant_id: str, event_id: str, external_id: str) -> None:
    """Check that no participant of the event has an external id. Deleted ones have given theirs back.

    Raises:
        ExternalIdTaken: 409.
    """
    work.session.flush()
    if work.fetch_one(_BY_EXTERNAL_ID, {"t": tenant_id, "e": event_id, "external_id": external_id}):
        raise ExternalIdTaken(external_id=external_id)


def _common(work: Work, tenant_id: str, event_id: str) -> dict[str, Any]:
    """Return the columns that all new participants of an event share."""
    row = {
        "tenant_id": tenant_id,
        "event_id": event_id,
        "version": 1,
        "tickets_valid_from": None,
        "deleted_at": None,
    }
    return row | work.timestamps()


def _values(new: NewParticipant, new_id: NewId) -> dict[str, Any]:
    code = new.registration_code or new_code()
    normal = parse_code(code)
    return {
        "id": new.id or new_id(),
        "first_name": new.first_name,
        "last_name": new.last_name,
        "email": new.email,
        "phone": new.phone,
        "registration_code": code,
        "code_normal": normal,
        "external_id": new.external_id,
        "status": new.status,
        "category": new.category,
        "group_ref": new.group_ref,
        "photo": new.photo,
        "extra": new.extra,
    }


# --- the domain events of a status ---------------------------------------------------------------

_BY_STATUS: Mapping[ParticipantStatus, type[ParticipantStatusChanged]] = {
    ParticipantStatus.APPROVED: ParticipantApproved,
    ParticipantStatus.REJECTED: ParticipantRejected,
    ParticipantStatus.CANCELLED: ParticipantCancelled,
}


def status_events(participant: Participant, before: ParticipantStatus | None) -> list[DomainEvent]:
    """Return the domain events of a participant's status.

    Args:
        participant: with the new status.
        before: the status before; None for a new registration. A new registration as PENDING has no such events.
    """
    status = participant.status
    if before is None and status is ParticipantStatus.PENDING:
        return []
    values: dict[str, Any] = {
        "entity_id": participant.id,
        "event_id": participant.event_id,
        "from_": before,
        "to": status,
        "version": participant.version,
        "registration_code": participant.registration_code,
        "category": participant.category,
    }
    event_class = _BY_STATUS.get(status)
    return [*([event_class(**values)] if event_class else []), ParticipantStatusChanged(**values)]

"""Registration codes, and making participants one by one or by the thousand."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from hub_sync.contract.ids import NewId
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants.errors import (
    ParticipantExists,
    RegistrationCodesTaken,
    RegistrationCodeTaken,
    RegistrationCodeUnusable,
)
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANT_CREATED,
    PARTICIPANTS_IMPORTED,
    ParticipantRegistered,
    ParticipantsImported,
)
from hub_sync.hub.domains.participants.schemas import NewParticipant
from hub_sync.hub.domains.participants.status_events import status_events
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.database import is_unique_violation
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.rules.text_normalization import normalize_code

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, O, 1, I, L: what is read aloud at a desk must be understood."""
_CHUNK = 5_000
_OF_CODE = select(Participant.id).where(
    Participant.tenant_id == bindparam("t"),
    Participant.event_id == bindparam("e"),
    Participant.code_normal == bindparam("code"),
)


def new_code() -> str:
    """A registration code that nobody can guess (31^10), in two groups that can be read aloud."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def create(work: Work, tenant_id: str, event_id: str, new: NewParticipant) -> Participant:
    """Register one person.

    Raises:
        RegistrationCodeTaken, RegistrationCodeUnusable, ParticipantExists.
    """
    values = _values(new, work.new_id)
    taken = RegistrationCodeTaken(registration_code=values["registration_code"])
    if new.id and work.session.get(Participant, (tenant_id, new.id)):
        raise ParticipantExists
    if new.registration_code and code_is_taken(work, tenant_id, event_id, values["code_normal"]):
        raise taken  # a code that was made here is free (31^10); if it were not, the INSERT would say so
    participant = Participant(tenant_id=tenant_id, event_id=event_id, **values)
    work.session.add(participant)
    try:
        work.session.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise taken from error
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
    """Register many at once, by plain INSERTs of thousands; one audit row and one domain event for all. Returns their ids.

    Raises:
        RegistrationCodesTaken: two of them, or one of them and one that is there, have the same code; none is made.
        RegistrationCodeUnusable.
    """
    rows = [_values(one, work.new_id) for one in new]
    if not rows:
        return []
    codes = {row["code_normal"] for row in rows}
    if len(codes) != len(rows):
        raise RegistrationCodesTaken
    first = change_feed.advance(work.session, tenant_id, event_id, len(rows))
    common = {"tenant_id": tenant_id, "event_id": event_id, "version": 1, "standing": "", "deleted_at": None}
    common |= work.timestamps()
    for number, row in enumerate(rows, start=first):
        row.update(common, feed_seq=number)
    statement = insert(cast("Table", Participant.__table__))
    try:
        with work.session.begin_nested():
            for start in range(0, len(rows), _CHUNK):
                work.session.execute(statement, rows[start : start + _CHUNK])
    except IntegrityError as error:
        raise RegistrationCodesTaken from error
    after = {"event_id": event_id, "count": len(rows)}
    audit.record(work, tenant_id, PARTICIPANTS_IMPORTED, event_id, after=after)
    domain_events.emit(
        work, tenant_id, ParticipantsImported(entity_id=event_id, event_id=event_id, count=len(rows))
    )
    return [row["id"] for row in rows]


def parse_code(code: str) -> str:
    """The normal form by which a code is found.

    Raises:
        RegistrationCodeUnusable: nothing is left of it.
    """
    normal = normalize_code(code)
    if not normal:
        raise RegistrationCodeUnusable(registration_code=code)
    return normal[:64]


def code_is_taken(work: Work, tenant_id: str, event_id: str, normal: str) -> bool:
    """Whether somebody of the event has a code of this normal form; deleted ones keep theirs."""
    work.session.flush()
    return work.fetch_one(_OF_CODE, {"t": tenant_id, "e": event_id, "code": normal}) is not None


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
        "status": new.status,
        "category": new.category,
        "photo": new.photo,
        "extra": new.extra,
    }

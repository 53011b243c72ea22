"""Register, read, update, delete and count participants.

`sync_rows` has the rows that stations pull; `find_persons` and its neighbours return what `rules.admission` decides about.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.participants import sync_rows
from hub_sync.hub.domains.participants.deletion import delete, restore
from hub_sync.hub.domains.participants.errors import ParticipantNotFound, RegistrationCodeUnusable
from hub_sync.hub.domains.participants.many import (
    email_key,
    find_many,
    find_many_by,
    ids_by_email,
    ids_with_email,
    lock_many,
    replace_all_tickets,
    versions_of_event,
)
from hub_sync.hub.domains.participants.merging import (
    CHOSEN_FIELDS,
    absorb,
    all_survivors,
    compared_after,
    compared_alike,
    compared_by_index,
    has_merged,
    is_merged,
    lock_pair,
    release,
    surviving,
    survivor_of,
    survivors,
)
from hub_sync.hub.domains.participants.persons import (
    NamedPerson,
    events_of,
    find_irregular,
    merged_ids,
    merged_into,
)
from hub_sync.hub.domains.participants.persons import find_by_code as find_person_by_code
from hub_sync.hub.domains.participants.persons import find_by_group as find_group
from hub_sync.hub.domains.participants.persons import find_by_ids as find_persons
from hub_sync.hub.domains.participants.registration import (
    announce_import,
    create,
    create_many,
    insert_many,
    insert_seated,
    parse_code,
)
from hub_sync.hub.domains.participants.schemas import NewParticipant, ParticipantChanges
from hub_sync.hub.domains.participants.screens import (
    SCREENED_AT_ONCE,
    SEATED,
    PersonData,
    Screening,
    data_of,
    data_of_values,
    note_refused,
    require_unblocked,
    review_people,
    screen,
    screened_ids,
    screened_page,
)
from hub_sync.hub.domains.participants.statistics import categories, count_by_status, find_exact
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.domains.participants.updates import (
    replace_tickets,
    update,
    update_status,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.text_normalization import normalize_code

__all__ = [
    "ALL",
    "CHOSEN_FIELDS",
    "SCREENED_AT_ONCE",
    "SEATED",
    "NamedPerson",
    "NewParticipant",
    "Participant",
    "ParticipantChanges",
    "ParticipantNotFound",
    "PersonData",
    "RegistrationCodeUnusable",
    "Screening",
    "absorb",
    "all_of",
    "all_survivors",
    "announce_import",
    "categories",
    "compared_after",
    "compared_alike",
    "compared_by_index",
    "count",
    "count_by_status",
    "counts",
    "create",
    "create_many",
    "data_of",
    "data_of_values",
    "delete",
    "deleted_of_event",
    "display_name",
    "email_key",
    "events_of",
    "find_exact",
    "find_group",
    "find_irregular",
    "find_many",
    "find_many_by",
    "find_person_by_code",
    "find_persons",
    "get",
    "get_by_code",
    "has_merged",
    "ids_by_email",
    "ids_with_email",
    "insert_many",
    "insert_seated",
    "is_merged",
    "lock_many",
    "lock_pair",
    "merged_ids",
    "merged_into",
    "note_refused",
    "of_event",
    "parse_code",
    "read",
    "release",
    "replace_all_tickets",
    "replace_tickets",
    "require_unblocked",
    "restore",
    "review_people",
    "screen",
    "screened_ids",
    "screened_page",
    "surviving",
    "survivor_of",
    "survivors",
    "sync_rows",
    "update",
    "update_status",
    "versions_of_event",
]


_NOT_DELETED = (
    Participant.tenant_id == bindparam("t"),
    Participant.event_id == bindparam("e"),
    Participant.deleted_at.is_(None),
)
ALL = select(Participant).where(*_NOT_DELETED)
"""The participants of the event `e` of the tenant `t`, without deleted and merged ones."""
_SELECT_COLUMNS = select(*Participant.__table__.c).where(*_NOT_DELETED, Participant.id == bindparam("p"))


def display_name(participant: Participant) -> str:
    """Return the name of a participant, or the registration code if there is no name."""
    name = f"{participant.first_name} {participant.last_name}".strip()
    return name or participant.registration_code


def get(work: Work, tenant_id: str, event_id: str, participant_id: str) -> Participant:
    """Return the participant of an id.

    Raises:
        ParticipantNotFound: no such participant, or it is deleted (404).
    """
    participant = work.session.get(Participant, (tenant_id, participant_id))
    if participant is None or participant.event_id != event_id or participant.deleted_at:
        raise ParticipantNotFound
    return participant


def read(work: Work, tenant_id: str, event_id: str, participant_id: str) -> Row[Any]:
    """Return the columns of a participant. This is much cheaper than the object that `get` builds.

    Raises:
        ParticipantNotFound.
    """
    row = work.fetch_one(_SELECT_COLUMNS, {"t": tenant_id, "e": event_id, "p": participant_id})
    if row is None:
        raise ParticipantNotFound
    return row


def get_by_code(work: Work, tenant_id: str, event_id: str, typed: str) -> Participant:
    """Return the participant of a registration code in any spelling (`rules.text_normalization.normalize_code`).

    Raises:
        ParticipantNotFound.
    """
    query = select(Participant).where(
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.code_normal == normalize_code(typed),
        Participant.deleted_at.is_(None),
    )
    participant = work.session.scalar(query)
    if participant is None:
        raise ParticipantNotFound
    return participant


def count(work: Work, tenant_id: str, event_id: str) -> int:
    """Return the number of participants of an event."""
    return (
        work.session.scalar(
            select(func.count()).select_from(Participant).where(*_not_deleted(tenant_id, event_id))
        )
        or 0
    )


def counts(work: Work, tenant_id: str, event_ids: Iterable[str]) -> dict[str, int]:
    """Return the number of participants by event id; events without participants are left out."""
    query = (
        select(Participant.event_id, func.count())
        .where(
            Participant.tenant_id == tenant_id,
            Participant.event_id.in_(list(event_ids)),
            Participant.deleted_at.is_(None),
        )
        .group_by(Participant.event_id)
    )
    return dict(iter(work.session.execute(query)))


def of_event(tenant_id: str, event_id: str) -> Select[Participant]:
    """Return the query of an event's participants."""
    return ALL.params(t=tenant_id, e=event_id)


def deleted_of_event(tenant_id: str, event_id: str) -> Select[Participant]:
    """Return the query of an event's deleted participants. Merged ones are not among them: undoing the merge brings them back."""
    return select(Participant).where(
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.deleted_at.is_not(None),
        Participant.standing.not_like(MERGED + "%"),
    )


def all_of(work: Work, tenant_id: str, event_id: str) -> Iterator[Participant]:
    """Yield the participants of an event in the order of registration; a thousand rows are loaded at a time."""
    query = select(Participant).where(*_not_deleted(tenant_id, event_id)).order_by(Participant.id)
    yield from work.session.scalars(query.execution_options(yield_per=1000))


def _not_deleted(tenant_id: str, event_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.deleted_at.is_(None),
    )

"""How many are registered, and as what, for the console; quick with 250,000 of them."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.text_normalization import normalize_code

AT_MOST = 100


def count_by_status(work: Work, tenant_id: str, event_id: str) -> dict[ParticipantStatus, int]:
    """How many registrations stand how."""
    query = (
        select(Participant.status, func.count())
        .where(*_there(Participant, tenant_id, event_id))
        .group_by(Participant.status)
    )
    found = {status: count for status, count in work.session.execute(query)}  # noqa: C416 - rows are no pairs to mypy
    return {status: found.get(status, 0) for status in ParticipantStatus}


def categories(work: Work, tenant_id: str, event_id: str) -> list[str]:
    """The categories that there are. Each is found by one step in the index: DISTINCT would read every row."""
    first = select(func.min(Participant.category).label("category")).where(
        *_there(Participant, tenant_id, event_id), Participant.category != ""
    )
    found = first.cte("found", recursive=True)
    further = aliased(Participant)
    following = (
        select(func.min(further.category))
        .where(*_there(further, tenant_id, event_id), further.category > found.c.category)
        .scalar_subquery()
    )
    found = found.union_all(select(following).where(found.c.category.is_not(None)))
    query = select(found.c.category).where(found.c.category.is_not(None)).limit(AT_MOST)
    return list(work.session.scalars(query))


def find_exact(work: Work, tenant_id: str, event_id: str, typed: str) -> list[str]:
    """The ids of whoever has this code or e-mail address, as somebody typed it whole; by index, in no time."""
    there = _there(Participant, tenant_id, event_id)
    by_code = select(Participant.id).where(*there, Participant.code_normal == normalize_code(typed))
    # By tenant and address alone: with the event beside them, SQLite would walk through an index of the whole event.
    by_email = select(Participant.id, Participant.event_id, Participant.deleted_at).where(
        Participant.tenant_id == tenant_id, Participant.email.in_((typed, typed.lower()))
    )
    found = set(work.session.scalars(by_code))
    for row in work.session.execute(by_email):
        if row.event_id == event_id and row.deleted_at is None:
            found.add(row.id)
    return sorted(found)


def _there(table: Any, tenant_id: str, event_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.tenant_id == tenant_id, table.event_id == event_id, table.deleted_at.is_(None)

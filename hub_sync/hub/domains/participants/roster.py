"""Participants as stations get them: `contract.sync.ParticipantRow`, by plain selects of columns."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from hub_sync.contract.sync import ParticipantRow
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.feed import FeedKey
from hub_sync.hub.kit.unit_of_work import Work

DELETED = "deleted"
_COLUMNS = (
    Participant.id,
    Participant.first_name,
    Participant.last_name,
    Participant.registration_code,
    Participant.status,
    Participant.category,
    Participant.standing,
    Participant.version,
)


def count(work: Work, key: FeedKey) -> int:
    """How many rows the event's roster has, deleted ones too."""
    return work.session.scalar(select(func.count()).select_from(Participant).where(*_of(key))) or 0


def page(work: Work, key: FeedKey, after_id: str, limit: int) -> list[ParticipantRow]:
    """The next rows of the whole roster in the order of their ids; "" begins."""
    chosen = (
        select(*_COLUMNS).where(*_of(key), Participant.id > after_id).order_by(Participant.id).limit(limit)
    )
    return [_row(row) for row in work.session.execute(chosen)]


def changed(work: Work, key: FeedKey, after: int, until: int, limit: int) -> list[tuple[int, ParticipantRow]]:
    """(feed number, row) of what changed after number `after`, up to `until` inclusive, in that order."""
    chosen = (
        select(*_COLUMNS, Participant.feed_seq)
        .where(*_of(key), Participant.feed_seq > after, Participant.feed_seq <= until)
        .order_by(Participant.feed_seq)
        .limit(limit)
    )
    return [(row.feed_seq, _row(row)) for row in work.session.execute(chosen)]


def _of(key: FeedKey) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Participant.tenant_id == key.tenant_id, Participant.event_id == key.event_id


def _row(row: Sequence[Any]) -> ParticipantRow:
    """A deleted one keeps its id and loses its names and its code."""
    if row[6] == DELETED:
        return (row[0], "", "", "", row[4], "", DELETED, row[7])
    return (row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])

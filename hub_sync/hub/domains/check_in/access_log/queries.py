"""Queries of the access log for pages: outcomes, what is new, the neighbours of a row in its journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from hub_sync.hub.domains.check_in.access_log.repository import ADMITTING
from hub_sync.hub.domains.check_in.tables import OVERRIDDEN, REFUSED, AccessLog, Checkpoint, PassageReport
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey


class Outcome(StrEnum):
    """What came of a scan, for the filter of the page."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    OVERRIDDEN = "override"


def outcome_condition(outcome: Outcome) -> ColumnElement[bool]:
    """Return the SQL condition of an outcome. Those of rare outcomes are the conditions of their partial indexes."""
    if outcome is Outcome.REFUSED:
        return text(REFUSED)  # type: ignore[return-value]
    if outcome is Outcome.OVERRIDDEN:
        return text(OVERRIDDEN)  # type: ignore[return-value]
    return AccessLog.result.in_(ADMITTING)


def checkpoint_names(session: Session, key: FeedKey) -> dict[str, str]:
    """Return the names of the event's checkpoints by id, deleted ones included."""
    query = select(Checkpoint.id, Checkpoint.name).where(
        Checkpoint.tenant_id == key.tenant_id, Checkpoint.event_id == key.event_id
    )
    return {id_: name for id_, name in session.execute(query.order_by(Checkpoint.name))}  # noqa: C416 - rows are no pairs to mypy


def log_position(work: Work, key: FeedKey) -> int:
    """Return the number of the last row of the event's log: how many were stored since rows are numbered."""
    return change_feed.feed_position(work.session, key).log_head


def count_since(
    work: Work, key: FeedKey, position: int, where: Sequence[ColumnElement[bool]], most: int
) -> int:
    """Return how many rows that meet the conditions were stored after a position; at most `most`."""
    a = AccessLog
    rows = (
        select(a.id)
        .where(a.tenant_id == key.tenant_id, a.event_id == key.event_id, a.log_seq > position, *where)
        .limit(most)
    )
    return work.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def count_rows(work: Work, key: FeedKey, where: Sequence[ColumnElement[bool]]) -> int:
    """Return the number of rows that meet the conditions."""
    a = AccessLog
    query = select(func.count()).select_from(a)
    return (
        work.session.scalar(query.where(a.tenant_id == key.tenant_id, a.event_id == key.event_id, *where))
        or 0
    )


@dataclass(frozen=True, slots=True)
class JournalNeighbour:
    """A row before or after another one in its journal; `scan_id` is the scan that it is, or is about, if there is one."""

    sequence: int
    event_id: str
    scan_id: str | None


def neighbours(work: Work, scan: AccessLog) -> Mapping[int, JournalNeighbour]:
    """Return the rows before and after a row in its journal, by their sequence; those that were set aside are left out."""
    beside: dict[int, JournalNeighbour] = {}
    for rows, scan_id in ((AccessLog, AccessLog.id), (PassageReport, PassageReport.access_log_id)):
        query = select(rows.sequence, rows.event_id, scan_id).where(
            rows.tenant_id == scan.tenant_id,
            rows.device_id == scan.device_id,
            rows.journal_id == scan.journal_id,
            rows.sequence.in_([scan.sequence - 1, scan.sequence + 1]),
        )
        beside |= {row[0]: JournalNeighbour(*row) for row in work.session.execute(query)}
    return beside


def passage_reports(work: Work, scan: AccessLog) -> Sequence[PassageReport]:
    """Return what stations reported of a scan's passage, in the order of arrival."""
    rows = PassageReport
    query = select(rows).where(rows.tenant_id == scan.tenant_id, rows.access_log_id == scan.id)
    return work.session.scalars(query.order_by(rows.log_seq)).all()

"""Rows of the access log for CSV and Excel files, one by one from one snapshot, so that their number takes no memory."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, select, type_coerce

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.access_log.queries import checkpoint_names
from hub_sync.hub.domains.check_in.tables import ScannedBy
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.domain.audit_actions import WITHHELD
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

CHUNK_ROWS = 2_000
SHEET = "Access log"
HEADER = (
    "scanned_at",
    "local_time",
    "result",
    "reason_code",
    "direction",
    "checkpoint",
    "zone",
    "participant_id",
    "first_name",
    "last_name",
    "category",
    "scan_type",
    "scanned_by",
    "device_id",
    "override_reason",
    "override_by",
    "operator",
    "passage",
    "flag",
    "received_at",
    "id",
)
_C = repository.LOG.c
_COLUMNS = (
    _C.effective_at_ms,
    type_coerce(_C.result, String).label("result"),
    type_coerce(_C.reason_code, String).label("reason_code"),
    type_coerce(_C.direction, String).label("direction"),
    _C.checkpoint_id,
    _C.zone,
    _C.participant_id,
    type_coerce(_C.scan_type, String).label("scan_type"),
    _C.journal_id,
    _C.device_id,
    _C.override_reason,
    _C.override_by,
    _C.operator_name,
    type_coerce(_C.passage, String).label("passage"),
    _C.flag,
    _C.received_at,
    _C.id,
)


@dataclass(frozen=True, slots=True)
class _Names:
    zone: tzinfo
    checkpoints: Mapping[str, str]
    people: Mapping[str, participants.NamedPerson]
    with_reasons: bool


def file_name(slug: str, now: datetime, time_zone: str, ending: str) -> str:
    """Return the name under which browsers save an export: with the day at the event."""
    local = now.astimezone(load_time_zone_or_utc(time_zone))
    return f"access-log-{slug}-{local:%Y-%m-%d}.{ending}"


def rows(
    uow: UnitOfWork, key: FeedKey, where: Sequence[ColumnElement[bool]], *, with_names: bool
) -> Generator[tuple[Any, ...]]:
    """Yield the log in the order of time, a row as `HEADER` has it. Keeps a snapshot open until it is exhausted or closed.

    Without `with_names`, the first and last names are empty, and `WITHHELD` stands for the reasons of overrides, which may
    hold a name: the caller may not read participants.

    Raises:
        EventNotFound: before the first row.
    """
    with uow.read() as work:
        zone = load_time_zone_or_utc(events.get(work, *key).time_zone)
        checkpoints = checkpoint_names(work.session, key)
        with work.session.execute(_query(key, where)) as result:
            for rows_chunk in result.partitions():
                ids = {row.participant_id for row in rows_chunk if row.participant_id}
                people = participants.find_persons(work.session, key, ids)
                if not with_names:
                    people = {id_: who._replace(first_name="", last_name="") for id_, who in people.items()}
                names = _Names(zone, checkpoints, people, with_names)
                for row in rows_chunk:
                    yield _cells(row, names)


def _query(key: FeedKey, where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(_C.tenant_id == key.tenant_id, _C.event_id == key.event_id, *where)
        .order_by(_C.effective_at_ms, _C.id)
        .execution_options(yield_per=CHUNK_ROWS)
    )


def _cells(row: Row[Any], names: _Names) -> tuple[Any, ...]:
    at = from_epoch_ms(row.effective_at_ms)
    person = names.people.get(row.participant_id or "")
    return (
        at,
        at.astimezone(names.zone).replace(tzinfo=None, microsecond=0),
        row.result,
        row.reason_code,
        row.direction,
        names.checkpoints.get(row.checkpoint_id, row.checkpoint_id),
        row.zone,
        row.participant_id,
        person.first_name if person else None,
        person.last_name if person else None,
        person.person.category if person else None,
        row.scan_type,
        ScannedBy.of_journal(row.journal_id).value,
        row.device_id,
        row.override_reason if names.with_reasons or row.override_reason is None else WITHHELD,
        row.override_by,
        row.operator_name,
        row.passage,
        row.flag,
        row.received_at,
        row.id,
    )

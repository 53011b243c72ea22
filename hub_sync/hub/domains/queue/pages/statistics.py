"""The console's page of waiting times, and their export."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from fastapi.responses import Response
from sqlalchemy import Select, select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.manifest import ACTION_WORDS, QUEUES_READ
from hub_sync.hub.domains.queue.queues import service
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter, QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.days import present_day
from hub_sync.hub.domains.queue.tickets.statistics import day_statistics
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.text_types import Id

PATH = "/events/{event_id}/queue-statistics"
HEADER = (
    "service_date",
    "queue",
    "number",
    "priority",
    "status",
    "counter",
    "issued_at",
    "first_called_at",
    "served_at",
    "ended_at",
    "wait_s",
    "service_s",
    "calls",
    "no_shows",
    "estimate_low_s",
    "estimate_high_s",
)

router = PageRouter()


@router.get(PATH, permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def show_statistics(page: PageCall, event_id: Id) -> Response:
    """Show waits, service times and missed calls by the hour, and how good the estimates were."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    queue_id = page.request.query_params.get("queue", "")
    day = _day(page, event)
    figures = day_statistics(page.work, key, event, day, queue_id or None)
    names = _names(page, key)
    ticket_ids = [each.ticket_id for each in figures.out_of_order if each.ticket_id]
    numbers = {
        row.id: row.number
        for row in page.work.session.execute(
            queries.all_of(*key)
            .where(QueueTicket.id.in_(ticket_ids))
            .with_only_columns(QueueTicket.id, QueueTicket.number)
        )
    }
    return page.render(
        "queues/statistics.html",
        event=event,
        figures=figures,
        day=day,
        days=_days(page, key),
        queue_id=queue_id,
        queues=page.work.session.scalars(service.all_of(*key).order_by(Queue.letter)).all(),
        names=names,
        numbers=numbers,
        words=ACTION_WORDS,
        instant=from_epoch_ms,
        operator_name=audit.actor_name,
        query=page.request.url.query,
    )


@router.get(f"{PATH}/export.csv", permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def export_csv(page: PageCall, event_id: Id) -> Response:
    """Export the numbers of the day as CSV for a spreadsheet."""
    rows = _export_rows(page, event_id)
    slot = page.hub.export_slots.take(page.caller)
    pieces = csv_writer.csv_chunks(HEADER, rows)
    return secured(
        exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, _file_name(page, event_id, "csv"))
    )


@router.get(f"{PATH}/export.xlsx", permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def export_workbook(page: PageCall, event_id: Id) -> Response:
    """Export the numbers of the day as an Excel workbook."""
    rows = _export_rows(page, event_id)
    pieces = xlsx_writer.xlsx_chunks(
        HEADER, rows, sheet=_("Numbers"), right_to_left=page.speech.direction == "rtl"
    )
    slot = page.hub.export_slots.take(page.caller)
    return secured(
        exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, _file_name(page, event_id, "xlsx"))
    )


def _export_rows(page: Page, event_id: str) -> Iterator[tuple[Any, ...]]:
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    names = _names(page, key)
    query = queries.all_of(*key).where(QueueTicket.service_date == _day(page, event))
    if queue_id := page.request.query_params.get("queue", ""):
        query = query.where(QueueTicket.queue_id == queue_id)
    return _read_rows(page.hub.uow, query.order_by(QueueTicket.issued_at, QueueTicket.id), names)


def _read_rows(
    uow: UnitOfWork, query: Select[QueueTicket], names: dict[str, str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of an export from a snapshot of their own: the page's is over before the response is sent."""
    with uow.read() as work:
        tickets = work.session.scalars(query, execution_options={"yield_per": exports.CHUNK_ROWS})
        for ticket in tickets:
            yield _export_row(ticket, names)


def _export_row(ticket: QueueTicket, names: dict[str, str]) -> tuple[Any, ...]:
    return (
        ticket.service_date,
        names.get(ticket.queue_id, ""),
        ticket.number,
        ticket.priority.value,
        ticket.status.value,
        names.get(ticket.counter_id or "", ""),
        ticket.issued_at,
        ticket.first_called_at,
        ticket.served_at,
        ticket.ended_at,
        _seconds(ticket.issued_at, ticket.first_called_at),
        _seconds(ticket.served_at, ticket.ended_at),
        ticket.calls,
        ticket.no_shows,
        ticket.estimate_low_s,
        ticket.estimate_high_s,
    )


def _seconds(begin: Any, end: Any) -> int | None:
    return None if begin is None or end is None else round((end - begin).total_seconds())


def _names(page: Page, key: FeedKey) -> dict[str, str]:
    """Return the names of queues and counters, of deleted ones, too."""
    names: dict[str, str] = {}
    for table in (Queue, QueueCounter):
        query = select(table.id, table.name).where(
            table.tenant_id == key.tenant_id, table.event_id == key.event_id
        )
        names |= {row.id: row.name for row in page.work.session.execute(query)}
    return names


def _days(page: Page, key: FeedKey) -> list[str]:
    query = (
        queries.all_of(*key)
        .with_only_columns(QueueTicket.service_date)
        .distinct()
        .order_by(QueueTicket.service_date.desc())
    )
    return [row.service_date for row in page.work.session.execute(query.limit(60))]


def _day(page: Page, event: events.Event) -> str:
    """Return the day that the address names, or the present one if it names none."""
    try:
        return date.fromisoformat(page.request.query_params.get("day", "")).isoformat()
    except ValueError:
        return present_day(page.work, event)


def _file_name(page: Page, event_id: str, kind: str) -> str:
    event = events.get(page.work, page.tenant_id, event_id)
    return f"queues-{event.slug}-{_day(page, event)}.{kind}"

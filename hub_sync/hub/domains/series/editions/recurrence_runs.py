"""Carry a recurrence out: all of its editions in one transaction, or none; and take them back."""

from typing import Any, cast

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.series.cloning.planning import read_source
from hub_sync.hub.domains.series.cloning.running import run_clone
from hub_sync.hub.domains.series.cloning.undoing import undo_clone
from hub_sync.hub.domains.series.editions.editions import (
    delete_edition,
    find_edition_by_event,
    insert_edition,
    settings_of_event,
)
from hub_sync.hub.domains.series.editions.operations import add_operation
from hub_sync.hub.domains.series.editions.plan_schemas import RecurrenceOptions
from hub_sync.hub.domains.series.editions.recurrence_plans import clone_options, plan_recurrence
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.editions_manifest import OPERATION_RUN
from hub_sync.hub.domains.series.errors import (
    CloneUndoBlocked,
    SeriesPlanBlocked,
    SeriesPlanChanged,
    SeriesUndoBlocked,
)
from hub_sync.hub.domains.series.tables import EventSeries, SeriesOperation, SeriesOperationKind
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def run_recurrence(
    work: Work, tenant_id: str, series_id: str, options: RecurrenceOptions, plan_hash: str
) -> SeriesOperation:
    """Make the editions that a plan describes, each as a clone of the source.

    Raises:
        SeriesPlanChanged: the series, its editions or the source changed since (412).
        SeriesPlanBlocked: the plan has problems (422).
        All that `plan_recurrence` raises.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    plan = plan_recurrence(work, tenant_id, series_id, options)
    if plan.problems:
        raise SeriesPlanBlocked(problems=[note.message for note in plan.problems])
    if plan.plan_hash != plan_hash:
        raise SeriesPlanChanged
    source, results = options.source_event_id, list[dict[str, Any]]()
    operation_id = work.new_id()
    pattern = clone_options(series, options, plan.editions[0].day, "", series.slug)
    rows = read_source(work, FeedKey(tenant_id, source), pattern)
    for planned in plan.editions:
        each = clone_options(series, options, planned.day, planned.name, planned.slug)
        clone = run_clone(work, tenant_id, source, each, rows=rows)
        event_id = clone.target_event_id or ""
        edition = insert_edition(
            work,
            series,
            event_id,
            planned.number,
            occurs_on=planned.day.isoformat(),
            operation_id=operation_id,
            baseline=settings_of_event(work, tenant_id, event_id),
        )
        results.append(
            {
                "edition_id": edition.id,
                "event_id": event_id,
                "clone_id": clone.id,
                "number": planned.number,
                "day": planned.day.isoformat(),
                "name": planned.name,
            }
        )
    operation = add_operation(
        work, series, operation_id, SeriesOperationKind.RECURRENCE, source, options, results
    )
    audit.record(
        work, tenant_id, OPERATION_RUN, operation.id, after={"series_id": series_id, "editions": len(results)}
    )
    return operation


def undo_recurrence(work: Work, series: EventSeries, operation: SeriesOperation) -> None:
    """Take back all editions that a recurrence made. What was deleted by hand since, stays so.

    Raises:
        SeriesUndoBlocked: something was added or changed since (409); nothing is taken back then.
    """
    changed: list[str] = []
    for result in reversed(operation.results):
        edition = find_edition_by_event(work, series.tenant_id, result["event_id"])
        try:
            events.read(work, series.tenant_id, result["event_id"])
        except EventNotFound:
            if edition is not None:
                work.session.delete(edition)
            continue
        try:
            undo_clone(work, series.tenant_id, operation.source_event_id or "", result["clone_id"])
        except CloneUndoBlocked as error:
            things = ", ".join(map(str, cast("list[str]", error.parameters["changes"])))
            changed.append(f"{result['name']} ({things})")
            continue
        if edition is not None:
            delete_edition(work, edition)
    if changed:
        raise SeriesUndoBlocked(editions=changed[::-1])
    numbers = [result["number"] for result in operation.results]
    if numbers and series.next_number == max(numbers) + 1:
        series.next_number = min(numbers)

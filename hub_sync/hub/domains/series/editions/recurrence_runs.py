"""Carry a recurrence out, each edition as a clone of the source; and take its editions back."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventExists
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.series.cloning.planning import prepare, read_source
from hub_sync.hub.domains.series.cloning.running import get_clone, run_clone
from hub_sync.hub.domains.series.cloning.undoing import find_changes, undo_clone
from hub_sync.hub.domains.series.editions.editions import (
    delete_edition,
    find_edition_by_event,
    insert_edition,
    settings_of_event,
)
from hub_sync.hub.domains.series.editions.names import slug_of
from hub_sync.hub.domains.series.editions.operations import (
    Result,
    SeriesAct,
    State,
    add_operation,
    carry_on,
    results_in,
    with_state,
)
from hub_sync.hub.domains.series.editions.plan_schemas import RecurrenceOptions
from hub_sync.hub.domains.series.editions.recurrence_plans import (
    clone_options,
    prepare_recurrence,
    taken_slugs,
)
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.editions_manifest import OPERATION_RUN
from hub_sync.hub.domains.series.errors import (
    ClonePlanChanged,
    CloneUndoBlocked,
    SeriesPlanBlocked,
    SeriesPlanChanged,
    SeriesSourceChanged,
    SeriesUndoBlocked,
)
from hub_sync.hub.domains.series.tables import EventSeries, SeriesOperation, SeriesOperationKind
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

_MOST_EDITIONS, _MOST_THINGS = 20, 1_300
"""The editions that one transaction makes, and the things in all of them: some tenths of a second, for which SQLite has no other writer."""
_UNDO_PART = 0.5


def run_recurrence(
    work: Work, tenant_id: str, series_id: str, options: RecurrenceOptions, plan_hash: str, owner: str = ""
) -> SeriesOperation:
    """Begin to make the editions that a plan describes. What fits into one transaction is made; otherwise the job makes all.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        series_id: the series.
        options: those of the plan.
        plan_hash: that of the plan.
        owner: whose rights count while the job goes on; empty: whoever runs the hub.

    Raises:
        SeriesPlanChanged: the series, its editions or the source changed since (412).
        SeriesPlanBlocked: the plan has problems (422). SeriesBusy: 409.
        All that `plan_recurrence` raises.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    prepared = prepare_recurrence(work, tenant_id, series_id, options)
    plan = prepared.plan
    if plan.problems:
        raise SeriesPlanBlocked(problems=[note.message for note in plan.problems])
    if plan.plan_hash != plan_hash:
        raise SeriesPlanChanged
    results = [
        {"number": each.number, "day": each.day.isoformat(), "name": each.name, "slug": each.slug}
        for each in plan.editions
    ]
    operation = add_operation(
        work,
        series,
        SeriesOperationKind.RECURRENCE,
        options.source_event_id,
        options,
        results,
        part_size=_part_size(work, series, options, plan.editions[0].day),
        source_digest=prepared.source_digest,
        owner=owner,
    )
    series.next_number = max(series.next_number, plan.editions[-1].number + 1)
    audit.record(
        work, tenant_id, OPERATION_RUN, operation.id, after={"series_id": series_id, "editions": len(results)}
    )
    carry_on(work, series, operation, RECURRENCE_ACT)
    return operation


def _part_size(work: Work, series: EventSeries, options: RecurrenceOptions, day: date) -> int:
    rows = read_source(
        work,
        FeedKey(series.tenant_id, options.source_event_id),
        clone_options(series, options, day, "", series.slug),
    )
    things = sum(len(of_table) for of_table in rows.values())
    return max(1, min(_MOST_EDITIONS, _MOST_THINGS // max(things, 1)))


def accept_source(work: Work, series: EventSeries, operation: SeriesOperation) -> None:
    """Let the editions that are left be copied from the source as it is now.

    Raises:
        SeriesPlanBlocked: it can't be copied as it is (422). All that `plan_clone` raises.
    """
    options = RecurrenceOptions.model_validate(operation.options)
    day = date.fromisoformat(results_in(operation, State.PENDING)[0]["day"])
    pattern = clone_options(series, options, day, "", f"{series.slug[:27]}-{work.new_id()}"[:64])
    prepared = prepare(work, FeedKey(series.tenant_id, options.source_event_id), pattern)
    if prepared.plan.problems:
        raise SeriesPlanBlocked(problems=[note.message for note in prepared.plan.problems])
    operation.source_digest = prepared.source_digest


def _make_editions(
    work: Work, series: EventSeries, operation: SeriesOperation, some: Sequence[Result]
) -> Sequence[Result]:
    """Make editions.

    Raises:
        SeriesSourceChanged: the source changed since the plan (409). EventNotFound: it is gone (404). EditionNumberTaken: 409.
    """
    tenant_id = series.tenant_id
    options = RecurrenceOptions.model_validate(operation.options)
    events.read(work, tenant_id, options.source_event_id)
    rows = None
    taken = taken_slugs(work, series)
    results: list[Result] = []
    for result in some:
        day = date.fromisoformat(result["day"])
        slug = _free_slug(series, result, day, taken)
        taken.add(slug)
        each = clone_options(series, options, day, result["name"], slug)
        if rows is None:
            rows = read_source(work, FeedKey(tenant_id, options.source_event_id), each)
        try:
            clone = run_clone(
                work,
                tenant_id,
                options.source_event_id,
                each,
                rows=rows,
                source_digest=operation.source_digest,
            )
        except ClonePlanChanged as error:
            raise SeriesSourceChanged from error
        event_id = clone.target_event_id or ""
        edition = insert_edition(
            work,
            series,
            event_id,
            result["number"],
            occurs_on=result["day"],
            operation_id=operation.id,
            baseline=settings_of_event(work, tenant_id, event_id),
        )
        values = {"edition_id": edition.id, "event_id": event_id, "clone_id": clone.id, "slug": slug}
        results.append(with_state(result, State.DONE, **values))
    return results


def _free_slug(series: EventSeries, result: Result, day: date, taken: set[str]) -> str:
    """Return the short name of the plan, or another one if somebody has taken it meanwhile."""
    planned = str(result["slug"])
    free = planned if planned not in taken else slug_of(series.slug, result["number"], day, taken)
    if free is None:
        raise EventExists(slug=planned)
    return free


def find_undo_obstacles(work: Work, series: EventSeries, operation: SeriesOperation) -> list[str]:
    """Return the editions at which something was added or changed since they were made, each with what that is."""
    obstacles: list[str] = []
    for result in results_in(operation, State.DONE):
        target = FeedKey(series.tenant_id, result["event_id"])
        try:
            events.read(work, *target)
        except EventNotFound:
            continue
        changes = dict.fromkeys(find_changes(work, target, get_clone(work, target, result["clone_id"])))
        if changes:
            obstacles.append(_obstacle(result, list(changes)))
    return obstacles


def _take_back_editions(
    work: Work, series: EventSeries, operation: SeriesOperation, some: Sequence[Result]
) -> Sequence[Result]:
    """Take back editions. What was deleted by hand since, stays so.

    Raises:
        SeriesUndoBlocked: something was added or changed since (409); the transaction must be rolled back.
    """
    changed: list[str] = []
    for result in some:
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
            changed.append(_obstacle(result, cast("list[Any]", error.parameters["changes"])))
            continue
        if edition is not None:
            delete_edition(work, edition)
    if changed:
        raise SeriesUndoBlocked(editions=changed[::-1])
    return [with_state(result, State.UNDONE) for result in some]


def _obstacle(result: Result, changes: Sequence[Any]) -> str:
    return f"{result['name']} ({', '.join(map(str, changes))})"


def _give_numbers_back(_work: Work, series: EventSeries, operation: SeriesOperation) -> None:
    numbers = [result["number"] for result in operation.results]
    if numbers and series.next_number == max(numbers) + 1:
        series.next_number = min(numbers)


RECURRENCE_ACT = SeriesAct(
    _make_editions, _take_back_editions, finish_undo=_give_numbers_back, undo_part=_UNDO_PART
)

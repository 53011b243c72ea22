"""Carry a change with a scope out, and take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import CheckpointChanges
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.series.editions.change_plans import EditionState, prepare_change, read_states
from hub_sync.hub.domains.series.editions.operations import (
    Result,
    SeriesAct,
    State,
    add_operation,
    carry_on,
    get_operation,
    replace_results,
    results_in,
    with_state,
)
from hub_sync.hub.domains.series.editions.plan_schemas import ChangeOptions
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.editions.settings import Value, event_values, hours_in, setting_of
from hub_sync.hub.domains.series.editions_manifest import OPERATION_RUN, EditionsChanged
from hub_sync.hub.domains.series.errors import (
    ScopeUnconfirmed,
    SeriesEditionsChanged,
    SeriesOperationNotFound,
    SeriesPlanBlocked,
    SeriesPlanChanged,
    SeriesUndoBlocked,
)
from hub_sync.hub.domains.series.tables import (
    EventSeries,
    SeriesOperation,
    SeriesOperationKind,
    SeriesOperationStatus,
    state_of,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

_DATES = ("starts_at", "ends_at")
_MOST_EDITIONS = 50
"""The editions that one transaction changes: some tenths of a second, for which SQLite has no other writer."""


def run_change(
    work: Work,
    tenant_id: str,
    series_id: str,
    options: ChangeOptions,
    plan_hash: str,
    *,
    confirmed: bool = False,
    notifies: bool = False,
    owner: str = "",
) -> SeriesOperation:
    """Begin to change the editions as a plan says. What fits into one transaction is changed; otherwise the job changes all.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        series_id: the series.
        options: those of the plan.
        plan_hash: that of the plan.
        confirmed: True if it is known that people are registered for editions that change.
        notifies: True: they are written to, once each, if the change is one that they notice.
        owner: whose rights count while the job goes on; empty: whoever runs the hub.

    Raises:
        SeriesPlanChanged: an edition changed since (412). SeriesPlanBlocked: the plan has problems (422).
        ScopeUnconfirmed: people are registered, and it is not confirmed (409). SeriesBusy: 409.
        All that `plan_change` raises.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    prepared = prepare_change(series, read_states(work, series), options, work.now())
    plan = prepared.plan
    if plan.problems:
        raise SeriesPlanBlocked(problems=[note.message for note in plan.problems])
    if plan.plan_hash != plan_hash:
        raise SeriesPlanChanged
    if plan.participants and not confirmed:
        editions = sum(1 for state, _ in prepared.changes if state.participants)
        raise ScopeUnconfirmed(participants=plan.participants, editions=editions)
    anchor = next(each.event_id for each in plan.editions if each.edition_id == options.edition_id)
    results = [_planned(state, applied) for state, applied in prepared.changes]
    operation = add_operation(
        work,
        series,
        SeriesOperationKind.CHANGE,
        anchor,
        options,
        results,
        part_size=_MOST_EDITIONS,
        owner=owner,
    )
    operation.options |= {"notifies": notifies and plan.concerned > 0}
    audit.record(
        work, tenant_id, OPERATION_RUN, operation.id, after={"series_id": series_id, "editions": len(results)}
    )
    carry_on(work, series, operation, CHANGE_ACT)
    return operation


@dataclass(frozen=True, slots=True)
class NoticedChange:
    """A change of an event that its participants notice; the dates are those before it."""

    event_id: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str


def noticed_changes(work: Work, tenant_id: str, series_id: str, operation_id: str) -> list[NoticedChange]:
    """Return what participants have to know of a change with a scope; nothing once it was taken back or its series deleted."""
    try:
        operation = get_operation(work, tenant_id, series_id, operation_id)
    except SeriesOperationNotFound:
        return []
    return [
        NoticedChange(
            result["event_id"],
            datetime.fromisoformat(result["started_at"]),
            datetime.fromisoformat(result["ended_at"]),
            result["zone"],
        )
        for result in operation.results
        if operation.status is SeriesOperationStatus.COMPLETED
        and result["is_noticed"]
        and state_of(result) is State.DONE
    ]


def accept_states(work: Work, series: EventSeries, operation: SeriesOperation) -> None:
    """Let the editions that are left be changed from what they are now."""
    pending = results_in(operation, State.PENDING)
    states = _states(work, series, pending)
    replace_results(operation, pending, [_accepted(result, states) for result in pending])


def _accepted(result: Result, states: Mapping[str, EditionState]) -> Result:
    state = states.get(result["edition_id"])
    if state is None:
        return with_state(result, State.LEFT)
    before = {name: state.settings.get(name) for name in result["after"]}
    return with_state(result, State.PENDING, before=before)


def _change_editions(
    work: Work, series: EventSeries, _operation: SeriesOperation, some: Sequence[Result]
) -> Sequence[Result]:
    """Change editions.

    Raises:
        SeriesEditionsChanged: one is not any more what it was in the plan (409); the transaction must be rolled back.
    """
    states = _states(work, series, some)
    changed = [
        result["name"] for result in some if not _is_as(states.get(result["edition_id"]), result["before"])
    ]
    if changed:
        raise SeriesEditionsChanged(editions=changed)
    return [_change(work, states[result["edition_id"]], result) for result in some]


def find_undo_obstacles(work: Work, series: EventSeries, operation: SeriesOperation) -> list[str]:
    """Return the editions of which a setting was changed again since, or which are gone."""
    done = results_in(operation, State.DONE)
    states = _states(work, series, done)
    return [
        result["name"] for result in done if not _is_as(states.get(result["edition_id"]), result["after"])
    ]


def _restore_editions(
    work: Work, series: EventSeries, _operation: SeriesOperation, some: Sequence[Result]
) -> Sequence[Result]:
    """Give editions the settings that they had before a change. Nobody is written to.

    Raises:
        SeriesUndoBlocked: a setting was changed again since, or the edition is gone (409); the transaction must be rolled back.
    """
    states = _states(work, series, some)
    changed = [
        result["name"] for result in some if not _is_as(states.get(result["edition_id"]), result["after"])
    ]
    if changed:
        raise SeriesUndoBlocked(editions=changed[::-1])
    for result in some:
        state = states[result["edition_id"]]
        _write(work, state, result["before"], EventChanges.model_validate(result["event_before"]))
        state.edition.baseline = result["baseline_before"]
    return [with_state(result, State.UNDONE) for result in some]


def _states(work: Work, series: EventSeries, some: Sequence[Result]) -> dict[str, EditionState]:
    ids = [result["edition_id"] for result in some]
    return {state.edition.id: state for state in read_states(work, series, ids)}


def _is_as(state: EditionState | None, settings: Mapping[str, Value]) -> bool:
    return state is not None and all(state.settings.get(name) == value for name, value in settings.items())


def _planned(state: EditionState, applied: Mapping[str, Value]) -> Result:
    return {
        "edition_id": state.edition.id,
        "event_id": state.edition.event_id,
        "number": state.edition.number,
        "name": state.event.name,
        "before": {name: state.settings.get(name) for name in applied},
        "after": dict(applied),
        "is_noticed": any(setting_of(name).is_noticed for name in applied),
    }


def _change(work: Work, state: EditionState, result: Result) -> Result:
    """Change an edition, and return what is needed to take it back and to say what happened."""
    applied: Mapping[str, Value] = result["after"]
    values = event_values(state.event, applied)
    changes = EventChanges.model_validate(values)
    before = EventChanges.model_validate({name: getattr(state.event, name) for name in values})
    dates = {name: getattr(state.event, name).isoformat() for name in _DATES}
    zone, baseline = state.event.time_zone, dict(state.edition.baseline)
    _write(work, state, applied, changes)
    state.edition.baseline = baseline | dict(applied)
    return with_state(
        result,
        State.DONE,
        event_before=before.model_dump(mode="json", exclude_unset=True),
        baseline_before=baseline,
        zone=zone,
        started_at=dates["starts_at"],
        ended_at=dates["ends_at"],
    )


def _announce(work: Work, series: EventSeries, operation: SeriesOperation) -> None:
    """Say once for all editions that they were changed."""
    changed = EditionsChanged(
        entity_id=operation.id,
        series_id=series.id,
        editions=[result["edition_id"] for result in results_in(operation, State.DONE)],
        notifies=bool(operation.options.get("notifies")),
    )
    domain_events.emit(work, series.tenant_id, changed)


def _write(work: Work, state: EditionState, settings: Mapping[str, Value], changes: EventChanges) -> None:
    tenant_id, event_id = state.edition.tenant_id, state.edition.event_id
    if changes.model_fields_set:
        events.update(work, tenant_id, event_id, changes)
    for name, opens, closes in hours_in(settings):
        hours = CheckpointChanges(opens_at=opens, closes_at=closes)
        check_in.update_checkpoint(work, tenant_id, event_id, state.checkpoints[name], hours)


CHANGE_ACT = SeriesAct(_change_editions, _restore_editions, finish=_announce)

"""Carry a change with a scope out: all editions in one transaction, or none; and take it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.service import CheckpointChanges
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.series.editions.change_plans import EditionState, prepare_change, read_states
from hub_sync.hub.domains.series.editions.operations import add_operation, get_operation
from hub_sync.hub.domains.series.editions.plan_schemas import ChangeOptions
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.editions.settings import Value, event_values, hours_in, setting_of
from hub_sync.hub.domains.series.editions_manifest import OPERATION_RUN, EditionsChanged
from hub_sync.hub.domains.series.errors import (
    ScopeUnconfirmed,
    SeriesOperationNotFound,
    SeriesPlanBlocked,
    SeriesPlanChanged,
    SeriesUndoBlocked,
)
from hub_sync.hub.domains.series.tables import EventSeries, SeriesOperation, SeriesOperationKind
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

_DATES = ("starts_at", "ends_at", "doors_open_at", "doors_close_at")


def run_change(
    work: Work,
    tenant_id: str,
    series_id: str,
    options: ChangeOptions,
    plan_hash: str,
    *,
    confirmed: bool = False,
    notifies: bool = False,
) -> SeriesOperation:
    """Change the editions as a plan says.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        series_id: the series.
        options: those of the plan.
        plan_hash: that of the plan.
        confirmed: True if it is known that people are registered for editions that change.
        notifies: True: they are written to, once each, if the change is one that they notice.

    Raises:
        SeriesPlanChanged: an edition changed since (412). SeriesPlanBlocked: the plan has problems (422).
        ScopeUnconfirmed: people are registered, and it is not confirmed (409).
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
    results = [_change(work, state, applied) for state, applied in prepared.changes]
    anchor = next(each.event_id for each in plan.editions if each.edition_id == options.edition_id)
    operation = add_operation(
        work, series, work.new_id(), SeriesOperationKind.CHANGE, anchor, options, results
    )
    audit.record(
        work, tenant_id, OPERATION_RUN, operation.id, after={"series_id": series_id, "editions": len(results)}
    )
    changed = EditionsChanged(
        entity_id=operation.id,
        series_id=series_id,
        editions=[result["edition_id"] for result in results],
        notifies=notifies and plan.concerned > 0,
    )
    domain_events.emit(work, tenant_id, changed)
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
        if operation.undone_at is None and result["is_noticed"]
    ]


def undo_change(work: Work, series: EventSeries, operation: SeriesOperation) -> None:
    """Give the editions the settings that they had before a change. Nobody is written to.

    Raises:
        SeriesUndoBlocked: a setting was changed again since, or the edition is gone (409); nothing is taken back then.
    """
    states = {state.edition.id: state for state in read_states(work, series)}
    changed: list[str] = []
    for result in operation.results:
        state = states.get(result["edition_id"])
        if state is None or any(state.settings.get(name) != value for name, value in result["after"].items()):
            changed.append(result["name"])
            continue
        _write(work, state, result["before"], EventChanges.model_validate(result["event_before"]))
        state.edition.baseline = result["baseline_before"]
    if changed:
        raise SeriesUndoBlocked(editions=changed)
    work.session.flush()


def _change(work: Work, state: EditionState, applied: Mapping[str, Value]) -> dict[str, Any]:
    """Change an edition, and return what is needed to take it back and to say what happened."""
    values = event_values(state.event, applied)
    changes = EventChanges.model_validate(values)
    before = EventChanges.model_validate({name: getattr(state.event, name) for name in values})
    dates = {name: getattr(state.event, name) for name in _DATES[:2]}
    baseline = dict(state.edition.baseline)
    _write(work, state, applied, changes)
    state.edition.baseline = baseline | dict(applied)
    return {
        "edition_id": state.edition.id,
        "event_id": state.edition.event_id,
        "number": state.edition.number,
        "name": state.event.name,
        "before": {name: state.settings.get(name) for name in applied},
        "after": dict(applied),
        "event_before": before.model_dump(mode="json", exclude_unset=True),
        "baseline_before": baseline,
        "is_noticed": any(setting_of(name).is_noticed for name in applied),
        "zone": state.event.time_zone,
        "started_at": dates["starts_at"].isoformat(),
        "ended_at": dates["ends_at"].isoformat(),
    }


def _write(work: Work, state: EditionState, settings: Mapping[str, Value], changes: EventChanges) -> None:
    tenant_id, event_id = state.edition.tenant_id, state.edition.event_id
    if changes.model_fields_set:
        events.update(work, tenant_id, event_id, changes)
    for name, opens, closes in hours_in(settings):
        hours = CheckpointChanges(opens_at=opens, closes_at=closes)
        check_in.update_checkpoint(work, tenant_id, event_id, state.checkpoints[name], hours)

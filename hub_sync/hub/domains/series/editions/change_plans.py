"""The plan of a change with a scope: each edition with its old and new settings, and which are left alone."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventTemplateStatusFixed
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.series.cloning.planning import note_of
from hub_sync.hub.domains.series.cloning.schemas import PlanNote
from hub_sync.hub.domains.series.editions.editions import editions_of
from hub_sync.hub.domains.series.editions.names import check_pattern
from hub_sync.hub.domains.series.editions.plan_schemas import (
    ChangedEdition,
    ChangeOptions,
    ChangePlan,
    ChangeScope,
    PlannedChange,
)
from hub_sync.hub.domains.series.editions.series import get_series
from hub_sync.hub.domains.series.editions.settings import (
    EventColumns,
    Value,
    move,
    read_settings,
    setting_of,
    wanted_settings,
)
from hub_sync.hub.domains.series.errors import CloneDatesOutOfRange, EditionNotFound, ScopeEmpty
from hub_sync.hub.domains.series.tables import EventEdition, EventSeries
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class EditionState:
    """An edition as it is.

    Attributes:
        edition: its row.
        event: the columns of its event.
        settings: its settings, by name.
        participants: the number of its participants.
        checkpoints: the ids of its checkpoints, by name.
    """

    edition: EventEdition
    event: EventColumns
    settings: Mapping[str, Value]
    participants: int = 0
    checkpoints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreparedChange:
    """A plan, and what it changes: for each edition its settings that will be others."""

    plan: ChangePlan
    changes: Sequence[tuple[EditionState, Mapping[str, Value]]]


def plan_change(work: Work, tenant_id: str, series_id: str, options: ChangeOptions) -> ChangePlan:
    """Return the plan of a change. Nothing is changed.

    Raises:
        SeriesNotFound, EditionNotFound: 404. ScopeEmpty, NamePatternInvalid, CloneDatesOutOfRange: 422. EventTemplateStatusFixed: 409.
    """
    series = get_series(work, tenant_id, series_id)
    return prepare_change(series, read_states(work, series), options, work.now()).plan


def read_states(
    work: Work, series: EventSeries, edition_ids: Sequence[str] | None = None
) -> list[EditionState]:
    """Return the editions of a series as they are, by start; None: all of them. Editions of deleted events are left out."""
    tenant_id = series.tenant_id
    query = editions_of(tenant_id, series.id)
    if edition_ids is not None:
        query = query.where(EventEdition.id.in_(edition_ids))
    editions = work.session.scalars(query).all()
    ids = [edition.event_id for edition in editions]
    people = participants.counts(work, tenant_id, ids)
    rows: dict[str, Any] = {row.id: row for row in events.list_of_ids(work, tenant_id, ids)}
    states = [
        _state(work, edition, rows[edition.event_id], people.get(edition.event_id, 0)) for edition in editions
    ]
    return sorted(states, key=lambda state: (state.event.starts_at, state.edition.number))


def _state(work: Work, edition: EventEdition, event: Any, people: int) -> EditionState:
    checkpoints = check_in.list_checkpoints(work, edition.tenant_id, edition.event_id)
    settings = read_settings(event, checkpoints)
    return EditionState(edition, event, settings, people, {each.name: each.id for each in checkpoints})


def prepare_change(
    series: EventSeries, states: Sequence[EditionState], options: ChangeOptions, now: datetime
) -> PreparedChange:
    """Return the plan of a change of editions, by start. Pure.

    A past edition changes only if it is chosen, and so does a setting that was changed by hand; the edition from which the change
    begins is chosen in any case.

    Raises:
        EditionNotFound: 404. EventTemplateStatusFixed: 409. ScopeEmpty, NamePatternInvalid, CloneDatesOutOfRange: 422.
    """
    if options.settings.status is EventStatus.TEMPLATE:
        raise EventTemplateStatusFixed
    if not options.settings.model_fields_set:
        raise ScopeEmpty
    check_pattern(options.settings.name_pattern)
    chosen = {*options.chosen, options.edition_id}
    changes: list[tuple[EditionState, Mapping[str, Value]]] = []
    planned: list[ChangedEdition] = []
    problems: list[PlanNote] = []
    concerned = 0
    for state in _in_scope(states, options):
        is_past = state.event.ends_at <= now
        is_chosen = state.edition.id in chosen
        each = [
            _planned(state, name, after, is_left=is_past and not is_chosen, is_chosen=is_chosen)
            for name, after in wanted_settings(
                options.settings, state.settings, series.name, state.edition.number
            ).items()
            if state.settings.get(name) != after
        ]
        applied = {change.field: change.after for change in each if change.applies}
        changed, notes, faults = _dates(state, applied)
        problems += faults
        if applied:
            changes.append((state, applied))
            if any(setting_of(name).is_noticed for name in applied):
                concerned += state.participants
        planned.append(
            changed.model_copy(
                update={"changes": each, "warnings": notes, "is_past": is_past, "is_chosen": is_chosen}
            )
        )
    plan = ChangePlan(
        editions=planned,
        changing=len(changes),
        participants=sum(state.participants for state, _ in changes),
        concerned=concerned,
        problems=problems,
        plan_hash=None,
    )
    if not problems:
        plan = plan.model_copy(update={"plan_hash": _hash(series, options, changes)})
    return PreparedChange(plan, changes)


def _in_scope(states: Sequence[EditionState], options: ChangeOptions) -> Sequence[EditionState]:
    places = [n for n, state in enumerate(states) if state.edition.id == options.edition_id]
    if not places:
        raise EditionNotFound
    if options.scope is ChangeScope.ALL:
        return states
    return states[places[0] :] if options.scope is ChangeScope.THIS_AND_LATER else [states[places[0]]]


def _planned(
    state: EditionState, name: str, after: Value, *, is_left: bool, is_chosen: bool
) -> PlannedChange:
    before, baseline = state.settings.get(name), state.edition.baseline
    by_hand = name in baseline and baseline[name] != before
    return PlannedChange(
        field=name,
        label=setting_of(name).label,
        before=before,
        after=after,
        by_hand=by_hand,
        applies=is_chosen or not (is_left or by_hand),
    )


def _dates(
    state: EditionState, applied: Mapping[str, Value]
) -> tuple[ChangedEdition, list[PlanNote], list[PlanNote]]:
    """Return an edition with its new dates, and what is to be said of it: warnings, and problems."""
    try:
        dates = move(state.event, applied)
    except (OverflowError, ValueError) as error:
        raise CloneDatesOutOfRange(place=state.event.name) from error
    name = state.event.name
    notes = [note_of(f"date_{note}", field=label) for label, note in dates.notes]
    capacity = applied.get("capacity")
    if isinstance(capacity, int) and capacity < state.participants:
        notes.append(note_of("over_capacity", participants=state.participants, capacity=capacity))
    faults = [note_of("doors_reversed", thing=name, event=name)] if dates.doors_reversed and applied else []
    changed = ChangedEdition(
        edition_id=state.edition.id,
        event_id=state.edition.event_id,
        number=state.edition.number,
        name=name,
        participants=state.participants,
        is_past=False,
        is_chosen=False,
        starts_at=dates.starts_at,
        ends_at=dates.ends_at,
        changes=[],
        warnings=[],
    )
    return changed, notes, faults


def _hash(
    series: EventSeries,
    options: ChangeOptions,
    changes: Sequence[tuple[EditionState, Mapping[str, Value]]],
) -> str:
    content = {
        "series": [series.id, series.name],
        "options": options.model_dump(mode="json", exclude_unset=True),
        "changes": [
            [
                state.edition.id,
                state.event.starts_at.isoformat(),
                state.participants > 0,
                {name: [state.settings.get(name), after] for name, after in applied.items()},
            ]
            for state, applied in changes
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

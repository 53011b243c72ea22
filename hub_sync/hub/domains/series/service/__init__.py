"""Public functions of series and cloning, for this domain's surfaces and for other domains.

plan = series.plan_clone(work, tenant_id, event_id, options)       # reads, makes nothing
clone = series.run_clone(work, tenant_id, event_id, options, plan.plan_hash)
series.undo_clone(work, tenant_id, event_id, clone.id)
place = series.find_place(work, tenant_id, event_id)               # "Edition 4 of …", with its neighbours
"""

from hub_sync.hub.domains.series.cloning.planning import chosen_parts, plan_clone
from hub_sync.hub.domains.series.cloning.running import get_clone, run_clone
from hub_sync.hub.domains.series.cloning.running import of_event as clones_of_event
from hub_sync.hub.domains.series.cloning.schemas import CarriedOver, CloneOptions, ClonePlan
from hub_sync.hub.domains.series.cloning.undoing import undo_clone
from hub_sync.hub.domains.series.editions.change_plans import plan_change
from hub_sync.hub.domains.series.editions.change_runs import NoticedChange, noticed_changes, run_change
from hub_sync.hub.domains.series.editions.editions import (
    EditionSummary,
    SeriesPlace,
    add_edition,
    editions_of,
    find_place,
    get_edition,
    list_editions,
    remove_edition,
    renumber_edition,
)
from hub_sync.hub.domains.series.editions.operations import get_operation, operations_of
from hub_sync.hub.domains.series.editions.plan_schemas import (
    ChangeOptions,
    ChangePlan,
    RecurrenceOptions,
    RecurrencePlan,
)
from hub_sync.hub.domains.series.editions.recurrence_plans import plan_recurrence
from hub_sync.hub.domains.series.editions.recurrence_runs import run_recurrence
from hub_sync.hub.domains.series.editions.schemas import (
    EditionChanges,
    NewEdition,
    NewSeries,
    SeriesChanges,
)
from hub_sync.hub.domains.series.editions.series import (
    all_series,
    create_series,
    delete_series,
    find_series_by_slug,
    get_series,
    update_series,
)
from hub_sync.hub.domains.series.editions.undoing import can_resume, resume_operation, undo_operation
from hub_sync.hub.domains.series.editions_manifest import EditionsChanged
from hub_sync.hub.domains.series.tables import CloneOperation, EventEdition, EventSeries, SeriesOperation

__all__ = [
    "CarriedOver",
    "ChangeOptions",
    "ChangePlan",
    "CloneOperation",
    "CloneOptions",
    "ClonePlan",
    "EditionChanges",
    "EditionSummary",
    "EditionsChanged",
    "EventEdition",
    "EventSeries",
    "NewEdition",
    "NewSeries",
    "NoticedChange",
    "RecurrenceOptions",
    "RecurrencePlan",
    "SeriesChanges",
    "SeriesOperation",
    "SeriesPlace",
    "add_edition",
    "all_series",
    "can_resume",
    "chosen_parts",
    "clones_of_event",
    "create_series",
    "delete_series",
    "editions_of",
    "find_place",
    "find_series_by_slug",
    "get_clone",
    "get_edition",
    "get_operation",
    "get_series",
    "list_editions",
    "noticed_changes",
    "operations_of",
    "plan_change",
    "plan_clone",
    "plan_recurrence",
    "remove_edition",
    "renumber_edition",
    "resume_operation",
    "run_change",
    "run_clone",
    "run_recurrence",
    "undo_clone",
    "undo_operation",
    "update_series",
]

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
from hub_sync.hub.domains.series.tables import CloneOperation, EventEdition, EventSeries

__all__ = [
    "CarriedOver",
    "CloneOperation",
    "CloneOptions",
    "ClonePlan",
    "EditionChanges",
    "EditionSummary",
    "EventEdition",
    "EventSeries",
    "NewEdition",
    "NewSeries",
    "SeriesChanges",
    "SeriesPlace",
    "add_edition",
    "all_series",
    "chosen_parts",
    "clones_of_event",
    "create_series",
    "delete_series",
    "editions_of",
    "find_place",
    "find_series_by_slug",
    "get_clone",
    "get_edition",
    "get_series",
    "list_editions",
    "plan_clone",
    "remove_edition",
    "renumber_edition",
    "run_clone",
    "undo_clone",
    "update_series",
]

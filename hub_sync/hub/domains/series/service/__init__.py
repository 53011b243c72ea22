"""Public functions of series and cloning, for this domain's surfaces and for other domains.

plan = series.plan_clone(work, tenant_id, event_id, options)       # reads, makes nothing
clone = series.run_clone(work, tenant_id, event_id, options, plan.plan_hash)
series.undo_clone(work, tenant_id, event_id, clone.id)
"""

from hub_sync.hub.domains.series.cloning.planning import chosen_parts, plan_clone
from hub_sync.hub.domains.series.cloning.running import get_clone, run_clone
from hub_sync.hub.domains.series.cloning.running import of_event as clones_of_event
from hub_sync.hub.domains.series.cloning.schemas import CarriedOver, CloneOptions, ClonePlan
from hub_sync.hub.domains.series.cloning.undoing import undo_clone
from hub_sync.hub.domains.series.tables import CloneOperation

__all__ = [
    "CarriedOver",
    "CloneOperation",
    "CloneOptions",
    "ClonePlan",
    "chosen_parts",
    "clones_of_event",
    "get_clone",
    "plan_clone",
    "run_clone",
    "undo_clone",
]

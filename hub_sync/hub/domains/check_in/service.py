"""Check-in, for other domains: checkpoints, and (to come beside them) scans, log and occupancy."""

from hub_sync.hub.domains.check_in.checkpoints.schemas import CheckpointChanges, NewCheckpoint
from hub_sync.hub.domains.check_in.checkpoints.service import (
    checkpoints_of,
    create_checkpoint,
    delete_checkpoint,
    get_checkpoint,
    toggle_checkpoint,
    update_checkpoint,
)
from hub_sync.hub.domains.check_in.occupancy.capacity import set_capacity
from hub_sync.hub.domains.check_in.tables import Checkpoint

__all__ = [
    "Checkpoint",
    "CheckpointChanges",
    "NewCheckpoint",
    "checkpoints_of",
    "create_checkpoint",
    "delete_checkpoint",
    "get_checkpoint",
    "set_capacity",
    "toggle_checkpoint",
    "update_checkpoint",
]

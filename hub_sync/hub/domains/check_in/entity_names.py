"""Names of checkpoints."""

from hub_sync.hub.domains.check_in.manifest import CHECKPOINT
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.kit.domain.entity_names import EntityNames

ENTITY_NAMES = (EntityNames(CHECKPOINT, Checkpoint, (Checkpoint.name,)),)

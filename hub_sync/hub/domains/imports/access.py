"""The rights to import: of whoever may run bulk operations, and register, change and read participants one by one."""

from hub_sync.hub.domains.bulk.manifest import BULK_OPERATIONS_EXECUTE, FF_BULK_OPERATIONS
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANTS_CREATE,
    PARTICIPANTS_READ,
    PARTICIPANTS_UPDATE,
)

MAY_IMPORT = BULK_OPERATIONS_EXECUTE
ALSO = (PARTICIPANTS_READ, PARTICIPANTS_CREATE, PARTICIPANTS_UPDATE)
FLAG = FF_BULK_OPERATIONS

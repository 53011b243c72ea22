"""The list of an event's imports."""

from hub_sync.hub.domains.imports.schemas import ImportResponse
from hub_sync.hub.domains.imports.tables import Import
from hub_sync.hub.kit.lists.result_pages import Listing

IMPORTS = Listing(
    row=Import,
    schema=ImportResponse,
    sorts={"created_at": Import.created_at, "updated_at": Import.updated_at},
    default_sort="-created_at",
    filters={"stage": Import.stage, "created_at": Import.created_at},
)

"""The list of the clones of an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.series.cloning.schemas import CloneResponse
from hub_sync.hub.domains.series.tables import CloneOperation
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.result_pages import Listing


def _load_id_map(_work: Work, _tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    return {row.id: row.id_map for row in rows}


CLONES = Listing(
    row=CloneOperation,
    schema=CloneResponse,
    sorts={"created_at": CloneOperation.created_at},
    default_sort="-created_at",
    filters={"status": CloneOperation.status, "created_at": CloneOperation.created_at},
    expands={"id_map": _load_id_map},
)

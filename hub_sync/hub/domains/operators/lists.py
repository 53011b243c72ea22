"""The list of operators."""

from hub_sync.hub.domains.operators.schemas import OperatorResponse
from hub_sync.hub.domains.operators.tables import StationOperator
from hub_sync.hub.kit.lists.result_pages import Listing

OPERATORS = Listing(
    row=StationOperator,
    schema=OperatorResponse,
    sorts={
        "name": StationOperator.name,
        "created_at": StationOperator.created_at,
        "updated_at": StationOperator.updated_at,
    },
    default_sort="name",
    filters={"role": StationOperator.role, "active": StationOperator.active, "name": StationOperator.name},
)

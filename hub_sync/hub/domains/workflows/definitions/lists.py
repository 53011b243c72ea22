"""The list of a workflow's versions."""

from hub_sync.hub.domains.workflows.definitions.schemas import WorkflowVersionResponse
from hub_sync.hub.domains.workflows.tables import WorkflowVersion
from hub_sync.hub.kit.lists.result_pages import Listing

VERSIONS = Listing(
    row=WorkflowVersion,
    schema=WorkflowVersionResponse,
    sorts={"number": WorkflowVersion.number},
    default_sort="-number",
    filters={"number": WorkflowVersion.number},
)

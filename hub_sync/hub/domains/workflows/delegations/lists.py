"""The list of delegations."""

from hub_sync.hub.domains.workflows.delegations.schemas import DelegationResponse
from hub_sync.hub.domains.workflows.tables import WorkflowDelegation
from hub_sync.hub.kit.lists.result_pages import Listing

DELEGATIONS = Listing(
    row=WorkflowDelegation,
    schema=DelegationResponse,
    sorts={"starts_at": WorkflowDelegation.starts_at, "ends_at": WorkflowDelegation.ends_at},
    default_sort="-starts_at",
    filters={
        "user_id": WorkflowDelegation.user_id,
        "delegate_id": WorkflowDelegation.delegate_id,
        "starts_at": WorkflowDelegation.starts_at,
        "ends_at": WorkflowDelegation.ends_at,
    },
)

"""Delegations over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.workflows.delegations import delegations as service
from hub_sync.hub.domains.workflows.delegations.lists import DELEGATIONS
from hub_sync.hub.domains.workflows.delegations.schemas import DelegationResponse, NewDelegation
from hub_sync.hub.domains.workflows.errors import (
    DelegateMayNotDecide,
    DelegationEndsFirst,
    DelegationNotFound,
    DelegationOfNobody,
    DelegationOfOthers,
    DelegationToOneself,
)
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tasks.deciders import delegator_of
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/workflow-delegations", tags=["workflow-delegations"])
_RIGHTS = (WORKFLOWS_DECIDE, WORKFLOWS_MANAGE)


@router.get("", permissions=_RIGHTS, listing=DELEGATIONS)
def list_workflow_delegations(
    call: Call, query: Annotated[ListQuery, Depends(DELEGATIONS.parse_query)]
) -> Response:
    """List delegations: those in which the caller takes part, or with `workflows:manage` all."""
    statement = service.visible_to(call.tenant_id, delegator_of(call.caller))
    return DELEGATIONS.list_response(call, query, statement)


@router.get(
    "/{delegation_id}",
    permissions=_RIGHTS,
    schema=DelegationResponse,
    listing=DELEGATIONS,
    errors=(DelegationNotFound,),
)
def get_workflow_delegation(
    call: Call,
    delegation_id: Id,
    selection: Annotated[FieldSelection, Depends(DELEGATIONS.parse_selection)],
) -> Response:
    """Return a delegation."""
    delegation = service.get(call.work, call.tenant_id, delegator_of(call.caller), delegation_id)
    return DELEGATIONS.item_response(call, selection, delegation)


@router.post(
    "",
    permissions=_RIGHTS,
    schema=DelegationResponse,
    status=201,
    errors=(
        DelegationOfOthers,
        DelegationOfNobody,
        DelegationToOneself,
        DelegationEndsFirst,
        DelegateMayNotDecide,
    ),
)
def create_workflow_delegation(call: Call, new: NewDelegation) -> Response:
    """Let somebody decide in the caller's place while they are away; with `workflows:manage` in the place of others, too.

    A delegate decides what is assigned to this user by name. A delegate of a delegate decides nothing by it.
    """
    with call.begin() as work:
        delegation = service.create(work, call.tenant_id, delegator_of(call.caller), new)
        location = f"{API}/workflow-delegations/{delegation.id}"
        return call.created(DelegationResponse.model_validate(delegation), location)


@router.delete("/{delegation_id}", permissions=_RIGHTS, errors=(DelegationNotFound, DelegationOfOthers))
def delete_workflow_delegation(call: Call, delegation_id: Id) -> Response:
    """End a delegation. What was decided by it stays."""
    with call.begin() as work:
        service.remove(work, call.tenant_id, delegator_of(call.caller), delegation_id)
        return call.no_content()

"""REST routes of the caller's own tenant."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.lists import TICKET_KEYS
from hub_sync.hub.domains.tenants.schemas import (
    KeyRotationRequest,
    TenantResponse,
    TicketFormatRequest,
    TicketKeyResponse,
)
from hub_sync.hub.domains.tenants.tables import QrKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery

router = RestRouter(prefix="/tenant", tags=["tenant"])


@router.get("", permissions="tenant:read", schema=TenantResponse)
def get_tenant(call: Call) -> Response:
    """Return the caller's tenant."""
    return call.ok(TenantResponse.model_validate(tenants.get(call.work, call.tenant_id)))


@router.put("/ticket-format", permissions="tenant:manage", schema=TenantResponse)
def set_ticket_format(call: Call, change: TicketFormatRequest) -> Response:
    """Choose the version of the tickets that are issued from now on; gates open tickets of both versions."""
    with call.begin() as work:
        tenant = tenants.set_format(
            work, call.hub.secret_box, call.tenant_id, change.qr_format, change.old_until
        )
        return call.ok(TenantResponse.model_validate(tenant))


@router.get("/ticket-keys", permissions="tenant:read", listing=TICKET_KEYS)
def list_ticket_keys(call: Call, query: Annotated[ListQuery, Depends(TICKET_KEYS.parse_query)]) -> Response:
    """List the tenant's ticket keys without their material."""
    return TICKET_KEYS.list_response(call, query, select(QrKey).where(QrKey.tenant_id == call.tenant_id))


@router.post("/ticket-keys/rotate", permissions="tenant:manage", schema=TicketKeyResponse, status=201)
def rotate_ticket_key(call: Call, rotation: KeyRotationRequest) -> Response:
    """Add a new ticket key, which is used for new tickets from now on; stations get it with their next pull."""
    with call.begin() as work:
        key = tenants.rotate_key(
            work,
            call.hub.secret_box,
            call.tenant_id,
            rotation.old_until,
            until_all_have_it=rotation.until_all_have_it,
        )
        work.session.flush()
        return call.created(TicketKeyResponse.model_validate(key), f"{API}/tenant/ticket-keys")

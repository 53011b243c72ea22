"""Enrolment over HTTP."""

from fastapi import APIRouter

from hub_sync.contract.errors import Problem
from hub_sync.contract.sync import EnrolRequest, EnrolResponse
from hub_sync.hub.domains.devices import service
from hub_sync.hub.kit.context import Hub

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])


@router.post(
    "/enrol",
    responses={
        404: {"model": Problem, "description": "EnrolmentCodeUnknown"},
        409: {"model": Problem, "description": "EnrolmentCodeUsed, HandshakeUnsupported"},
        410: {"model": Problem, "description": "EnrolmentCodeExpired"},
    },
)
def enrol(request: EnrolRequest, hub: Hub) -> EnrolResponse:
    """Exchange an enrolment code for a credential. The code works once; the credential is shown once."""
    with hub.uow.begin(actor="enrolment") as work:
        return service.enrol(work, request)

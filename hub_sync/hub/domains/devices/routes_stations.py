"""Routes that stations call: enrolment and status report."""

from typing import Any

from fastapi import APIRouter, Request

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.errors import Problem
from hub_sync.contract.station_report import StationReport
from hub_sync.contract.sync import EnrolRequest, EnrolResponse, TimeResponse
from hub_sync.hub.domains.devices import enrolment
from hub_sync.hub.domains.devices.authentication import ReportingDevice
from hub_sync.hub.domains.devices.errors import TooManyEnrolments
from hub_sync.hub.domains.devices.status_reports import store_report
from hub_sync.hub.kit.http.context import Hub
from hub_sync.hub.kit.networks import network_key
from hub_sync.hub.kit.security.client_address import read_credentials

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])

ENROLMENTS_A_MINUTE = 30
"""Limit for one address. A code has 99 bits; this protects the hub and its log from somebody who guesses."""


def _refusals(**names: str) -> dict[int | str, dict[str, Any]]:
    return {int(status[1:]): {"model": Problem, "description": codes} for status, codes in names.items()}


@router.post(
    "/enrol",
    responses=_refusals(
        _403="StationAddressNotAllowed",
        _404="EnrolmentCodeUnknown",
        _409="EnrolmentCodeUsed, HandshakeUnsupported",
        _410="EnrolmentCodeExpired",
        _429="TooManyRequests",
    ),
)
def enrol(request: Request, enrolment_request: EnrolRequest, hub: Hub) -> EnrolResponse:
    """Exchange an enrolment code for a credential. The code works once; the credential is in this response only."""
    client_ip = read_credentials(request, hub.trusted_proxies).client_ip
    place = network_key(client_ip)
    taken = hub.rate_limits.acquire(f"enrol:{place}", ENROLMENTS_A_MINUTE)
    if not taken.granted:
        request.state.answer_headers = taken.headers()
    taken.raise_if_exceeded(TooManyEnrolments)
    with hub.uow.begin(actor="enrolment") as work:
        return enrolment.enrol(work, enrolment_request, client_ip)


@router.post(
    "/report",
    responses=_refusals(
        _401="DeviceUnknown",
        _403="DeviceRevoked",
        _413="PayloadTooLarge",
        _422="ValidationFailed",
    ),
)
def report(status_report: StationReport, hub: Hub, device: ReportingDevice) -> TimeResponse:
    """Store a station's status report: scans not sent yet, age of the roster, alarms."""
    with hub.uow.begin(actor=f"device:{device.id}") as work:
        store_report(work, device, status_report)
    return TimeResponse(server_time_ms=epoch_ms(hub.clock.now()))

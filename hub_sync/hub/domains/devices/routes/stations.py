"""Routes that stations call: enrolment and status report."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.errors import Problem
from hub_sync.contract.fleet import LOG_TYPE, ReportResponse
from hub_sync.contract.station_report import StationReport
from hub_sync.contract.sync import EnrolRequest, EnrolResponse, TimeResponse
from hub_sync.hub.console.i18n.translation import accepted_speech, error_message, speaking
from hub_sync.hub.domains.devices.calls.station_router import ReportingCall, StationRouter
from hub_sync.hub.domains.devices.calls.status_reports import find_answer, store_later, store_report
from hub_sync.hub.domains.devices.errors import CommandNotFound, LogTooLarge, LogUnreadable, TooManyEnrolments
from hub_sync.hub.domains.devices.logs import service as logs
from hub_sync.hub.domains.devices.management import enrolment
from hub_sync.hub.domains.devices.protocols import StationTooNew, StationTooOld, check_protocols
from hub_sync.hub.kit.http.context import Hub
from hub_sync.hub.kit.networks import network_key
from hub_sync.hub.kit.security.client_address import read_credentials

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])
stations = StationRouter(prefix="/sync", tags=["sync"])

ENROLMENTS_A_MINUTE = 30
"""Limit for one address. A code has 99 bits; this protects the hub and its log from somebody who guesses."""
_LOG_BODY = {
    "required": True,
    "content": {LOG_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}


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


@stations.post("/report", model=ReportResponse)
def report(call: ReportingCall, status_report: StationReport) -> Response:
    """Store a station's status report: scans not sent yet, age of the roster, alarms, what became of commands.

    The answer has the commands that are not finished, and the configuration that is wanted if it is not the applied one.
    """
    with call.hub.uow.look_up() as work:
        answer = find_answer(work, call.device, status_report)
    if answer is not None:
        store_later(call.hub, call.device, status_report)
    else:
        with call.begin() as work:
            answer = store_report(work, call.device, status_report)
    try:
        check_protocols(status_report.fleet.protocols if status_report.fleet else ())
    except (StationTooNew, StationTooOld) as reason:  # told, not refused: commands and revocations go on
        with speaking(accepted_speech(call.request.headers.get("accept-language", ""))):
            answer = answer.model_copy(update={"protocol_sentence": error_message(reason)})
    return call.model(answer)


@stations.post(
    "/log", model=TimeResponse, errors=(CommandNotFound, LogTooLarge, LogUnreadable), body=_LOG_BODY
)
def upload_log(
    call: ReportingCall,
    command: Annotated[str, Query(max_length=64, description="The id of the command upload-log.")],
) -> Response:
    """Store the log that a station was told to upload, compressed with gzip. A repetition replaces it."""
    with call.begin() as work:
        logs.store(work, call.device.tenant_id, call.device.id, command, call.body)
    return call.model(TimeResponse(server_time_ms=epoch_ms(call.hub.clock.now())))

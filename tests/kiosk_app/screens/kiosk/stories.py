"""Messages of a station to a kiosk's screen, for the tests of its presenter and for its pictures. No Qt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hardware.printer import PrintFailure, PrintOutcome, PrintResult
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType
from hub_sync.rules.admission import Decision
from kiosk_app import kiosk_messages as kiosk
from kiosk_app import messages

NOON = datetime(2026, 6, 11, 10, 42, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
STATUS = kiosk.KioskStatus(
    options=kiosk.KioskOptions(search=True, walk_in_numbers=True),
    queues=(
        kiosk.QueueChoice("q1", "Registration desk", 7, 10, 15),
        kiosk.QueueChoice("q2", "Press accreditation", 0, 1, 1),
        kiosk.QueueChoice("q3", "Lost badges", 0, is_open=False),
    ),
    paper=kiosk.PaperStatus(slips=True, badges=True),
    opens_at=NOON - timedelta(hours=3),
    closes_at=NOON + timedelta(hours=8),
    has_printer=True,
    can_speak=True,
)
TICKET = kiosk.VisitorClaim(ScanType.QR, "ticket")
SUPERVISORS = messages.OperatorStatus(
    (messages.OperatorChoice("o1", "Grace Hopper", True), messages.OperatorChoice("o2", "Tom Okoye", True))
)
NUMBER = kiosk.QueueNumber(
    "Registration desk", "A047", "t1", 7, 10, 15, "https://hub.example.org/q/3f9a1c2b7d"
)


NO_QUEUES = replace(STATUS, queues=())


def ready_messages(status: kiosk.KioskStatus = STATUS) -> tuple[messages.ScreenMessage, ...]:
    """Return what a station reports that works."""
    return (
        messages.EventInfo("Summer Assembly 2026", BERLIN),
        messages.GateReadiness(messages.ReadinessState.READY),
        messages.GateDeviceStatus(camera=messages.CameraAvailability.LIVE),
        messages.ConnectionStatus(messages.HubConnectionState.ONLINE),
        SUPERVISORS,
        status,
    )


def decision(
    reason: ReasonCode, visitor: kiosk.VisitorClaim = TICKET, **changes: object
) -> messages.GateOutcome:
    """Return the gate's outcome for a visitor."""
    result = {
        ReasonCode.ADMITTED: ScanResult.VALID,
        ReasonCode.ALREADY_INSIDE: ScanResult.ALREADY_SCANNED,
        ReasonCode.ALREADY_USED: ScanResult.ALREADY_SCANNED,
        ReasonCode.BLACKLISTED: ScanResult.REVOKED,
    }.get(reason, ScanResult.INVALID)
    outcome = messages.GateOutcome(
        Decision(result, reason, Direction.ENTRY, participant_id="p1"),
        messages.Subject(visitor.scan_type, visitor.text, visitor.participant_id),
        NOON,
        sequence=7,
        row_id="r1",
        name="Ada King Lovelace",
    )
    return replace(outcome, **changes)  # type: ignore[arg-type]


def printed(job_id: str, failure: PrintFailure | None = None) -> messages.PrintUpdate:
    """Return the end of a print."""
    outcome = PrintOutcome.PRINTED if failure is None else PrintOutcome.FAILED
    return messages.PrintUpdate(job_id, PrintResult(job_id, outcome, failure))

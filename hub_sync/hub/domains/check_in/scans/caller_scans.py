"""Scans of API keys and of people, over REST or from the console: one way from the request to the stored scan."""

from hub_sync.contract.enums import ScanResult
from hub_sync.contract.sync import Override
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.manifest import SCAN_OVERRIDDEN
from hub_sync.hub.domains.check_in.scans.schemas import ScanRequest
from hub_sync.hub.domains.check_in.scans.service import Scanned, Scanner, scan
from hub_sync.hub.domains.check_in.tables import ScannedBy
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.rules.tickets.ticket_keys import KeyRing

LONGEST_OPERATOR = 200
_BY = {CallerKind.KEY: ScannedBy.KEY, CallerKind.USER: ScannedBy.USER}


def scanner_of(caller: Caller, event_id: str) -> Scanner:
    """Return the scanner that a caller is at an event."""
    return Scanner(caller.tenant_id, event_id, caller.id, _BY[caller.kind])


def scan_for_caller(
    work: Work, ring: KeyRing, caller: Caller, event_id: str, request: ScanRequest
) -> Scanned:
    """Decide and store the scan of a caller, with an audit row where an override was needed.

    Raises:
        EventNotFound, CheckpointNotFound, ScanIdReused.
    """
    override = None
    if request.override is not None:
        override = Override(reason=request.override.reason, operator=caller.actor[:LONGEST_OPERATOR])
    scanner = scanner_of(caller, event_id)
    scanned = scan(work, ring, scanner, request, override)
    if scanned.decision.result is ScanResult.MANUAL_OVERRIDE and not scanned.repeated:
        _record_override(work, scanner, request, scanned)
    return scanned


def _record_override(work: Work, scanner: Scanner, request: ScanRequest, scanned: Scanned) -> None:
    decision = scanned.decision
    after = {
        "checkpoint_id": request.checkpoint_id,
        "participant_id": decision.participant_id,
        "direction": decision.direction.value,
        "reason": request.override.reason if request.override else None,
        "against": decision.reason.value,
    }
    audit.record(work, scanner.tenant_id, SCAN_OVERRIDDEN, scanned.id, after=after)

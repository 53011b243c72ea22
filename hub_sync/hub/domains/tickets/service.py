"""Issue tickets: decide who gets one, encrypt or sign its text, and record it in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub_sync.contract.enums import ParticipantStatus, QrFormat
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tickets.errors import (
    TicketKeyMissing,
    TicketNeverValid,
    TicketNotIssued,
    TicketOfRejected,
    TicketUnfit,
    TicketValidityUnsupported,
)
from hub_sync.hub.domains.tickets.manifest import TICKET_ISSUED, TICKETS_ISSUED
from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.encryption import SecretBox
from hub_sync.rules.tickets.signed_ticket import UnfitTicketPayload
from hub_sync.rules.tickets.ticket_codec import TicketPayload, issue_ticket

__all__ = [
    "UNLIMITED",
    "WITHDRAWN",
    "TicketKeyMissing",
    "TicketNotIssued",
    "TicketValidity",
    "find_refusal",
    "payload_for",
    "record_all_issued",
    "record_issued",
    "reissue",
    "ticket_text",
]

WITHDRAWN: Mapping[ParticipantStatus, type[TicketNotIssued]] = {
    ParticipantStatus.CANCELLED: TicketNotIssued,
    ParticipantStatus.REJECTED: TicketOfRejected,
}
"""The statuses of registrations without a ticket, each with the error that says so."""


def find_refusal(participant: participants.Participant) -> TicketNotIssued | None:
    """Return why a participant gets no ticket, or None if they get one."""
    refusal = WITHDRAWN.get(participant.status)
    return refusal() if refusal else None


@dataclass(frozen=True, slots=True)
class TicketValidity:
    """The times between which a ticket is valid; None means no limit."""

    not_before: datetime | None = None
    not_after: datetime | None = None


UNLIMITED = TicketValidity()


def payload_for(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    validity: TicketValidity = UNLIMITED,
) -> TicketPayload:
    """Return the payload of a ticket that is issued now, and valid after a reissue in the same second.

    It is of the version that the tenant has chosen. A pending participant gets one too; gates refuse it until approval.

    Raises:
        EventNotFound, ParticipantNotFound: no such row, or it is deleted (404).
        TicketNotIssued: the registration is cancelled or rejected (409).
        TicketValidityUnsupported: there is a validity, and the tenant's tickets are of version 1 (409).
        TicketNeverValid: the validity ends before it begins (422).
    """
    events.get(work, tenant_id, event_id)
    participant = _participant_with_ticket(work, tenant_id, event_id, participant_id)
    issued_at = max(work.now(), participant.tickets_valid_from or work.now())
    payload = TicketPayload(participant.id, tenant_id, event_id, int(issued_at.timestamp()))
    if tenants.get(work, tenant_id).qr_format is QrFormat.V1:
        if validity != UNLIMITED:
            raise TicketValidityUnsupported
        return payload
    not_before, not_after = _seconds(validity.not_before), _seconds(validity.not_after)
    if not_before is not None and not_after is not None and not_before >= not_after:
        raise TicketNeverValid
    return replace(payload, v=2, category=participant.category, not_before=not_before, not_after=not_after)


def _seconds(at: datetime | None) -> int | None:
    """Return Unix seconds as far as a ticket can hold them: from 1970 to 2106."""
    return None if at is None else min(max(0, int(at.timestamp())), 2**32 - 1)


def ticket_text(
    work: Work,
    secret_box: SecretBox,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    validity: TicketValidity = UNLIMITED,
) -> str:
    """Return the text of a ticket. Each call issues anew; every result is valid.

    Raises:
        EventNotFound, ParticipantNotFound, TicketNotIssued, TicketValidityUnsupported, TicketNeverValid: as `payload_for`.
        TicketUnfit: an id or the category does not fit into a ticket (409).
        TicketKeyMissing: no ticket key of the tenant is valid now (409).
        SecretUnusable: the keys were sealed with another hub's secret.
    """
    payload = payload_for(work, tenant_id, event_id, participant_id, validity)
    try:
        return issue_ticket(payload, tenants.key_ring(work, secret_box, tenant_id), work.now())
    except LookupError:
        raise TicketKeyMissing from None
    except UnfitTicketPayload:
        raise TicketUnfit from None


def reissue(
    work: Work, tenant_id: str, event_id: str, participant_id: str, if_version: IfVersion = None
) -> datetime:
    """Replace all tickets of a participant, and return the time from which new ones are valid.

    The participant stays inside, if they are.

    Raises:
        EventNotFound, ParticipantNotFound: no such row, or it is deleted (404).
        TicketNotIssued: the registration is cancelled or rejected (409).
        ParticipantChanged: the version is not `if_version` (412).
    """
    events.check_exists(work, tenant_id, event_id)
    _participant_with_ticket(work, tenant_id, event_id, participant_id)
    participant = participants.replace_tickets(work, tenant_id, event_id, participant_id, if_version)
    return participant.tickets_valid_from or work.now()


def _participant_with_ticket(
    work: Work, tenant_id: str, event_id: str, participant_id: str
) -> participants.Participant:
    participant = participants.get(work, tenant_id, event_id, participant_id)
    refusal = find_refusal(participant)
    if refusal is not None:
        raise refusal
    return participant


def record_all_issued(work: Work, tenant_id: str, event_id: str, file_format: str, count: int) -> None:
    """Record in the audit log that tickets of many participants are issued at once, in one entry."""
    after = {"event_id": event_id, "format": file_format, "count": count}
    audit.record(work, tenant_id, TICKETS_ISSUED, event_id, after=after)


def record_issued(work: Work, tenant_id: str, event_id: str, participant_id: str, file_format: str) -> None:
    """Record in the audit log that a ticket was issued: whoever has it is admitted."""
    after = {"event_id": event_id, "format": file_format}
    audit.record(work, tenant_id, TICKET_ISSUED, participant_id, after=after)

"""Participants as a station pulls them, and their tickets. Imports nothing of the hub."""

import base64
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import ParticipantRow, QrKeyRow
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from hub_sync.rules.tickets.ticket_keys import AnyTicketKey, KeyRing, SignatureKey, TicketKey

APPROVED, CANCELLED = ParticipantStatus.APPROVED, ParticipantStatus.CANCELLED
KEY = TicketKey("k1", bytes(range(32)))
"""The ticket key of stations that are built without a hub."""
TENANT, EVENT = "tenant-1", "event-1"
"""Ids of the event of stations that are built without a hub."""
SIGNATURE_KEY = SignatureKey.from_seed("s1", bytes(range(32)), TENANT)
"""The key that signs tickets of version 2 for such an event."""
TICKET_TIME = datetime(2026, 6, 10, 10, tzinfo=UTC)


def participant_row(
    participant_id: str,
    name: str = "Ada Lovelace",
    status: str = "APPROVED",
    *,
    code: str = "",
    category: str = "delegate",
    standing: str = "",
    tickets_valid_from: int = 0,
    group_ref: str = "",
) -> ParticipantRow:
    """Return a participant as a pull page carries one; the code is REG- and the id unless it is named."""
    first, _, last = name.partition(" ")
    code = code or f"REG-{participant_id}"
    same = (participant_id, first, last, code, ParticipantStatus(status), category, standing)
    return (*same, 1, tickets_valid_from, group_ref)


def key_row(key: AnyTicketKey) -> QrKeyRow:
    """Return a key as a pull page carries it."""
    return QrKeyRow(
        kid=key.kid,
        material=key.opening_material.hex(),
        not_before_ms=None,
        not_after_ms=None,
        algorithm=key.algorithm,
        tenant_id=key.tenant_id,
    )


def seal_ticket_for(
    participant_id: str, *, tenant: str = TENANT, event: str = EVENT, key: TicketKey = KEY, issued_at: int = 1
) -> str:
    """Return the text of a ticket; without more arguments of the event of stations that are built without a hub."""
    return seal_ticket(TicketPayload(pid=participant_id, tid=tenant, eid=event, iat=issued_at), key)


def seal_bytes(plain: bytes) -> str:
    """Return a ticket whose seal is genuine and whose content is any bytes."""
    rest = b"\x00" * 12 + AESGCM(KEY.material).encrypt(b"\x00" * 12, plain, None)
    return base64.urlsafe_b64encode(struct.pack(">I", zlib.crc32(rest)) + rest).rstrip(b"=").decode()


@dataclass(frozen=True)
class TicketPrinter:
    """Prints tickets of an event as its hub would, and such as it would not."""

    tenant_id: str
    event_id: str
    key: TicketKey

    @classmethod
    def of(cls, tenant_id: str, event_id: str, ring: KeyRing) -> "TicketPrinter":
        """Return a printer with the key that a station has pulled."""
        return cls(tenant_id, event_id, ring.sealing_key(TICKET_TIME))

    def ticket(self, participant_id: str, *, tenant: str = "", event: str = "") -> str:
        """Return the text of a ticket."""
        return seal_ticket_for(
            participant_id, tenant=tenant or self.tenant_id, event=event or self.event_id, key=self.key
        )

    def forged(self, participant_id: str) -> str:
        """Return a ticket that is sealed with another key of the same id."""
        return seal_ticket_for(
            participant_id,
            tenant=self.tenant_id,
            event=self.event_id,
            key=TicketKey(self.key.kid, bytes(32)),
        )

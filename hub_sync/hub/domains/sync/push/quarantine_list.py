"""List quarantined rows, which could not be stored as scans, for people to inspect. `sync.push.service` puts them there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A journal row as it was sent, and why it is no scan: `code` for programs, `message` for people."""

    device_id: str
    journal_id: str
    sequence: int
    code: str
    message: str
    body: str
    hash: str
    received_at: datetime


def list_quarantined(work: Work, tenant_id: str, device_id: str | None = None) -> tuple[QuarantinedRow, ...]:
    """Return the quarantined rows of one station, or of all of a tenant's, by station, journal and sequence.

    Raises:
        DeviceNotFound.
    """
    rows = QuarantinedScan
    chosen = select(rows).where(rows.tenant_id == tenant_id)
    if device_id is not None:
        devices.get(work, tenant_id, device_id)
        chosen = chosen.where(rows.device_id == device_id)
    quarantined = work.session.scalars(chosen.order_by(rows.device_id, rows.journal_id, rows.sequence))
    return tuple(
        QuarantinedRow(
            row.device_id,
            row.journal_id,
            row.sequence,
            row.code,
            row.message,
            row.body,
            row.hash,
            row.created_at,
        )
        for row in quarantined
    )

"""The ticket keys of a tenant, described for people: which one is used for new tickets, and which still open."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from hub_sync.hub.domains.tenants.tables import QrKey, Tenant
from hub_sync.hub.kit.db.unit_of_work import Work


class TicketKeyState(StrEnum):
    """The use of a ticket key."""

    ISSUES = "issues"
    """New tickets use it."""
    OPENS = "opens"
    """Tickets that were handed out open gates; no new one uses it."""
    FUTURE = "future"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DescribedKey:
    """A ticket key without its material."""

    id: str
    kid: str
    algorithm: str
    source: str
    created_at: datetime
    not_after: datetime | None
    replaced_by: str | None
    """The kid of the key at whose arrival at all stations it ends."""
    state: TicketKeyState


def describe_keys(work: Work, tenant_id: str) -> list[DescribedKey]:
    """Return the tenant's keys, newest first."""
    tenant = work.session.get(Tenant, tenant_id)
    query = select(QrKey).where(QrKey.tenant_id == tenant_id).order_by(QrKey.created_at, QrKey.id)
    rows, now = list(work.session.scalars(query)), work.now()
    states = {row.id: _state(row, now) for row in rows}
    open_ids = [
        row.id
        for row in rows
        if states[row.id] is TicketKeyState.OPENS
        and tenant is not None
        and row.algorithm == tenant.qr_format.algorithm
    ]
    if open_ids:
        states[open_ids[-1]] = TicketKeyState.ISSUES
    described = [
        DescribedKey(
            row.id,
            row.kid,
            row.algorithm,
            row.source,
            row.created_at,
            row.not_after,
            row.replaced_by,
            states[row.id],
        )
        for row in rows
    ]
    return described[::-1]


def _state(row: QrKey, now: datetime) -> TicketKeyState:
    if row.not_after is not None and row.not_after <= now:
        return TicketKeyState.ENDED
    if row.not_before is not None and now < row.not_before:
        return TicketKeyState.FUTURE
    return TicketKeyState.OPENS

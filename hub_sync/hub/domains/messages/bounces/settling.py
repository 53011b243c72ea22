"""Settle reports: a message came back, is late, was complained about, or arrived.

A report changes only the delivery that it names, if that one went out through the account that the report came in for, and only the
address of that delivery is put on the list: so a forged report can't silence a stranger.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.bounces.reports import DeliveryReport, ReportKind
from hub_sync.hub.domains.messages.delivery.compose import address_key
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.result_events import emit_bounced, emit_delivered
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.kit.db.unit_of_work import Work

S = MessageStatus
_WENT_OUT = (S.SENT, S.DELIVERED, S.UNSURE)
_LONGEST = 500


class Settlement(StrEnum):
    """The result of a report."""

    SETTLED = "SETTLED"
    """It is about a message of the account; what it says is stored, now or before."""
    UNKNOWN = "UNKNOWN"
    """It is about nothing that this hub has sent through the account."""
    TOO_EARLY = "TOO_EARLY"
    """The message is being sent right now: it has to be read again."""


def settle(work: Work, tenant_id: str, sender_id: str, report: DeliveryReport) -> Settlement:
    """Store what a report says. The same report twice changes nothing more.

    Args:
        work: a writing one.
        tenant_id: the tenant of the account.
        sender_id: the account that the report came in for.
        report: the report.
    """
    row = _find_for_update(work, tenant_id, sender_id, report.delivery_ids)
    if row is None:
        return Settlement.UNKNOWN
    if row.status is S.SENDING:
        return Settlement.TOO_EARLY
    detail = " ".join(filter(None, (report.status, report.detail)))[:_LONGEST]
    if report.kind is ReportKind.COMPLAINED:
        row.error_code, row.error = DeliveryFailure.COMPLAINED, detail or None
        suppressions.suppress_complained(work, tenant_id, row.channel, row.recipient)
    elif row.status in _WENT_OUT:
        _note(work, row, report, detail)
    work.session.flush()
    return Settlement.SETTLED


def _note(work: Work, row: MessageDelivery, report: DeliveryReport, detail: str) -> None:
    if report.kind is ReportKind.DELAYED:
        if row.status is S.SENT:
            row.error_code, row.error = DeliveryFailure.BOUNCED_FOR_NOW, detail or None
    elif report.kind is ReportKind.DELIVERED:
        if row.status is not S.DELIVERED:
            _settled(row, S.DELIVERED, None, "", work.now())
            work.session.flush()
            emit_delivered(work, row)
    else:
        _settled(row, S.BOUNCED, DeliveryFailure.BOUNCED, detail, work.now())
        work.session.flush()
        emit_bounced(work, row.tenant_id, row.id)
        is_own = not report.recipient or address_key(row.channel, report.recipient) == row.recipient
        if report.names_dead_address and is_own:
            suppressions.suppress_bounced(work, row.tenant_id, row.channel, row.recipient, detail)


def _settled(
    row: MessageDelivery, status: MessageStatus, code: DeliveryFailure | None, detail: str, now: datetime
) -> None:
    row.status, row.error_code, row.error = status, code, detail or None
    row.settled_at, row.leased_by = now, None


def _find_for_update(
    work: Work, tenant_id: str, sender_id: str, delivery_ids: Iterable[str]
) -> MessageDelivery | None:
    """Return the first delivery that exists and went through the account, locked."""
    for id_ in delivery_ids:
        row = work.session.get(
            MessageDelivery, (tenant_id, id_), with_for_update=True, populate_existing=True
        )
        if row is not None and row.sender_id == sender_id:
            return row
    return None

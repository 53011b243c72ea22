"""What `doctor` checks in sync: that no station signed another journal than the hub has, and that no sealed rows are missing."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from hub_sync.contract.seals import SealState
from hub_sync.hub.domains.devices.service import KioskDevice
from hub_sync.hub.domains.sync.tables import JournalSeal
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding, first_few

OVERDUE = timedelta(hours=1)


def check_seals(context: CheckContext) -> Iterator[Finding]:
    """Fail if a seal contradicts the hub; warn if rows of a seal have not come for long."""
    contradicted = _contradicted(context)
    if contradicted:
        message = f"Stations signed another journal than the hub has: {first_few(contradicted)}. Export the evidence of both."
        yield Finding("journals", "fail", message)
    late = _stations(
        context, JournalSeal.state == SealState.WAITING, JournalSeal.created_at < context.now - OVERDUE
    )
    if late:
        message = f"Rows that a station sealed over an hour ago have not come: {first_few(late)}."
        yield Finding("journals", "warn", message)


def _contradicted(context: CheckContext) -> list[str]:
    """Return the stations whose contradictions nobody has looked into."""
    query = select(KioskDevice.name).where(KioskDevice.seals_disagree_at.is_not(None))
    return sorted(context.work.session.scalars(query))


def _stations(context: CheckContext, *conditions: object) -> list[str]:
    query = (
        select(KioskDevice.name)
        .join(
            JournalSeal,
            (JournalSeal.tenant_id == KioskDevice.tenant_id) & (JournalSeal.device_id == KioskDevice.id),
        )
        .where(*conditions)  # type: ignore[arg-type]
        .distinct()
    )
    return sorted(context.work.session.scalars(query))


CHECKS: tuple[Check, ...] = (check_seals,)

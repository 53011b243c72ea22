"""What a station may do in queues by its profile."""

import pytest

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority, TicketIssue
from hub_sync.rules.queue.authority import may_act

TICKET, QUEUE, DESK = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(3))


def action(kind: QueueActionKind, priority: QueuePriority | None = None) -> QueueAction:
    return QueueAction(
        id=TICKET,
        kind=kind,
        event_id="event",
        queue_id=QUEUE,
        ticket_id=TICKET,
        service_date="2026-11-29",
        tick=1,
        at_ms=1,
        device_id="here",
        priority=priority,
        issue=TicketIssue(number="A001", sequence=1) if kind is QueueActionKind.ISSUED else None,
    )


@pytest.mark.parametrize(
    ("profile", "kind", "priority", "issuer", "allowed"),
    [
        (DeviceProfile.DESK, QueueActionKind.CALLED, None, "there", True),
        (DeviceProfile.DESK, QueueActionKind.ISSUED, QueuePriority.URGENT, None, True),
        (DeviceProfile.KIOSK, QueueActionKind.ISSUED, QueuePriority.PRIORITY, None, True),
        (DeviceProfile.KIOSK, QueueActionKind.ISSUED, QueuePriority.URGENT, None, False),
        (DeviceProfile.KIOSK, QueueActionKind.CANCELLED, None, "here", True),
        (DeviceProfile.KIOSK, QueueActionKind.CANCELLED, None, "there", False),
        (DeviceProfile.KIOSK, QueueActionKind.CANCELLED, None, None, False),
        (DeviceProfile.KIOSK, QueueActionKind.CALLED, None, "here", False),
        (DeviceProfile.GATE, QueueActionKind.ISSUED, None, None, False),
        (DeviceProfile.BOARD, QueueActionKind.CANCELLED, None, "here", False),
    ],
)
def test_a_station_may_do_what_its_profile_is_for(
    profile: DeviceProfile,
    kind: QueueActionKind,
    priority: QueuePriority | None,
    issuer: str | None,
    *,
    allowed: bool,
) -> None:
    assert may_act(profile, action(kind, priority), issuer) is allowed

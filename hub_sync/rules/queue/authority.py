"""What a station may do in queues by its profile. The hub checks a pushed row by it, and a station what a neighbour tells it."""

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.queue import QueueAction, QueueActionKind, QueuePriority

OF_KIOSKS = frozenset({QueueActionKind.ISSUED, QueueActionKind.CANCELLED})
"""A visitor takes a number at a kiosk, and may give it back."""


def may_send_action(profile: DeviceProfile, kind: QueueActionKind) -> bool:
    """Return True if a profile may send an action about a queue."""
    return profile is DeviceProfile.DESK or (profile is DeviceProfile.KIOSK and kind in OF_KIOSKS)


def may_act(profile: DeviceProfile, action: QueueAction, issuer_id: str | None) -> bool:
    """Return True if a station of a profile may send this action.

    A kiosk stands where anybody can take it away: it gives no urgent numbers, and takes back its own ones alone.

    Args:
        profile: the profile of the station, which `action.device_id` names.
        action: the action.
        issuer_id: the station that issued the ticket; None: it is not known.
    """
    if not may_send_action(profile, action.kind):
        return False
    if profile is DeviceProfile.DESK:
        return True
    if action.kind is QueueActionKind.ISSUED:
        return action.priority is not QueuePriority.URGENT
    return issuer_id == action.device_id

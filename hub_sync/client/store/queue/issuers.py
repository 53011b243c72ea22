"""What a neighbour may do in queues: its profile, and who issued the ticket that it speaks of."""

from hub_sync.client.store.queue.actions import QueueActions
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.queue import QueueAction, QueueActionKind
from hub_sync.rules.queue.authority import may_act


class IssuerLookup:
    """Checks the actions of one message in their order; tickets that it issues count for the ones after them."""

    def __init__(self, actions: QueueActions) -> None:
        self._actions = actions
        self._issued: set[str] = set()

    def allows(self, profile: str, action: QueueAction) -> bool:
        """Return True if a station of a profile may send an action; "": the hub is older and names none.

        Raises:
            StoreError: the store failed.
        """
        if not profile:
            return True
        if profile not in set(DeviceProfile):
            return False
        allowed = may_act(DeviceProfile(profile), action, self._issuer(action))
        if allowed and action.kind is QueueActionKind.ISSUED and action.ticket_id is not None:
            self._issued.add(action.ticket_id)
        return allowed

    def _issuer(self, action: QueueAction) -> str | None:
        if action.ticket_id is None or action.kind is QueueActionKind.ISSUED:
            return None
        if action.ticket_id in self._issued:
            return action.device_id
        ticket = self._actions.ticket(action.ticket_id)
        return None if ticket is None else ticket.device_id

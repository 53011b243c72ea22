"""What tickets refuse."""

from hub_sync.hub.kit.errors import Conflict


class TicketNotIssued(Conflict):
    """The registration stands in a way that no gate would admit, now or later."""


class TicketKeyMissing(Conflict):
    """None of the tenant's ticket keys is good now."""

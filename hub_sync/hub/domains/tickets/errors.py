"""Errors of tickets."""

from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.i18n import N_


class TicketNotIssued(Conflict):
    """The registration is cancelled or rejected, so that no gate would admit the ticket."""

    template = N_("This registration was cancelled, so there is no ticket for it.")


class TicketOfRejected(TicketNotIssued, variant=True):
    """The registration was rejected."""

    template = N_("This registration was rejected, so there is no ticket for it.")


class TicketKeyMissing(Conflict):
    """None of the tenant's ticket keys is valid now."""

    template = N_("None of the ticket keys is valid now; add one.")

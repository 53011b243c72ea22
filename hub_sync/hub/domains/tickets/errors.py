"""Errors of tickets."""

from hub_sync.hub.kit.errors import Conflict, Unprocessable
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


class TicketUnfit(Conflict):
    """An id or the category does not fit into a signed ticket."""

    template = N_("The id or the category of this participant is too long for a ticket of version 2.")


class TicketValidityUnsupported(Conflict):
    """The tenant's tickets are of version 1, which holds no validity."""

    template = N_(
        "Tickets of version 1 have no validity of their own. Choose version 2 for this organisation first."
    )


class TicketNeverValid(Unprocessable):
    """The validity ends before it begins."""

    template = N_("This ticket would never be valid: its end must be later than its beginning.")


class NobodyGetsTicket(Conflict):
    """The selected list has nobody who gets a ticket."""

    template = N_("Nobody in this list gets a ticket.")

"""Errors of tenants."""

from hub_sync.hub.kit.errors import Conflict, NotFound
from hub_sync.hub.kit.i18n import N_


class TenantExists(Conflict):
    """The slug is taken."""

    template = N_("There is a tenant “%(slug)s” already.")


class TenantNotFound(NotFound):
    """There is no such tenant."""

    template = N_("There is no such tenant.")


class TenantSlugNotFound(TenantNotFound, variant=True):
    """No tenant has this slug."""

    template = N_("There is no tenant “%(slug)s”.")


class TicketKeyNotFound(NotFound):
    """The tenant has no such ticket key."""

    template = N_("There is no such ticket key.")


class TicketKeyInUse(Conflict):
    """New tickets use this key, so that it cannot be taken out of use."""

    template = N_("New tickets use this key. Create a new key first, then take this one out of use.")


class QrKeyExists(Conflict):
    """The tenant has a key of this name already."""

    template = N_("The tenant has a key “%(kid)s” already.")

"""Errors of the audit log."""

from hub_sync.hub.kit.errors import BadRequest, NotFound
from hub_sync.hub.kit.i18n import N_


class AuditEntryNotFound(NotFound):
    """There is no such entry in the tenant's audit log."""

    template = N_("There is no such entry in the audit log.")


class DayUnreadable(BadRequest):
    """A day to search from or to is not written as days are."""

    template = N_("A day is written like 2026-06-10.")

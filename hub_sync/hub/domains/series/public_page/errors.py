"""Errors of the public page of a series."""

from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.i18n import N_


class SeriesPageUnknown(NotFound):
    """There is no such page, or it is not switched on."""

    template = N_("There is no such page.")

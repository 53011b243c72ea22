"""Errors of the overview."""

from hub_sync.hub.kit.errors import BadRequest, Forbidden
from hub_sync.hub.kit.i18n import N_


class StreamForPagesOnly(Forbidden, variant=True):
    """A key asks for the stream of the console."""

    template = N_("This stream is for pages; keys have /api/v1/events/EVENT/live.")


class FiltersInvalid(BadRequest):
    """A filter of an export is wrong."""

    template = N_("Nothing is exported: %(message)s")

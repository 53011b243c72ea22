"""Errors of the overview."""

from hub_sync.hub.kit.errors import BadRequest
from hub_sync.hub.kit.i18n import N_


class FiltersInvalid(BadRequest):
    """A filter of an export is wrong."""

    template = N_("Nothing is exported: %(problem)s")

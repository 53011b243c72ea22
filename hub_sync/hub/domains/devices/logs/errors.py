"""Errors of stations' logs."""

from hub_sync.hub.kit.errors import BadRequest, NotFound, PayloadTooLarge
from hub_sync.hub.kit.i18n import N_


class LogNotFound(NotFound):
    """There is no such log, or it was kept for its time."""

    template = N_("There is no such log any more.")


class LogUnreadable(BadRequest):
    """What came is not compressed with gzip."""

    template = N_("A log comes as gzip.")


class LogTooLarge(PayloadTooLarge, variant=True):
    """The log is larger than the hub takes."""

    template = N_("The log is larger than the %(limit)s bytes that are taken here.")

"""Errors of commands to stations."""

from hub_sync.hub.kit.errors import Conflict, NotFound
from hub_sync.hub.kit.i18n import N_


class CommandNotFound(NotFound):
    """The station has no such command."""

    template = N_("There is no such command.")


class CommandPending(Conflict):
    """The station has a command of this kind that is not finished."""

    template = N_("This station has this command already, and has not finished it.")


class CommandUnreachable(Conflict):
    """No station can obey: none has enrolled, or its access was withdrawn."""

    template = N_("A device that is %(device_status)s can't get this command.")


class CommandDelivered(Conflict):
    """The station has the command: it can't be taken back."""

    template = N_("The station has this command already: it can't be taken back any more.")


class CommandFinished(Conflict):
    """The command is finished."""

    template = N_("This command is finished.")


class KeyDoubted(Conflict):
    """Two machines may use the credential: a new one would keep one of them from sending its scans."""

    template = N_(
        "Two machines may use this station's credential. Resolve that first: a new key would keep one of them from sending its scans."
    )

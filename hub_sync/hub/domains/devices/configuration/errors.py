"""Errors of the configuration of stations."""

from hub_sync.hub.kit.errors import PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class FleetConfigurationChanged(PreconditionFailed):
    """Somebody changed the defaults meanwhile."""

    template = N_("These settings were changed meanwhile; read them again.")


class SettingOfAnotherProfile(Unprocessable):
    """Stations of this profile have no such setting, or can't run as this."""

    template = N_("Stations of this kind can't have this value: %(names)s.")

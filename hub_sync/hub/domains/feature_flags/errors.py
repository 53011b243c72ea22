"""Errors of feature flags."""

from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.i18n import N_


class FeatureFlagUnknown(NotFound):
    """There is no such flag."""

    template = N_("There is no such flag; there are %(flags)s.")

"""Feature flags. A flag that is off answers 404 for its routes and hides its pages; a domain declares its own."""

from typing import Self

from hub_sync.hub.kit.i18n import N_


class FeatureFlag(str):
    """A part of the hub that a tenant can switch on. A string wherever one is stored, sent or compared."""

    __slots__ = ("description", "is_planned", "label")
    label: str
    description: str
    is_planned: bool

    def __new__(cls, key: str, label: str, description: str, *, is_planned: bool = False) -> Self:
        """Declare a flag.

        Args:
            key: the report's name, `FF_…`.
            label: what people call it, marked with `N_`.
            description: one sentence about what it opens, marked with `N_`.
            is_planned: True while nothing of it is built: the console offers no switch for it.
        """
        flag = super().__new__(cls, key)
        flag.label, flag.description, flag.is_planned = label, description, is_planned
        return flag

    @property
    def value(self) -> str:
        """The flag's key as a plain string."""
        return str(self)


FF_REST_API = FeatureFlag(
    "FF_REST_API",
    N_("REST API"),
    N_("Lets other programs in by API key, and opens the page of API keys. Stations don't need it."),
)
"""Declared here because every REST route asks for it unless it names another; the manifest of `api_keys` lists it."""

"""Feature flags. A flag that is off answers 404 for its routes and hides its pages; a domain declares its own."""

from typing import Self

from hub_sync.hub.kit.i18n import N_


class FeatureFlag(str):
    """A part of the hub that a tenant can switch on. A string wherever one is stored, sent or compared."""

    __slots__ = ("description", "label")
    label: str
    description: str

    def __new__(cls, key: str, label: str, description: str) -> Self:
        """Declare a flag.

        Args:
            key: the report's name, `FF_…`.
            label: what people call it, marked with `N_`.
            description: one sentence about what it opens, marked with `N_`.
        """
        flag = super().__new__(cls, key)
        flag.label, flag.description = label, description
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

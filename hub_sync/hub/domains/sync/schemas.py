"""What sync asks of a station that has signed in."""

from typing import Protocol


class Station(Protocol):
    """A device in good standing, as `devices` knows it."""

    @property
    def id(self) -> str:
        """The device's id."""
        ...

    @property
    def tenant_id(self) -> str:
        """Whose it is."""
        ...

    @property
    def event_id(self) -> str:
        """The event that it serves."""
        ...

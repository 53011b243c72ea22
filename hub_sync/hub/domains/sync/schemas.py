"""The interface of an authenticated station."""

from datetime import datetime
from typing import Protocol

from hub_sync.contract.enums import DeviceProfile


class StationIdentity(Protocol):
    """An authenticated device."""

    @property
    def id(self) -> str:
        """The device's id."""
        ...

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        ...

    @property
    def event_id(self) -> str:
        """The id of the first event that it serves."""
        ...

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The ids of the events that it serves, the first one first."""
        ...

    @property
    def profile(self) -> DeviceProfile:
        """What it is enrolled as, which says what rows it may send."""
        ...

    def checkpoint_at(self, event_id: str) -> str | None:
        """Return the id of the checkpoint that is assigned to it at one of its events; None: the operator chooses."""
        ...

    @property
    def withdrawn_at(self) -> datetime | None:
        """The time of its revocation; None while it is in use."""
        ...

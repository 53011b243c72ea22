"""What devices are made with, and who a signed-in one is."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.kit.feed import FeedKey
from hub_sync.hub.kit.texts import ShortLine

DAY_HOURS = 24


class NewDevice(BaseModel):
    """A station to be: it enrols with a code within `expires_in_hours`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ShortLine
    event_id: str = Field(max_length=64)
    checkpoint_id: str | None = Field(default=None, max_length=64)
    profile: DeviceProfile = DeviceProfile.GATE
    expires_in_hours: float = Field(default=DAY_HOURS, gt=0, le=30 * DAY_HOURS)


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """The device that makes a call; its credential and status were checked at this very call."""

    id: str
    tenant_id: str
    event_id: str
    checkpoint_id: str | None
    name: str

    @property
    def feed(self) -> FeedKey:
        """The feed that it follows."""
        return FeedKey(self.tenant_id, self.event_id)

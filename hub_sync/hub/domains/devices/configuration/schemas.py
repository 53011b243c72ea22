"""Requests and responses about the configuration of stations."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.configuration import ConfigurationValues
from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.kit.schemas import ResponseModel

SHORTEST_OFFLINE_S, LONGEST_OFFLINE_S = 5 * 60, 90 * 24 * 3600
_Settings = Annotated[
    ConfigurationValues,
    Field(
        description="The settings; one that is left out or null is not set, and the station's own value stands."
    ),
]
_EXAMPLE: dict[str, Any] = {"language": "de", "theme": "dark", "volume": 75}


class NewFleetConfiguration(BaseModel):
    """The defaults of all stations of an event with a profile. They take the place of those before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: _Settings = ConfigurationValues()
    max_offline_s: int | None = Field(
        default=None,
        ge=SHORTEST_OFFLINE_S,
        le=LONGEST_OFFLINE_S,
        description="Seconds without a word of the hub after which a station admits nobody; null: it goes on. "
        "So a revocation holds at a station that is offline, too.",
        examples=[None],
    )


class NewDeviceConfiguration(BaseModel):
    """The settings of one device. They take the place of its own ones before, and go before the defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: _Settings = ConfigurationValues()


class FleetConfigurationResponse(ResponseModel):
    """The defaults of all stations of an event with a profile."""

    event_id: str = Field(description="The id of the event.")
    profile: DeviceProfile = Field(description="The profile.")
    settings: dict[str, Any] = Field(description="The settings that are set.", examples=[_EXAMPLE])
    max_offline_s: int | None = Field(
        description="Seconds without a word of the hub after which a station admits nobody; null: it goes on."
    )
    version: int = Field(description="The version; 0: nobody has set any.", examples=[2])


class DeviceConfigurationResponse(ResponseModel):
    """What is wanted of a station, and what it has applied."""

    device_id: str = Field(description="The device's id.")
    own: dict[str, Any] = Field(description="The settings of this device alone.", examples=[{"volume": 50}])
    wanted: dict[str, Any] = Field(
        description="The defaults with its own settings over them.", examples=[_EXAMPLE | {"volume": 50}]
    )
    wanted_version: int = Field(
        description="The version of `wanted`; 0: nothing was ever wanted.", examples=[3]
    )
    applied_version: int | None = Field(
        description="The version that the station says it has applied; null: it has not said.", examples=[3]
    )
    not_applied: dict[str, str] = Field(
        description="The settings of that version that it has not applied, each with its reason.",
        examples=[{"camera": "It is used from the next start on."}],
    )
    is_applied: bool = Field(
        description="True if the station has applied all that is wanted.", examples=[False]
    )
    reported_at: datetime | None = Field(description="When the station said so.")

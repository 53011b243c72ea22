"""The forms of stations."""

from pydantic import BaseModel, Field

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.devices.service import DeviceChanges, KioskDevice, NewDevice
from hub_sync.hub.kit.text_types import OptionalId, OptionalText, ShortText, SingleLineText

HOURS = (1, 8, 24, 72)
"""For how many hours an enrolment code may be valid."""


class NewStationForm(BaseModel):
    """The form of a new station."""

    name: ShortText
    checkpoint_id: OptionalId = ""
    profile: DeviceProfile = DeviceProfile.GATE
    hours: int = Field(default=24, ge=1, le=72)

    def new_device(self, event_id: str) -> NewDevice:
        """Return the form as a new device."""
        return NewDevice(
            name=self.name,
            event_id=event_id,
            checkpoint_id=self.checkpoint_id or None,
            profile=self.profile,
            expires_in_hours=self.hours,
        )


class EditStationForm(BaseModel):
    """The form of a station's name and checkpoint; `version` is the version that it was rendered from."""

    name: ShortText
    checkpoint_id: OptionalId = ""
    version: int | None = None

    def changes(self, before: KioskDevice) -> DeviceChanges | None:
        """Return what the form changes of a station, None if nothing."""
        values = {"name": self.name, "checkpoint_id": self.checkpoint_id or None}
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        return DeviceChanges.model_validate(changed) if changed else None


class CodeForm(BaseModel):
    """The form of a new enrolment code."""

    hours: int = Field(default=24, ge=1, le=72)


class LockForm(BaseModel):
    """The form of a lock, which says why."""

    reason: SingleLineText


class EndForm(BaseModel):
    """The form that takes a station out of use for good; `typed` is its name, typed again."""

    typed: str = ""
    reason: OptionalText = ""


def form_values(device: KioskDevice) -> dict[str, str]:
    """Return the values that the form of a station is opened with."""
    return {"name": device.name, "checkpoint_id": device.checkpoint_id or ""}

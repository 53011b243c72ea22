"""The forms of stations."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.devices.service import DeviceChanges, KioskDevice, NewDevice, checkpoint_at
from hub_sync.hub.kit.text_types import (
    Id,
    OptionalId,
    OptionalText,
    RequiredNoteText,
    ShortText,
    SingleLineText,
)

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

    def changes(self, before: Mapping[str, str]) -> DeviceChanges | None:
        """Return what the form changes of a station with these values, None if nothing."""
        values = {"name": self.name, "checkpoint_id": self.checkpoint_id}
        changed = {name: value or None for name, value in values.items() if before[name] != value}
        return DeviceChanges.model_validate(changed) if changed else None


class EventsForm(BaseModel):
    """The form of the events that a station serves; `version` is the version that it was rendered from."""

    events: list[Id] = Field(default=[], max_length=1000)
    version: int | None = None


class CodeForm(BaseModel):
    """The form of a new enrolment code."""

    hours: int = Field(default=24, ge=1, le=72)


class LockForm(BaseModel):
    """The form of a lock, which says why."""

    reason: SingleLineText


class ResolveForm(BaseModel):
    """The form of what was found out about a copied credential or a contradicted journal."""

    note: RequiredNoteText


class EndForm(BaseModel):
    """The form that takes a station out of use for good; `typed` is its name, typed again."""

    typed: str = ""
    reason: OptionalText = ""


def form_values(device: KioskDevice, event_id: str) -> dict[str, str]:
    """Return the values that the form of a station at one of its events is opened with."""
    return {"name": device.name, "checkpoint_id": checkpoint_at(device, event_id) or ""}

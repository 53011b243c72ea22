"""The forms of participants."""

from pydantic import BaseModel, Field

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import N_
from hub_sync.hub.domains.participants.manifest import PARTICIPANT
from hub_sync.hub.domains.participants.schemas import Code, NewParticipant, ParticipantChanges, Phone
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.text_types import Email, Label, OptionalText

TONES = {
    ParticipantStatus.PENDING: "warn",
    ParticipantStatus.APPROVED: "good",
    ParticipantStatus.REJECTED: "bad",
    ParticipantStatus.CANCELLED: "quiet",
}
ACTS = {
    ParticipantStatus.APPROVED: N_("Approve"),
    ParticipantStatus.REJECTED: N_("Reject"),
    ParticipantStatus.CANCELLED: N_("Cancel the registration"),
    ParticipantStatus.PENDING: N_("Back to pending"),
}
LABELS = PARTICIPANT.fields


class ParticipantForm(BaseModel):
    """What the form of a participant asks for; `version` is the one that it was filled in from."""

    first_name: OptionalText = ""
    last_name: OptionalText = ""
    email: Email | None = None
    phone: Phone | None = None
    category: Label = ""
    registration_code: Code
    version: int | None = None

    def changes(self) -> ParticipantChanges:
        """As what to change."""
        return ParticipantChanges.model_validate(self.model_dump(exclude={"version"}))


class NewParticipantForm(BaseModel):
    """A new registration; without a code it gets one."""

    first_name: OptionalText = ""
    last_name: OptionalText = ""
    email: Email | None = None
    phone: Phone | None = None
    category: Label = ""
    registration_code: Code | None = None
    status: ParticipantStatus = ParticipantStatus.APPROVED

    def new_participant(self) -> NewParticipant:
        """As what to make."""
        return NewParticipant.model_validate(self.model_dump())


class StatusForm(BaseModel):
    """The button that was pressed, and the version that was looked at."""

    status: ParticipantStatus
    version: int | None = Field(default=None)


class DeleteParticipantForm(BaseModel):
    """The version that is meant."""

    version: int | None = None


def form_values(participant: Participant) -> dict[str, object]:
    """What the form shows of a participant."""
    names = ("first_name", "last_name", "email", "phone", "category", "registration_code", "version")
    return {name: getattr(participant, name) for name in names}


def display_name(participant: Participant) -> str:
    """What to call somebody: the name, else the code."""
    name = f"{participant.first_name} {participant.last_name}".strip()
    return name or participant.registration_code

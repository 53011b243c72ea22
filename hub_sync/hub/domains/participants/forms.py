"""The forms of participants in the console."""

from pydantic import BaseModel, Field

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants.manifest import PARTICIPANT
from hub_sync.hub.domains.participants.schemas import Code, ExternalId, NewParticipant, ParticipantChanges
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.text_types import Email, Label, OptionalText, Phone

LABELS = PARTICIPANT.fields


class ParticipantForm(BaseModel):
    """The fields of the form to edit a participant; `version` is the version that the form was rendered from."""

    first_name: OptionalText = ""
    last_name: OptionalText = ""
    email: Email | None = None
    phone: Phone | None = None
    category: Label = ""
    group_ref: Label = ""
    registration_code: Code
    external_id: ExternalId | None = None
    version: int | None = None

    def changes(self) -> ParticipantChanges:
        """Return the form as changes of a participant."""
        return ParticipantChanges.model_validate(self.model_dump(exclude={"version"}))


class NewParticipantForm(BaseModel):
    """The fields of the form to register a participant; without a code, one is generated."""

    first_name: OptionalText = ""
    last_name: OptionalText = ""
    email: Email | None = None
    phone: Phone | None = None
    category: Label = ""
    group_ref: Label = ""
    registration_code: Code | None = None
    external_id: ExternalId | None = None
    status: ParticipantStatus = ParticipantStatus.APPROVED

    def new_participant(self) -> NewParticipant:
        """Return the form as a new participant."""
        return NewParticipant.model_validate(self.model_dump())


class StatusForm(BaseModel):
    """The new status, and the version of the participant that was on the page."""

    status: ParticipantStatus
    version: int | None = Field(default=None)


class DeleteParticipantForm(BaseModel):
    """The version of the participant to delete."""

    version: int | None = None


def form_values(participant: Participant) -> dict[str, object]:
    """Return the participant as the initial values of its form."""
    names = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "category",
        "group_ref",
        "registration_code",
        "external_id",
        "version",
    )
    return {name: getattr(participant, name) for name in names}

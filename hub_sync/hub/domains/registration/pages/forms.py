"""The forms of registration pages."""

from typing import Any

from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.console.local_times import LocalTime, as_local, to_instant
from hub_sync.hub.domains.participants.service import NewParticipant, ParticipantChanges
from hub_sync.hub.domains.registration.rules import split_names
from hub_sync.hub.domains.registration.schemas import (
    MAX_CATEGORIES,
    MAX_PARTY,
    MAX_SEATS,
    LongText,
    NewRegistration,
    RegistrationSettingsChanges,
)
from hub_sync.hub.domains.registration.tables import RegistrationSettings
from hub_sync.hub.kit.text_types import Email, Label, Phone, ShortText, clean_label
from hub_sync.rules.text_normalization import whole_number

_SEPARATOR = ":"
_LONGEST_NAME = 120
_LONGEST_CATEGORY = 64


class RegistrationForm(BaseModel):
    """Somebody who registers on the public page."""

    first_name: ShortText
    last_name: ShortText
    email: Email
    phone: Phone | None = None
    category: Label = ""
    companions: str = Field(default="", max_length=4000)
    consent: bool = False
    marketing: bool = False
    on_waitlist: bool = False

    def registration(self, language: str) -> NewRegistration:
        """Return the registration.

        Raises:
            FormInvalid: 422, a name of somebody who comes along is too long.
        """
        companions = tuple(split_names(self.companions))
        if any(len(part) > _LONGEST_NAME for name in companions for part in name):
            raise FormInvalid({"companions": _("Write one name in each line.")})
        person = self.model_dump(include={"first_name", "last_name", "email", "phone", "category"})
        return NewRegistration(
            person=NewParticipant.model_validate(person),
            companions=companions,
            consent=self.consent,
            marketing=self.marketing,
            on_waitlist=self.on_waitlist,
            language=language,
        )


class ConfirmationForm(BaseModel):
    """The confirmation of an address; if the event is full meanwhile, with a place on the waitlist."""

    on_waitlist: bool = False


class OwnDataForm(BaseModel):
    """Changes of the own registration."""

    first_name: ShortText
    last_name: ShortText
    phone: Phone | None = None
    marketing: bool = False

    def changes(self) -> ParticipantChanges:
        """Return the form as changes of the participant."""
        return ParticipantChanges.model_validate(self.model_dump(exclude={"marketing"}))


class TicketForm(BaseModel):
    """The participant whose ticket is downloaded."""

    participant_id: str = Field(max_length=64)


class RegistrationPageForm(BaseModel):
    """The fields of the settings; `version` is the version that the form was rendered from."""

    is_active: bool = False
    opens_at: LocalTime | None = None
    closes_at: LocalTime | None = None
    approves: bool = False
    confirms_email: bool = False
    needs_phone: bool = False
    largest_party: int = Field(ge=1, le=MAX_PARTY)
    categories: str = Field(default="", max_length=8000)
    intro: LongText = ""
    consent_text: LongText = ""
    marketing_text: LongText = ""
    version: int | None = None

    def changes(self, settings: RegistrationSettings, zone: str) -> RegistrationSettingsChanges:
        """Return the form as changes.

        Args:
            settings: the present ones.
            zone: the time zone of the event, in which times are typed.

        Raises:
            FormInvalid: 422, a line of the categories can't be read, or the clocks skip a time.
        """
        values: dict[str, Any] = self.model_dump(exclude={"version", "categories", "opens_at", "closes_at"})
        values |= {
            "categories": self._categories(),
            "opens_at": self.opens_at
            and to_instant("opens_at", self.opens_at, zone, before=settings.opens_at),
            "closes_at": self.closes_at
            and to_instant("closes_at", self.closes_at, zone, before=settings.closes_at, end=True),
        }
        return RegistrationSettingsChanges.model_validate(values)

    def _categories(self) -> dict[str, int | None]:
        categories: dict[str, int | None] = {}
        for line in filter(None, (line.strip() for line in self.categories.splitlines())):
            name, separator, typed = line.rpartition(_SEPARATOR)
            seats = whole_number(typed.strip(), MAX_SEATS) if separator else None
            label = clean_label(name if separator else line).strip()
            if not label or len(label) > _LONGEST_CATEGORY or (separator and seats is None):
                raise FormInvalid(
                    {
                        "categories": _(
                            "Write a category in each line; if it has seats of its own, a colon and their number."
                        )
                    }
                )
            categories[label] = seats
        if len(categories) > MAX_CATEGORIES:
            raise FormInvalid({"categories": _("These are too many categories.")})
        return categories


def settings_values(settings: RegistrationSettings, zone: str) -> dict[str, object]:
    """Return the settings as the initial values of their form, times in the zone of the event."""
    ticks = ("is_active", "approves", "confirms_email", "needs_phone")
    texts = ("largest_party", "intro", "consent_text", "marketing_text", "version")
    return {
        **{name: "1" if getattr(settings, name) else "" for name in ticks},
        **{name: getattr(settings, name) for name in texts},
        "opens_at": as_local(settings.opens_at, zone) if settings.opens_at else "",
        "closes_at": as_local(settings.closes_at, zone) if settings.closes_at else "",
        "categories": "\n".join(
            name if seats is None else f"{name}: {seats}" for name, seats in settings.categories.items()
        ),
    }

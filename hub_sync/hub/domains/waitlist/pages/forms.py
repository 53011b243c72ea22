"""The forms of waitlists."""

from typing import Any

from pydantic import BaseModel, Field

from hub_sync.contract.enums import WaitlistPriority
from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.waitlist.schemas import (
    MAX_CAPACITY,
    MAX_DOOR_MINUTE,
    MAX_ENTRIES,
    MAX_MINUTES,
    MAX_PARTY,
    MAX_QUOTAS,
    WaitlistSettingsChanges,
)
from hub_sync.hub.domains.waitlist.tables import WaitlistEntry, WaitlistSettings
from hub_sync.hub.kit.text_types import Email, Id, Label, OptionalText, Phone, ShortText
from hub_sync.rules.text_normalization import ascii_digits
from hub_sync.rules.waitlist.entries import PartyRule

_DAY = 1440
_SEPARATOR = ":"
_LONGEST_NAME, _LONGEST_CATEGORY = 120, 64


class SettingsForm(BaseModel):
    """The fields of the settings; `version` is the version that the form was rendered from."""

    is_active: bool = False
    is_public: bool = False
    party_rule: PartyRule
    largest_party: int = Field(ge=1, le=MAX_PARTY)
    most_entries: int | None = Field(default=None, ge=1, le=MAX_ENTRIES)
    collect_minutes: int = Field(ge=1, le=MAX_MINUTES)
    hold_minutes: int = Field(ge=1, le=_DAY)
    last_offer_minutes: int = Field(ge=0, le=MAX_MINUTES)
    door_minute: int | None = Field(default=None, ge=0, le=MAX_DOOR_MINUTE)
    quotas: str = Field(default="", max_length=4000)
    version: int | None = None

    def changes(self) -> WaitlistSettingsChanges:
        """Return the form as changes.

        Raises:
            FormInvalid: 422, a line of the quotas can't be read.
        """
        values: dict[str, Any] = self.model_dump(exclude={"version", "quotas"})
        return WaitlistSettingsChanges.model_validate(values | {"quotas": self._quotas()})

    def _quotas(self) -> dict[str, int]:
        quotas: dict[str, int] = {}
        for line in filter(None, (line.strip() for line in self.quotas.splitlines())):
            name, separator, number = line.rpartition(_SEPARATOR)
            digits = ascii_digits(number).strip()
            if not separator or not name.strip() or not digits.isdecimal() or int(digits) > MAX_CAPACITY:
                raise FormInvalid({"quotas": _("Write a category, a colon and a number in each line.")})
            if len(name.strip()) > _LONGEST_CATEGORY:
                limit = {"limit": _LONGEST_CATEGORY}
                raise FormInvalid({"quotas": _("A category has at most %(limit)s characters.") % limit})
            quotas[name.strip()] = int(digits)
        if len(quotas) > MAX_QUOTAS:
            raise FormInvalid({"quotas": _("These are too many categories.")})
        return quotas


class PauseForm(BaseModel):
    """Pause the promotion, or go on."""

    paused: bool


class EntryForm(BaseModel):
    """The wishes of an entry; `version`: of the form of an entry."""

    party_size: int = Field(default=1, ge=1, le=MAX_PARTY)
    priority: WaitlistPriority = WaitlistPriority.NORMAL
    category: Label = ""
    version: int | None = None


class JoinForm(EntryForm):
    """Somebody who is put on the list: a participant by the code, or a new person."""

    code: str = Field(default="", max_length=64)
    first_name: OptionalText = ""
    last_name: OptionalText = ""
    email: Email | None = None
    phone: Phone | None = None

    def person(self) -> NewParticipant:
        """Return the new person.

        Raises:
            FormInvalid: 422, there is neither a code nor a name.
        """
        if not self.first_name and not self.last_name:
            raise FormInvalid({"first_name": _("Give a registration code, or a name.")})
        values = self.model_dump(include={"first_name", "last_name", "email", "phone", "category"})
        return NewParticipant.model_validate(values)


class PublicJoinForm(BaseModel):
    """Somebody who joins on the public page."""

    first_name: ShortText
    last_name: ShortText
    email: Email
    phone: Phone | None = None
    party_size: int = Field(default=1, ge=1, le=MAX_PARTY)
    category: Label = ""

    def person(self) -> NewParticipant:
        """Return the person."""
        return NewParticipant.model_validate(self.model_dump(exclude={"party_size"}))


class NamesForm(BaseModel):
    """The names of those who come with somebody, one in each line."""

    names: str = Field(default="", max_length=MAX_PARTY * (_LONGEST_NAME + 2))

    def lines(self) -> list[str]:
        """Return the names.

        Raises:
            FormInvalid: 422, one of them is too long.
        """
        names = [" ".join(line.split()) for line in self.names.splitlines() if line.strip()]
        if any(len(name) > _LONGEST_NAME for name in names):
            raise FormInvalid({"names": _("Write one name in each line.")})
        return names


class PartyTicketForm(BaseModel):
    """The participant of a party whose ticket is downloaded."""

    participant_id: Id


class AnswerForm(BaseModel):
    """The offer that is answered."""

    promotion_id: Id


def settings_values(settings: WaitlistSettings) -> dict[str, object]:
    """Return the settings as the initial values of their form."""
    plain = (
        "party_rule",
        "largest_party",
        "collect_minutes",
        "hold_minutes",
        "last_offer_minutes",
        "version",
    )
    return {
        **{name: getattr(settings, name) for name in plain},
        "is_active": "1" if settings.is_active else "",
        "is_public": "1" if settings.is_public else "",
        "most_entries": settings.most_entries or "",
        "door_minute": "" if settings.door_minute is None else settings.door_minute,
        "quotas": "\n".join(f"{name}: {seats}" for name, seats in settings.quotas.items()),
    }


def entry_values(entry: WaitlistEntry) -> dict[str, object]:
    """Return an entry as the initial values of its form."""
    return {name: getattr(entry, name) for name in ("party_size", "priority", "category", "version")}

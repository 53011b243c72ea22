"""The forms of checkpoints in the console. Hours are local in the event's time zone."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    ReentryPolicy,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.hub.console import FormInvalid, _
from hub_sync.hub.domains.check_in.checkpoints.schemas import (
    MAX_REENTRY_LIMIT,
    MAX_REENTRY_MINUTES,
    MAX_ROSTER_AGE_S,
    REENTRY_NUMBERS,
    CheckpointChanges,
    NewCheckpoint,
)
from hub_sync.hub.domains.check_in.manifest import CHECKPOINT, REENTRY_POLICIES
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.kit.text_types import Label, ShortText, WallTime, clean_label

LABELS = CHECKPOINT.fields
MAX_CATEGORIES = 100
_LONGEST_CATEGORY = 64
_SECONDS = 60
_MAX_CATEGORY_TEXT = MAX_CATEGORIES * (_LONGEST_CATEGORY + 2)


class CheckpointForm(BaseModel):
    """The fields of both forms; `version` is the version that the form was rendered from."""

    name: ShortText
    type: CheckpointType
    direction: CheckpointDirection
    zone: Label | None = None
    opens_at: WallTime | None = None
    closes_at: WallTime | None = None
    allowed_categories: str = Field(default="", max_length=_MAX_CATEGORY_TEXT)
    reentry: ReentryPolicy
    reentry_minutes: int | None = Field(default=None, ge=1, le=MAX_REENTRY_MINUTES)
    reentry_limit: int | None = Field(default=None, ge=1, le=MAX_REENTRY_LIMIT)
    unknown_tickets: UnknownTicketPolicy
    stale_roster: StaleRosterPolicy
    roster_max_age_minutes: int = Field(ge=1, le=MAX_ROSTER_AGE_S // _SECONDS)
    leaves_zones: bool = False
    version: int | None = None

    def new_checkpoint(self) -> NewCheckpoint:
        """Return the form as a new checkpoint.

        Raises:
            FormInvalid: 422, a field lacks the one that belongs to it, or a category is too long.
        """
        return NewCheckpoint.model_validate(self._values())

    def changes(self, before: Checkpoint) -> CheckpointChanges | None:
        """Return what the form changes of a checkpoint, None if nothing.

        Raises:
            FormInvalid: as `new_checkpoint`.
        """
        values = self._values()
        if self.roster_max_age_minutes == _minutes(before.roster_max_age_s):
            values["roster_max_age_s"] = before.roster_max_age_s  # to the second, as it was
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        return CheckpointChanges.model_validate(changed) if changed else None

    def _values(self) -> dict[str, Any]:
        values = self.model_dump(exclude={"version", "roster_max_age_minutes"})
        values["roster_max_age_s"] = self.roster_max_age_minutes * _SECONDS
        values["allowed_categories"] = self._categories()
        values["zone"] = self.zone or None
        self._check_pairs()
        return values

    def _check_pairs(self) -> None:
        fields: dict[str, str] = {}
        if (self.opens_at is None) != (self.closes_at is None):
            missing = "opens_at" if self.opens_at is None else "closes_at"
            fields[missing] = _("Give both times, or neither.")
        number = REENTRY_NUMBERS.get(self.reentry)
        if number is not None and getattr(self, number) is None:
            policy = REENTRY_POLICIES[self.reentry.value]
            fields[number] = _("Give the number that “%(policy)s” needs.") % {"policy": _(policy)}
        if fields:
            raise FormInvalid(fields)

    def _categories(self) -> list[str] | None:
        """Return the categories of the text field, one a line and each once; None: all may pass."""
        lines = (clean_label(line) for line in self.allowed_categories.splitlines())
        categories = list(dict.fromkeys(line for line in lines if line))
        if len(categories) > MAX_CATEGORIES:
            raise FormInvalid(
                {"allowed_categories": _("At most %(count)s categories.") % {"count": MAX_CATEGORIES}}
            )
        long = next((category for category in categories if len(category) > _LONGEST_CATEGORY), None)
        if long is not None:
            message = _("A category has at most %(count)s characters.") % {"count": _LONGEST_CATEGORY}
            raise FormInvalid({"allowed_categories": message})
        return categories or None


class ToggleForm(BaseModel):
    """Switch the checkpoint on or off."""

    active: bool


class DeleteCheckpointForm(BaseModel):
    """The version of the checkpoint to delete."""

    version: int | None = None


def form_values(checkpoint: Checkpoint) -> dict[str, object]:
    """Return the checkpoint as the initial values of its form."""
    return {
        "name": checkpoint.name,
        "type": checkpoint.type.value,
        "direction": checkpoint.direction.value,
        "zone": checkpoint.zone or "",
        "opens_at": checkpoint.opens_at or "",
        "closes_at": checkpoint.closes_at or "",
        "allowed_categories": "\n".join(checkpoint.allowed_categories or ()),
        "reentry": checkpoint.reentry.value,
        "reentry_minutes": checkpoint.reentry_minutes,
        "reentry_limit": checkpoint.reentry_limit,
        "unknown_tickets": checkpoint.unknown_tickets.value,
        "stale_roster": checkpoint.stale_roster.value,
        "roster_max_age_minutes": _minutes(checkpoint.roster_max_age_s),
        "leaves_zones": "1" if checkpoint.leaves_zones else "",
        "version": checkpoint.version,
    }


def new_form_values() -> Mapping[str, object]:
    """Return the initial values of a new checkpoint's form."""
    new = NewCheckpoint(name="-")
    return {
        **new.model_dump(
            mode="json", exclude={"name", "roster_max_age_s", "leaves_zones", "allowed_categories"}
        ),
        "name": "",
        "zone": "",
        "allowed_categories": "",
        "roster_max_age_minutes": _minutes(new.roster_max_age_s),
        "leaves_zones": "",
    }


def _minutes(seconds: int) -> int:
    return max(1, round(seconds / _SECONDS))

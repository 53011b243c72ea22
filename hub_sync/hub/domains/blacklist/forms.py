"""The forms of the blacklist in the console."""

from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from hub_sync.hub.domains.blacklist.schemas import (
    LONGEST_TEXT,
    MAX_AT_ONCE,
    BlacklistEntryChanges,
    BlacklistLines,
    NewBlacklistEntry,
)
from hub_sync.hub.domains.blacklist.tables import (
    Blacklist,
    BlacklistAction,
    BlacklistKind,
    BlacklistMatch,
    HitStatus,
)
from hub_sync.hub.kit.text_types import Id, NoteText, OptionalId

SIMILAR: Final = "similar"
SAME: Final = "same"


class ScopeForm(BaseModel):
    """What entries share: kind, comparison, effect, scope, reason and validity. `version`: of the form of an entry."""

    kind: BlacklistKind
    comparison: Literal["same", "similar"] = SAME
    action: BlacklistAction = BlacklistAction.BLOCK
    event_id: OptionalId = ""
    reason: NoteText = ""
    valid_from: date | None = None
    valid_until: date | None = None
    version: int | None = None

    def shared(self) -> dict[str, Any]:
        """Return the members that entries have of it. Only a name can be similar, and a similar one only asks a person."""
        is_similar = self.comparison == SIMILAR and self.kind is BlacklistKind.NAME
        match = BlacklistMatch.DOMAIN if self.kind is BlacklistKind.DOMAIN else BlacklistMatch.EXACT
        return {
            "kind": self.kind,
            "match": BlacklistMatch.FUZZY if is_similar else match,
            "action": self.action,
            "event_id": self.event_id or None,
            "reason": self.reason,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }


class BlacklistEntryForm(ScopeForm):
    """The fields of the form of an entry."""

    value: str = Field(min_length=1, max_length=320)

    def new_entry(self) -> NewBlacklistEntry:
        """Return the form as a new entry."""
        return NewBlacklistEntry.model_validate(self.shared() | {"value": self.value})


class BlacklistEditForm(ScopeForm):
    """The fields of the form to edit an entry; an empty value leaves a document number as it is."""

    value: str = Field(default="", max_length=320)

    def changes(self) -> BlacklistEntryChanges:
        """Return the form as changes of an entry."""
        own = {"value": self.value} if self.value else {}
        return BlacklistEntryChanges.model_validate(self.shared() | own)


class BlacklistImportForm(ScopeForm):
    """The fields of the form to import lines."""

    lines: str = Field(min_length=1, max_length=LONGEST_TEXT)

    def request(self) -> BlacklistLines:
        """Return the form as a request."""
        return BlacklistLines.model_validate(self.shared() | {"lines": self.lines})


class DeleteEntryForm(BaseModel):
    """The version of the entry to delete."""

    version: int | None = None


class DeleteEntriesForm(BaseModel):
    """The ticked entries."""

    ids: list[Id] = Field(default=[], max_length=MAX_AT_ONCE)


class DecisionForm(BaseModel):
    """A decision about a hit, and the version that was on the page."""

    status: HitStatus
    version: int | None = None


def form_values(entry: Blacklist) -> dict[str, object]:
    """Return an entry as the initial values of its form."""
    return {
        "kind": entry.kind.value,
        "value": entry.label,
        "comparison": SIMILAR if entry.match is BlacklistMatch.FUZZY else SAME,
        "action": entry.action.value,
        "event_id": entry.event_id or "",
        "reason": entry.reason,
        "valid_from": entry.valid_from or "",
        "valid_until": entry.valid_until or "",
        "version": entry.version,
    }


def new_form_values() -> dict[str, object]:
    """Return the initial values of a new entry's form."""
    return {
        "kind": BlacklistKind.EMAIL.value,
        "value": "",
        "comparison": SAME,
        "action": BlacklistAction.BLOCK.value,
        "event_id": "",
        "reason": "",
        "valid_from": "",
        "valid_until": "",
        "lines": "",
    }

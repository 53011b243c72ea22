"""The choice of what happens to selected participants: the form between the list and the preview."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from hub_sync.hub.console import N_, Page
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import BulkNothingChosen
from hub_sync.hub.domains.participants.manifest import STATUS_ACTIONS
from hub_sync.hub.kit.security.access import PermissionMissing
from hub_sync.hub.kit.text_types import Label

RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done; `key` stands for it in the form, `action` and `arguments` in the operation.

    `of_deleted`: it is done to deleted participants, whose list sends it by itself; the form offers the others.
    """

    key: str
    action: str
    label: str
    arguments: dict[str, Any] = field(default_factory=dict)
    of_deleted: bool = False


ACTS: tuple[Act, ...] = (
    *(
        Act(f"status-{status.value.lower()}", "participant.status", label, {"status": status.value})
        for status, label in STATUS_ACTIONS.items()
    ),
    Act("category", "participant.category", N_("Set the category")),
    Act("group", "participant.group", N_("Set the group")),
    Act("tickets", "participant.tickets", N_("Issue tickets")),
    Act("reissue", "participant.reissue", N_("Replace tickets")),
    Act("waitlist", "participant.waitlist", N_("Add to the waitlist")),
    Act("delete", "participant.delete", N_("Delete")),
    Act(RESTORE, "participant.restore", N_("Bring back"), of_deleted=True),
)


class ChoiceForm(BaseModel):
    """What to do with the selection."""

    act: str = Field(min_length=1)
    category: Label = ""
    group_ref: Label = ""


def allowed_acts(page: Page) -> list[Act]:
    """Return what the caller may do to participants who are not deleted, as their rights are."""
    return [act for act in ACTS if not act.of_deleted and _may(page, act)]


def get_act(page: Page, key: str) -> Act:
    """Return the chosen act.

    Raises:
        BulkNothingChosen: 422, there is none of this key, or the caller may not do it.
    """
    for act in ACTS:
        if act.key == key and _may(page, act):
            return act
    raise BulkNothingChosen


def arguments_of(act: Act, form: ChoiceForm) -> dict[str, Any]:
    """Return the arguments of an act, with what was typed."""
    typed = {"category": {"category": form.category}, "group": {"group_ref": form.group_ref}}
    return act.arguments | typed.get(act.key, {})


def _may(page: Page, act: Act) -> bool:
    action = bulk.find_action(act.action)
    if action is None or not page.caller.has_flag(action.flag):
        return False
    try:
        bulk.require_rights(page.caller, action)
    except PermissionMissing:
        return False
    return True

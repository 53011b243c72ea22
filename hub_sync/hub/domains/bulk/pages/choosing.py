"""The choice of what happens to selected participants: the form between the list and the preview."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, Field

from hub_sync.hub.console import N_, Page
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import (
    BulkNobodyChosen,
    BulkNothingChosen,
    BulkSelectionTooLarge,
)
from hub_sync.hub.domains.bulk.schemas import MOST_IDS
from hub_sync.hub.domains.participants.lists import PARTICIPANTS
from hub_sync.hub.domains.participants.manifest import STATUS_ACTIONS
from hub_sync.hub.kit.security.access import PermissionMissing
from hub_sync.hub.kit.text_types import Label

_PLACES = frozenset(("q", "presence", "zone"))
LISTED, TICKED = "listed", "ticked"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done; `key` stands for it in the form, `action` and `arguments` in the operation."""

    key: str
    action: str
    label: str
    arguments: dict[str, Any] = field(default_factory=dict)


ACTS: tuple[Act, ...] = (
    *(
        Act(f"status-{status.value.lower()}", "participant.status", label, {"status": status.value})
        for status, label in STATUS_ACTIONS.items()
    ),
    Act("category", "participant.category", N_("Set the category")),
    Act("group", "participant.group", N_("Set the group")),
    Act("tickets", "participant.tickets", N_("Issue tickets")),
    Act("reissue", "participant.reissue", N_("Replace tickets")),
    Act("delete", "participant.delete", N_("Delete")),
)


class ChoiceForm(BaseModel):
    """What to do with the selection."""

    act: str = Field(min_length=1)
    category: Label = ""
    group_ref: Label = ""


def allowed_acts(page: Page) -> list[Act]:
    """Return what the caller may do, as their rights are."""
    return [act for act in ACTS if _may(page, act)]


def get_act(page: Page, key: str) -> Act:
    """Return the chosen act.

    Raises:
        BulkNothingChosen: 422, there is none of this key, or the caller may not do it.
    """
    for act in allowed_acts(page):
        if act.key == key:
            return act
    raise BulkNothingChosen


def arguments_of(act: Act, form: ChoiceForm) -> dict[str, Any]:
    """Return the arguments of an act, with what was typed."""
    typed = {"category": {"category": form.category}, "group": {"group_ref": form.group_ref}}
    return act.arguments | typed.get(act.key, {})


def read_selection(page: Page) -> bulk.Selection:
    """Return the selection that the list sent: those who were ticked, or everybody of the filtered list.

    Raises:
        BulkNobodyChosen: 422. BulkSelectionTooLarge: 422.
    """
    if page.value("scope") == LISTED:
        query = filters_of(page.value("query"))
        return bulk.Selection(query=query) if query else bulk.Selection(all=True)
    ids = list(dict.fromkeys([*page.value("ids").split(), *page.values("person")]))
    if not ids:
        raise BulkNobodyChosen
    if len(ids) > MOST_IDS:
        raise BulkSelectionTooLarge(most=MOST_IDS)
    return bulk.Selection(ids=tuple(ids))


def filters_of(query: str) -> str:
    """Return the filters of a list's query string, without its order and its pages."""
    known = PARTICIPANTS.specification.filters
    pairs = parse_qsl(query)
    return urlencode([(name, value) for name, value in pairs if value and (name in _PLACES or name in known)])


def _may(page: Page, act: Act) -> bool:
    action = bulk.find_action(act.action)
    if action is None:
        return False
    try:
        bulk.require_rights(page.caller, action)
    except PermissionMissing:
        return False
    return True

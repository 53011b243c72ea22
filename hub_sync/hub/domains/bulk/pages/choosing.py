"""The choice of what happens to selected participants: the form between the list and the preview."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from hub_sync.hub.console import N_, FormInvalid, Page, _
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import BulkNothingChosen
from hub_sync.hub.domains.participants.manifest import STATUS_ACTIONS
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import PermissionMissing
from hub_sync.hub.kit.text_types import Label

RESTORE = "restore"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done; `key` stands for it in the form, `action` and `arguments` in the operation.

    `of_deleted`: it is done to deleted participants, whose list sends it by itself; the form offers the others.
    `chosen`: arguments for which the action names what there is to choose from; `needs_reason`: True: one is needed, False: it may
    be given, None: there is none.
    """

    key: str
    action: str
    label: str
    arguments: dict[str, Any] = field(default_factory=dict)
    of_deleted: bool = False
    chosen: tuple[str, ...] = ()
    needs_reason: bool | None = None

    @property
    def reason_field(self) -> str:
        """The name of the form's field for the reason."""
        return f"{self.key}-reason"

    def choice_field(self, name: str) -> str:
        """Return the name of the form's field for an argument of which one is chosen."""
        return f"{self.key}-{name}"


_WORKFLOW = ("workflow_id",)
CHOSEN_LABELS = {"workflow_id": N_("Workflow")}
"""The labels of the arguments of which one is chosen."""
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
    Act("workflow-start", "workflow.start", N_("Start a workflow"), chosen=_WORKFLOW),
    Act(
        "workflow-approve",
        "workflow.approve",
        N_("Approve what waits for me"),
        chosen=_WORKFLOW,
        needs_reason=False,
    ),
    Act(
        "workflow-reject",
        "workflow.reject",
        N_("Reject what waits for me"),
        chosen=_WORKFLOW,
        needs_reason=True,
    ),
    Act("workflow-skip", "workflow.bypass", N_("Skip the open steps"), chosen=_WORKFLOW, needs_reason=True),
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


def choices_of(page: Page, key: FeedKey, acts: Iterable[Act]) -> dict[str, Sequence[tuple[str, str]]]:
    """Return what can be chosen for the arguments of acts, by the names of their fields; an empty one stands for an act that can't be done."""
    choices: dict[str, Sequence[tuple[str, str]]] = {}
    known: dict[str, Mapping[str, Sequence[tuple[str, str]]]] = {}
    for act in acts:
        for name in act.chosen:
            if name not in known:
                known[name] = bulk.get_action(act.action).form_choices(page.work, key)
            choices[act.choice_field(name)] = known[name].get(name, ())
    return choices


def arguments_of(page: Page, act: Act, form: ChoiceForm) -> dict[str, Any]:
    """Return the arguments of an act, with what was typed.

    Raises:
        FormInvalid: something is missing, or too long (422).
    """
    typed: dict[str, Any] = {"category": {"category": form.category}, "group": {"group_ref": form.group_ref}}
    values: dict[str, Any] = act.arguments | typed.get(act.key, {})
    errors: dict[str, str] = {}
    for name in act.chosen:
        values[name] = str(page.value(act.choice_field(name)))
        if not values[name]:
            errors[act.choice_field(name)] = _("Choose one of the list.")
    if act.needs_reason is not None:
        reason = str(page.value(act.reason_field)).strip()
        if act.needs_reason and not reason:
            errors[act.reason_field] = _("Please give a reason.")
        elif len(reason) > _LONGEST_REASON:
            errors[act.reason_field] = _("This is too long.")
        values["reason"] = reason
    if errors:
        raise FormInvalid(errors)
    return values


def _may(page: Page, act: Act) -> bool:
    action = bulk.find_action(act.action)
    if action is None or not page.caller.has_flag(action.flag):
        return False
    try:
        bulk.require_rights(page.caller, action)
    except PermissionMissing:
        return False
    return True
